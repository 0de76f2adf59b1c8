"""Find the web addresses in a text: where they begin, and where they end."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

from vclinic_messages.message_text import is_default_ignorable

#: An address begins at http:// or https:// that no word, address or host name runs into. Chinese, Japanese
#: and Korean put no space before it, so their letters do not count.
_BEGINNING = re.compile(r"(?<![A-Za-z0-9_./:@\-\u00c0-\u1fff])https?://", re.IGNORECASE)

_BRACKETS = {")": "(", "]": "[", "}": "{"}

#: ASCII punctuation that belongs to the sentence if it is the last character.
_TRAILING = frozenset(".,:;!?'*~")


def web_addresses(text: str) -> list[tuple[int, int]]:
    """Return start and end of each http and https address in the text, in order."""
    found = []
    position = 0
    while beginning := _BEGINNING.search(text, position):
        start, after_scheme = beginning.span()
        position = after_scheme
        while position < len(text) and not _ends_address(text, position):
            position += 1
        # The search goes on after all that may belong to the address. From its own end on, a long text
        # of many brackets would be read once for each bracket.
        end = _end(text, after_scheme, position)
        if _has_host(text[start:end]):
            found.append((start, end))
    return found


def _end(text: str, start: int, end: int) -> int:
    """Return where the address ends, without unbalanced brackets and the sentence's punctuation."""
    end = _end_of_balanced(text, start, end)
    while end > start and _is_trailing(text[end - 1]):
        end -= 1
    return end


def _ends_address(text: str, position: int) -> bool:
    """Return whether the character at this position can be no part of an address.

    These are spaces, controls, characters without width, quotation marks, angle brackets, Markdown's ``**``
    and the wide punctuation of Chinese, Japanese and Korean.
    """
    character = text[position]
    category = unicodedata.category(character)
    if category[0] == "Z" or category in ("Cc", "Cf", "Cs"):
        return True
    if category in ("Pi", "Ps", "Pe") and character not in "()[]{}‘":
        return True
    if character in '"<>`”»' or is_default_ignorable(character) or text.startswith("**", position):
        return True
    is_wide = unicodedata.east_asian_width(character) in ("W", "F", "H")
    return is_wide and category[0] in "PS" and category != "So"


def _end_of_balanced(text: str, start: int, end: int) -> int:
    """Return the position of the first bracket that has no partner, or ``end``."""
    opened: list[int] = []
    for position in range(start, end):
        character = text[position]
        if character in _BRACKETS.values():
            opened.append(position)
        elif character in _BRACKETS:
            if not opened or text[opened[-1]] != _BRACKETS[character]:
                return opened[0] if opened else position
            opened.pop()
    return opened[0] if opened else end


def _is_trailing(character: str) -> bool:
    if character.isascii():
        return character in _TRAILING
    return unicodedata.category(character)[0] == "P"


def _has_host(address: str) -> bool:
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    return host is not None and any(character.isalnum() for character in host)
