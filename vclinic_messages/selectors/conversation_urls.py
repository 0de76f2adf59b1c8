"""Where the pages of conversations are."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.urls import NoReverseMatch, reverse

_ANY = UUID(int=0)


def conversation_urls() -> Callable[[UUID], str | None]:
    """Gives the path of a conversation's page; None in a portal that includes the API only.

    The addresses are asked for once, however many conversations are listed.
    """
    try:
        pattern = reverse("vclinic_messages:conversation", args=[_ANY])
    except NoReverseMatch:
        return lambda _conversation: None
    return lambda conversation: pattern.replace(str(_ANY), str(conversation))
