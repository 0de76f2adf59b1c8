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

#: Unicode categories of characters that show nothing on their own: separators, controls, formats and marks.
_INVISIBLE = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Mn", "Mc", "Me"})

#: The code points with the property ``Default_Ignorable_Code_Point``, first and last of each range, as in
#: https://www.unicode.org/Public/15.1.0/ucd/DerivedCoreProperties.txt. Some of them are letters (the Hangul
#: fillers), others are not assigned yet.
_DEFAULT_IGNORABLE = (
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)

#: Letters and symbols without ink, which no Unicode property tells: the blank Braille pattern, the blank
#: Egyptian hieroglyphs (full and half) and the musical null notehead.
_WITHOUT_INK = frozenset("\u2800\U00013441\U00013442\U0001d159")


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
    """Return whether the text shows nothing: no visible character, or only marks without a base."""
    return not any(is_visible(character) for character in text)


def is_visible(character: str) -> bool:
    """Return whether the character shows something on its own, without a base before it."""
    if unicodedata.category(character) in _INVISIBLE or character in _WITHOUT_INK:
        return False
    return not is_default_ignorable(character)


def is_default_ignorable(character: str) -> bool:
    """Return whether the character has the property ``Default_Ignorable_Code_Point``."""
    return any(first <= ord(character) <= last for first, last in _DEFAULT_IGNORABLE)


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
