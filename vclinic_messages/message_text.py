"""The rules of a message's text, the same for pages, API and database."""

from __future__ import annotations

import unicodedata

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from vclinic_messages.errors import InvalidInput
from vclinic_messages.models import BODY_MAX_LENGTH

#: The longest excerpt, in code points.
EXCERPT_LENGTH = 120

#: The longest search, in code points.
SEARCH_MAX_LENGTH = 200

#: Unicode categories of invisible characters: separators, controls and formats.
_INVISIBLE = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})


def normalize(text: str) -> str:
    r"""Return the text with ``\n`` for every line end, as browsers count them. Change nothing else."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def has_forbidden_characters(text: str) -> bool:
    """Return whether the text contains NUL or an unpaired surrogate. PostgreSQL cannot store them."""
    return "\0" in text or any("\ud800" <= character <= "\udfff" for character in text)


def remove_forbidden_characters(text: str) -> str:
    """Return the text without NUL and unpaired surrogates."""
    return "".join(each for each in text if not has_forbidden_characters(each))


def is_blank(text: str) -> bool:
    """Return whether the text has no visible character, only white space, controls and formats."""
    return all(unicodedata.category(character) in _INVISIBLE for character in text)


def clean_body(text: str) -> str:
    r"""Return the text as it is stored: 1 to 5,000 Unicode code points with ``\n`` as line end.

    Raises InvalidInput on ``body``: ``invalid_characters``, ``blank`` or ``max_length``.
    """
    if has_forbidden_characters(text):
        detail = _("The text contains characters that cannot be stored. Remove them.")
        raise InvalidInput.on("body", "invalid_characters", detail)
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
    """Return the beginning of the text on one line, at most 120 code points."""
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT_LENGTH else line[: EXCERPT_LENGTH - 1].rstrip() + "…"
