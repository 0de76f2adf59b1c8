"""The paths of the conversations' pages."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.urls import NoReverseMatch, reverse

_ANY = UUID(int=0)


def conversation_urls() -> Callable[[UUID], str | None]:
    """Return a function that gives the path of a conversation's page; None for a portal without our pages.

    The URL pattern is resolved once, however many conversations are listed.
    """
    try:
        pattern = reverse("vclinic_messages:conversation", args=[_ANY])
    except NoReverseMatch:
        return lambda _conversation: None
    return lambda conversation: pattern.replace(str(_ANY), str(conversation))
