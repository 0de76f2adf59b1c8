"""Texts that differ by case, accents or apostrophes alone, as one regular expression of PostgreSQL.

Folding every message that is looked at would take ten times as long as looking: so the pattern names what
each letter may be. ``marin`` is found in Marín, ``GRÖSSE`` in Größe, a straight apostrophe for a curly one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from unicodedata import normalize

_MARKS = "\u0300-\u036f"
_LIKE = str.maketrans({"ß": "ss", "ς": "σ", "ø": "o", "ł": "l", "đ": "d", "’": "'", "‘": "'", "ʼ": "'"})

#: Below this code point are the scripts whose letters have case or accents.
_END = 0x2100


def fold(text: str) -> str:
    """The text in lower case, without accents and with plain apostrophes."""
    bare = re.sub(f"[{_MARKS}]", "", normalize("NFD", text.lower()))
    return normalize("NFC", bare.translate(_LIKE))


def pattern(text: str) -> str:
    """The expression, for ``~``, that finds the text. For a text of nothing but accents, just these."""
    parts = re.findall("ss|.", fold(text), re.DOTALL)
    return "".join(map(_any_of, parts)) or re.escape(text)


def _any_of(folded: str) -> str:
    """What may be written for a folded character, or for a double s."""
    choices = f"[{_written()[folded]}]" if folded in _written() else re.escape(folded)
    if len(folded) > 1:
        return f"(?:{''.join(map(_any_of, folded))}|{choices})"
    return f"{choices}[{_MARKS}]*"


@cache
def _written() -> dict[str, str]:
    """The characters that fold to the same."""
    found: dict[str, str] = defaultdict(str)
    for each in map(chr, range(_END)):
        folded = fold(each)
        if folded and (each.isalpha() or folded == "'"):
            found[folded] += each
    found["s"] += found["ss"]  # half of it, while it is being typed
    return dict(found)
