"""The rules of a message's text, the same for pages, API and database."""

from __future__ import annotations

import unicodedata

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from vclinic_messages.errors import InvalidInput
from vclinic_messages.models import BODY_MAX_LENGTH

EXCERPT_LENGTH = 120

#: The longest search, in code points.
SEARCH_MAX_LENGTH = 200

#: Unicode categories of which nothing is seen: separators, controls and formats.
_UNSEEN = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})


def normalize(text: str) -> str:
    """Line ends become ``\\n``, as a browser counts them. Nothing else is changed, nothing trimmed."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def has_forbidden_characters(text: str) -> bool:
    """NUL, which PostgreSQL cannot store, and unpaired surrogates, which are not Unicode text."""
    return "\0" in text or any("\ud800" <= character <= "\udfff" for character in text)


def remove_forbidden_characters(text: str) -> str:
    """The text without what it may not hold."""
    return "".join(each for each in text if not has_forbidden_characters(each))


def is_blank(text: str) -> bool:
    """Whether nothing of it would be seen: white space, controls and characters without width alone."""
    return all(unicodedata.category(character) in _UNSEEN for character in text)


def clean_body(text: str) -> str:
    """The text as it is stored: 1 to 5,000 Unicode code points with ``\\n`` as line end.

    Raises InvalidInput on ``body``: ``invalid_characters``, ``blank`` or ``max_length``.
    """
    if has_forbidden_characters(text):
        raise InvalidInput.on(
            "body", "invalid_characters", _("The text holds characters that cannot be stored. Remove them.")
        )
    body = normalize(text)
    if is_blank(body):
        raise InvalidInput.on("body", "blank", _("Write a message first."))
    excess = len(body) - BODY_MAX_LENGTH
    if excess > 0:
        raise InvalidInput.on("body", "max_length", _too_long(excess))
    return body


def _too_long(excess: int) -> str:
    return ngettext_lazy(
        "The text is %(count)d character too long. Shorten it, or send it in two messages.",
        "The text is %(count)d characters too long. Shorten it, or send it in two messages.",
        "count",
    ) % {"count": excess}


def excerpt(text: str) -> str:
    """The beginning of a text on one line, at most 120 code points."""
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT_LENGTH else line[: EXCERPT_LENGTH - 1].rstrip() + "…"
