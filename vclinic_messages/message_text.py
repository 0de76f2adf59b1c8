"""The rules of a message's text, the same for pages, API and database."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from vclinic_messages.errors import InvalidInput
from vclinic_messages.models import BODY_MAX_LENGTH
from vclinic_messages.models.drafts import DRAFT_MAX_LENGTH
from vclinic_messages.number_formats import number
from vclinic_messages.text_directions import without_overrides

#: The longest excerpt, in code points.
EXCERPT_LENGTH = 120

#: How many code points of an excerpt come before what a search found.
_BEFORE_HIT = 40

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

#: Line ends that browsers do not show as such.
_LINE_ENDS = re.compile("[\v\f\x85\u2028\u2029]")

_JOINER = "\u200d"

#: Letters that tr29 takes for marks: the vowel AM of Thai and of Lao.
_VOWELS_LIKE_MARKS = "\u0e33\u0eb3"

#: The combining class of a sign that joins two letters of an Indian script.
_VIRAMA = 9

#: The regional indicators: two of them are a flag.
_FLAG_LETTERS = "".join(map(chr, range(0x1F1E6, 0x1F200)))


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
    body = _storable(text)
    if is_blank(body):
        raise InvalidInput.on("body", "blank", _("Write a message first."))
    excess = len(body) - BODY_MAX_LENGTH
    if excess > 0:
        raise InvalidInput.on("body", "max_length", _too_long(excess))
    return body


def clean_draft(text: str) -> str:
    r"""Return the text as a draft is stored: up to 10,000 Unicode code points; empty if it is blank.

    Raises InvalidInput on ``body``: ``invalid_characters`` or ``max_length``.
    """
    body = _storable(text)
    if is_blank(body):
        return ""
    excess = len(body) - DRAFT_MAX_LENGTH
    if excess > 0:
        raise InvalidInput.on("body", "max_length", _too_long_for_draft(excess))
    return body


def _storable(text: str) -> str:
    """Return the text with normal line ends. Raises InvalidInput if PostgreSQL cannot store it."""
    if has_forbidden_characters(text):
        detail = _("The text contains characters that cannot be stored. Remove them.")
        raise InvalidInput.on("body", "invalid_characters", detail)
    return normalize(text)


def _too_long_for_draft(excess: int) -> str:
    return ngettext_lazy(
        "The text is %(shown)s character too long to be saved as a draft. Shorten it.",
        "The text is %(shown)s characters too long to be saved as a draft. Shorten it.",
        "count",
    ) % {"count": excess, "shown": number(excess)}


def _too_long(excess: int) -> str:
    return ngettext_lazy(
        "The text is %(shown)s character too long. Shorten it, or send it in several messages.",
        "The text is %(shown)s characters too long. Shorten it, or send it in several messages.",
        "count",
    ) % {"count": excess, "shown": number(excess)}


def with_line_ends(text: str) -> str:
    r"""Return the text for a page, with ``\n`` for what Unicode calls a line end and browsers do not show.

    These are VT, FF, NEL, LINE SEPARATOR and PARAGRAPH SEPARATOR: https://www.unicode.org/reports/tr14/#BK.
    """
    return _LINE_ENDS.sub("\n", text)


def excerpt(text: str) -> str:
    """Return the beginning of the text on one line, at most 120 code points, cut between characters."""
    return _cut(one_line(text), EXCERPT_LENGTH)


def excerpt_around(line: str, ranges: Sequence[tuple[int, int]]) -> tuple[str, list[tuple[int, int]]]:
    """Return the part of a line around the first range, as long as an excerpt, and the ranges in it."""
    first = ranges[0][0] if ranges else 0
    start = _start_before(line, first) if len(line) > EXCERPT_LENGTH else 0
    before = "…" if start else ""
    shown = before + _cut(line[start:], EXCERPT_LENGTH - len(before))
    end = len(shown) - (shown != before + line[start:])
    moved = ((at - start + len(before), min(to - start + len(before), end)) for at, to in ranges)
    return shown, [(at, to) for at, to in moved if at < to]


def one_line(text: str) -> str:
    """Return the text on one line, without overrides of the direction: a cut may remove what ends them."""
    return " ".join(without_overrides(text).split())


def _start_before(line: str, position: int) -> int:
    """Return where an excerpt around this position starts: at a word before it, if one starts nearby."""
    start = max(0, position - _BEFORE_HIT)
    space = line.find(" ", start, position)
    if start and space >= 0:
        return space + 1
    while start and _is_inside_character(line, start):
        start -= 1
    return start


def _cut(line: str, length: int) -> str:
    """Return the line, cut between characters to this many code points."""
    if len(line) <= length:
        return line
    end = length - 1
    while end and _is_inside_character(line, end):
        end -= 1
    # One character may have more code points than that: a letter with many marks.
    return line[: end or length - 1].rstrip() + "…"


def _is_inside_character(text: str, position: int) -> bool:
    """Return whether a cut here would part what a reader sees as one character.

    This is the rule of https://www.unicode.org/reports/tr29/#Grapheme_Cluster_Boundary_Rules as far as
    ``unicodedata`` tells the properties. For some rare letters it keeps more together.
    """
    before, after = text[position - 1], text[position]
    if (
        unicodedata.category(after)[0] == "M"
        or after in _VOWELS_LIKE_MARKS
        or after == _JOINER
        or _is_emoji_modifier(after)
    ):
        return True
    if before == _JOINER or (unicodedata.combining(before) == _VIRAMA and after.isalpha()):
        return True
    if before in _FLAG_LETTERS and after in _FLAG_LETTERS:
        letters = len(text[:position]) - len(text[:position].rstrip(_FLAG_LETTERS))
        return letters % 2 == 1
    return "\u1160" <= after <= "\u11ff" or "\ud7b0" <= after <= "\ud7fb"  # vowels and ends of Hangul


def _is_emoji_modifier(character: str) -> bool:
    """Return whether this is a tone of skin or a tag, as in the flag of Scotland."""
    return "\U0001f3fb" <= character <= "\U0001f3ff" or "\U000e0020" <= character <= "\U000e007f"
