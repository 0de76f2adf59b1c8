"""Fold texts and names for searching, and split a search into words. One rule for every search.

A search finds a text if each of its words begins a word of the text. In scripts that write no spaces between
words, such as Japanese and Thai, it is enough that the text contains the word. Words are compared folded:
without regard to case, accents, vowel marks, compatibility forms (``Ⅱ`` is ``ii``), width, invisible
characters and the kind of quotes and dashes. Punctuation is no part of a word.

Texts and names are folded when they are stored. All versions of Python must fold them alike: Unicode
guarantees that normalization and case of a character never change once it is assigned, and the characters
that only newer versions know are not folded at all (``ADDED_LATER_CLASS``).
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from vclinic_messages.search.characters import (
    ADDED_LATER_CLASS,
    APOSTROPHES,
    DASHES,
    INVISIBLE_CLASS,
    LETTERS,
    MARKS_CLASS,
    SYMBOLS_CLASS,
    WITHOUT_SPACES_CLASS,
)

#: The version of ``searchable_text``. Raise it with every change of what that returns, so that
#: ``messages_refold`` finds what was stored before.
FOLD_VERSION = 1

#: A search looks for at most this many words and ignores the rest.
MAX_SEARCH_WORDS = 8

# A joiner separates the parts of a word: "x-ray". The mark is written on both sides of a character that
# needs no space before it. Neither can be in a folded text, because both are separators.
JOINER, MARK = "-", "\x01"
_IOTA_SUBSCRIPT = "\u0345"

_ADDED_LATER = re.compile(f"([{ADDED_LATER_CLASS}]+)")
_DROPPED = re.compile(f"[{MARKS_CLASS}{INVISIBLE_CLASS}]")
_WITHOUT_SPACES = re.compile(f"[{WITHOUT_SPACES_CLASS}{SYMBOLS_CLASS}]")
# A name such as 山田 太郎 is found without its space. In a search, a space separates words in every script.
_BETWEEN_MARKED = re.compile(f"{MARK}[ {JOINER}]*{MARK}")
_NEXT_TO_EACH_OTHER = re.compile(f"{MARK}{MARK}")
_JOINERS = APOSTROPHES + DASHES
_TO_JOINER = str.maketrans(dict.fromkeys(_JOINERS, JOINER))


@dataclass(frozen=True, slots=True)
class SearchWord:
    """One word of a search, folded. A compound has several parts: ``x-ray`` has ``x`` and ``ray``."""

    parts: tuple[str, ...]

    @property
    def joined(self) -> str:
        """Return the word without joiners."""
        return "".join(self.parts)

    @property
    def alternatives(self) -> list[tuple[str, ...]]:
        """Return what a searchable text has to contain: all strings of one of these tuples.

        ``x-ray`` finds "xray" and "x-ray" by the first, "x ray" by the second.
        """
        found: list[tuple[str, ...]] = [(_in_searchable_text(self.joined),)]
        if len(self.parts) > 1:
            found.append(tuple(_in_searchable_text(part) for part in self.parts))
        return found


def searchable_text(text: str) -> str:
    """Return the form of a text that searches read: its folded words, with a space before each."""
    words = _words(text, joined_at=_BETWEEN_MARKED)
    return "".join(f" {word}" for parts in words for word in ("".join(parts), *parts[1:]))


def search_words(search: str) -> list[SearchWord]:
    """Split the search into words, dropping any word that another one begins with; at most eight.

    A search of nothing but punctuation has no words, and finds nothing.
    """
    return _needed_words(search)[:MAX_SEARCH_WORDS]


def is_found(text: str, words: Iterable[SearchWord]) -> bool:
    """Return whether each of the words begins a word of the text."""
    folded = searchable_text(text)
    return all(any(all(part in folded for part in parts) for parts in word.alternatives) for word in words)


def has_too_many_words(search: str) -> bool:
    """Return whether ``search_words`` leaves words out."""
    return len(_needed_words(search)) > MAX_SEARCH_WORDS


def _needed_words(search: str) -> list[SearchWord]:
    words = list(dict.fromkeys(map(SearchWord, _words(search, joined_at=_NEXT_TO_EACH_OTHER))))
    simple = sorted(word.joined for word in words if len(word.parts) == 1)
    return [word for word in words if not _begins_another(word.joined, simple)]


def _begins_another(word: str, ordered: list[str]) -> bool:
    """Return whether a longer one of these sorted words begins with this word."""
    following = bisect_right(ordered, word)
    return following < len(ordered) and ordered[following].startswith(word)


def _in_searchable_text(word: str) -> str:
    """Return the word with a space before it, unless its script is written without spaces."""
    return word if _folded_character(ord(word[0])).startswith(MARK) else f" {word}"


def joined_gaps(folded: str) -> list[tuple[int, int]]:
    """Return the gaps that ``searchable_text`` removes between characters that need no space."""
    return [gap.span() for gap in _BETWEEN_MARKED.finditer(folded)]


def _words(text: str, *, joined_at: re.Pattern[str]) -> list[tuple[str, ...]]:
    """Return the folded words of a text, each as its parts.

    Characters that need no space before them are one word as far as ``joined_at`` matches between them.
    """
    folded = joined_at.sub("", folded_with_separators(text)).replace(MARK, " ")
    split = (tuple(part for part in word.split(JOINER) if part) for word in folded.split())
    return [parts for parts in split if parts]


def folded_with_separators(text: str) -> str:
    """Return the text folded, with spaces as separators, joiners, and marks around some characters."""
    known_and_later = _ADDED_LATER.split(text)
    return "".join(
        "".join(map(_marked, piece)) if index % 2 else _folded_known(piece)
        for index, piece in enumerate(known_and_later)
    )


def _folded_known(text: str) -> str:
    # Joiners first, because normalization makes a space of the acute accent that some type as an apostrophe.
    # Case folding makes a letter of the iota below a Greek vowel; searches ignore it like other accents.
    # Normalize twice, because case folding can bring characters that normalization takes apart.
    decomposed = unicodedata.normalize("NFKD", text.translate(_TO_JOINER)).replace(_IOTA_SUBSCRIPT, "")
    folded = unicodedata.normalize("NFKD", decomposed.casefold())
    return folded.translate(_CHARACTERS)


def _marked(character: str) -> str:
    return f"{MARK}{character}{MARK}"


class _Characters(dict[int, str]):
    """What ``str.translate`` makes of each code point, worked out when it is first needed."""

    def __missing__(self, code_point: int) -> str:
        self[code_point] = folded = _folded_character(code_point)
        return folded


_CHARACTERS = _Characters()


@cache
def _folded_character(code_point: int) -> str:
    """Return what a character of a decomposed, case-folded text becomes."""
    character = chr(code_point)
    category = unicodedata.category(character)
    if character in _JOINERS:
        return JOINER
    if _DROPPED.match(character):
        return ""
    if _WITHOUT_SPACES.match(character):
        return _marked(character)
    if category[0] in "PZS" or category in ("Cc", "Cf", "Cs"):
        return " "
    if category[0] == "C":  # not assigned, or for private use
        return _marked(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    return LETTERS.get(character, character)
