"""The search of a browser without scripts, between its form and the page that shows what it found.

The form is posted, so that no word of it is in an address. The response redirects, so that Back and reload
do not ask to post it again. In between, the session has the words, until a list or a conversation is opened
without the search. Each clinic has its own: with subfolders, clinics share a session.
"""

from __future__ import annotations

from django.http import HttpRequest

from vclinic_messages.tenancy import expected_schema

#: In an address: the page shows what the remembered search found.
SEARCHED = "searched"


def remember_search(request: HttpRequest, words: str) -> dict[str, str]:
    """Remember the words. Returns what the address of the next page needs."""
    if not words.strip():
        request.session.pop(_key(), None)
        return {}
    request.session[_key()] = words
    return {SEARCHED: "1"}


def remembered_search(request: HttpRequest) -> str:
    """Return the words, if the address is that of a page that shows what they found, or forget them."""
    if SEARCHED in request.GET:
        return str(request.session.get(_key(), ""))
    request.session.pop(_key(), None)
    return ""


def _key() -> str:
    return f"vclinic_messages_search_{expected_schema()}"
