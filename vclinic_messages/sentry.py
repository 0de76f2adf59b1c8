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
#: The names of what is one URL, as in headers and in ``http.request.header.referer``. Sentry may have decoded
#: it, so a space or a quote does not end its query.
_URL_NAME = re.compile(r"(.*\.)?(referer|hx-current-url|url)|url\.full", re.IGNORECASE)
#: The query of a URL or path in any other text, as in the representation of a request.
_QUERY = re.compile(r"(?<=[\w/])\?[^\s'\"<>=]+=[^\s'\"<>]*")


def remove_texts(event: EventT, hint: object = None) -> EventT:
    """Return the event, transaction, span or log entry without whatever may contain a text.

    This applies to the whole portal, not only to the pages of Messages: a text may also be a variable of the
    portal's own code, and the URL of a search is in the headers of the request that follows it.
    """
    return cast(EventT, _cleaned(event))


def _cleaned(value: object, *, is_url: bool = False) -> object:
    if isinstance(value, dict):
        kept = {name: each for name, each in value.items() if name not in _REMOVED}
        if isinstance(kept.get("request"), dict):
            kept["request"] = {name: each for name, each in kept["request"].items() if name != "data"}
        return {name: _cleaned(each, is_url=is_url or _names_url(name)) for name, each in kept.items()}
    if isinstance(value, (list, tuple)):
        return [_cleaned(each, is_url=is_url) for each in value]
    if not isinstance(value, str):
        return value
    return value.partition("?")[0] if is_url else _QUERY.sub("", value)


def _names_url(name: object) -> bool:
    return _URL_NAME.fullmatch(str(name)) is not None
