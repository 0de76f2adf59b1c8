"""Where in a text a search finds its words, for marking them.

Searches compare folded texts, in which letters are at other positions than in the text itself: ``ß`` is
folded to two letters, accents and invisible characters to none. So the text is folded piece by piece, and
each letter of the result knows from which piece it came.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from vclinic_messages.search.folding import (
    JOINER,
    MARK,
    SearchWord,
    folded_with_separators,
    joined_gaps,
    searchable_text,
)

#: A part of a text, from its first code point up to the one after its last.
Range = tuple[int, int]

_WORD = re.compile(r"[^ ]+")
_PART = re.compile(f"[^{JOINER}]+")


@dataclass(frozen=True, slots=True)
class _Folded:
    """A folded text, and for each of its characters the piece of the original text that it came from."""

    text: str
    pieces: list[Range]

    def __getitem__(self, part: slice) -> _Folded:
        return _Folded(self.text[part], self.pieces[part])

    def without(self, parts: Iterable[Range]) -> _Folded:
        """Return it without these parts."""
        kept, position = _Folded("", []), 0
        for start, end in [*parts, (len(self.text), len(self.text))]:
            kept = _Folded(kept.text + self.text[position:start], kept.pieces + self.pieces[position:start])
            position = end
        return kept


def found_ranges(text: str, words: Iterable[SearchWord]) -> list[Range]:
    """Return where the words begin a word of the text, in code points, in order and without overlaps.

    Only what the search has of a word is marked: ``app`` in "appointment". A letter is marked together with
    its accents.
    """
    folded = searchable_text(text)
    alternatives = (parts for word in words for parts in word.alternatives)
    beginnings = {part for parts in alternatives if all(each in folded for each in parts) for part in parts}
    if not beginnings:
        return []
    found = (each for word in _words(text) for each in _beginnings(word, beginnings))
    return _merged(sorted(found))


def _words(text: str) -> Iterator[_Folded]:
    """Return the folded words of a text, with joiners between the parts of compounds."""
    folded = _folded(text)
    folded = folded.without(joined_gaps(folded.text))
    for word in _WORD.finditer(folded.text.replace(MARK, " ")):
        yield folded[word.start() : word.end()]


def _beginnings(word: _Folded, wanted: Iterable[str]) -> Iterator[Range]:
    """Return the parts of a word that match. ``wanted`` are strings from ``SearchWord.alternatives``."""
    parts = [word[part.start() : part.end()] for part in _PART.finditer(word.text)]
    if not parts:
        return
    joined = _Folded("".join(each.text for each in parts), [piece for each in parts for piece in each.pieces])
    for each in (joined, *parts[1:]):
        for beginning in wanted:
            searched = beginning.removeprefix(" ")
            # Without a space it may match anywhere: its script is written without spaces.
            may_be_inside = searched == beginning
            for found in re.finditer(re.escape(searched), each.text):
                start = found.start()
                if start and not may_be_inside:
                    break
                pieces = each.pieces[start : start + len(searched)]
                yield pieces[0][0], pieces[-1][1]


def _folded(text: str) -> _Folded:
    folded, pieces = [], []
    for start, end in _pieces(text):
        letters = _folded_piece(text[start:end])
        folded.append(letters)
        pieces += [(start, end)] * len(letters)
    return _Folded("".join(folded), pieces)


def _pieces(text: str) -> Iterator[Range]:
    """Cut the text where each piece can be folded by itself: a letter stays with the marks that follow it."""
    start = 0
    for position in range(1, len(text)):
        if not _is_mark(text[position]):
            yield start, position
            start = position
    if text:
        yield start, len(text)


@lru_cache(maxsize=4096)
def _is_mark(character: str) -> bool:
    return unicodedata.combining(unicodedata.normalize("NFKD", character)[0]) != 0


@lru_cache(maxsize=4096)
def _folded_piece(piece: str) -> str:
    return folded_with_separators(piece)


def _merged(ranges: Iterable[Range]) -> list[Range]:
    """Return the ranges without overlaps."""
    merged: list[Range] = []
    for start, end in ranges:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
