"""Keep message texts out of Sentry. Optional: pass ``remove_texts`` to ``sentry_sdk.init``.

Sentry collects the variables of all functions on the stack, the body of the request, and URLs. Any of them
may contain the text of a message, the words of a search or the reason of an export. Sentry does not know
Django's ``sensitive_variables``.
"""

from __future__ import annotations

import re
from typing import TypeVar, cast

EventT = TypeVar("EventT")

#: Whatever these keys lead to is removed: the variables of functions and templates, query strings, bodies of
#: requests, parameters of SQL statements.
_REMOVED = {
    "vars",
    "context",
    "query_string",
    "http.query",
    "url.query",
    "http.request.body.data",
    "db.params",
}
#: The query of a URL or path, as in a header, or in the representation of a request.
_QUERY = re.compile(r"(?<=[\w/])\?[^\s'\"<>=]+=[^\s'\"<>]*")


def remove_texts(event: EventT, hint: object = None) -> EventT:
    """Return the event, transaction, span or log entry without whatever may contain a text.

    This applies to the whole portal, not only to the pages of Messages: a text may also be a variable of the
    portal's own code, and the URL of a search is in the headers of the request that follows it.
    """
    return cast(EventT, _cleaned(event))


def _cleaned(value: object) -> object:
    if isinstance(value, dict):
        kept = {name: each for name, each in value.items() if name not in _REMOVED}
        if isinstance(kept.get("request"), dict):
            kept["request"] = {name: each for name, each in kept["request"].items() if name != "data"}
        return {name: _cleaned(each) for name, each in kept.items()}
    if isinstance(value, (list, tuple)):
        return [_cleaned(each) for each in value]
    return _QUERY.sub("", value) if isinstance(value, str) else value
