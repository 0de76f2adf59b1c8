"""Find the phone numbers in a clinic's setting and how they are dialled.

The setting is free text, such as "555-0100 ext. 12" or "020 7946 0958 (24 h)". We do not know the clinic's
country, so a number is dialled as it is written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

#: The fewest digits of a number, such as 112.
FEWEST_DIGITS = 3

#: From this many digits on each side, a slash separates two numbers. "030/123456" is one number.
_DIGITS_OF_A_WHOLE_NUMBER = 6

#: The fewest and most digits before a word in capital letters that is a part of the number.
_DIGITS_OF_A_PREFIX = (4, 6)

#: Hours of opening after a number, such as "24 h", "24/7" or "8-18 Uhr".
_HOURS = r"(?:\d[\d:.\-]*\s?(?i:h|hrs?|hours?|uhr|am|pm)\b|24/7)"

#: Digits end before an extension, or before neither a letter nor the minutes of a time.
_END = r"(?:(?=(?i:x|ext)[\s.]*\d)|(?!\w|:\d))"

_NUMBER = re.compile(
    rf"(?<![\w:])(?!{_HOURS})(?:[+*#] ?)?(?:\(\+?\d+\)|\d+{_END})"
    rf"(?:[ .\-/]*(?!{_HOURS})(?:\(\d+\)[ .\-/]*)?\d+{_END})*"
    r"(?:(?:-[A-Z0-9]{2,})+(?![a-z])|(?<=\d{3}) [A-Z]{3,}\b)?#?"
)
_EXTENSION = re.compile(
    r"[\s,;]*\(?(?:extension|extn|ext|x|durchwahl|dw|poste|ramal|int|доб|wew|#)[\s.:=]*(\d{1,7})\)?",
    re.IGNORECASE,
)

#: What people dial in an emergency, in the countries of the world. In a notice other short numbers may belong
#: to an address, such as "1200 Main Street".
_EMERGENCY_NUMBERS = {"000", "110", "111", "112", "113", "115", "118", "119", "144", "190", "911", "999"}
_FEWEST_DIGITS_IN_A_NOTICE = 6

_LETTERS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A number in a text, from ``start`` to ``end``, and its ``tel:`` address by RFC 3966."""

    start: int
    end: int
    address: str


def phone_numbers(text: str) -> list[PhoneNumber]:
    """Return the numbers in the text, in order. The text may have digits of any script."""
    return list(_numbers("".join(map(_plain, text))))


def _plain(character: str) -> str:
    """Return an ASCII digit, sign or space for its kin in other scripts. The length stays the same."""
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    if unicodedata.category(character) in ("Pd", "Zs", "Zl", "Zp", "Cc", "Cf"):
        return "-" if unicodedata.category(character) == "Pd" else " "
    plain = unicodedata.normalize("NFKC", character)
    return plain if len(plain) == 1 else character


def _numbers(text: str) -> Iterator[PhoneNumber]:
    position = 0
    while found := _NUMBER.search(text, position):
        start, end = found.span()
        for slash in re.finditer("/", found[0]):
            sides = found[0][: slash.start()], found[0][slash.end() :]
            if all(len(re.sub(r"\D", "", side)) >= _DIGITS_OF_A_WHOLE_NUMBER for side in sides):
                end = start + slash.start()
                break
        written = text[start:end].rstrip()
        words = written.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        # "0800 DENTIST" is one number, but in "555-0100 NHS" the number is whole without the word.
        if (
            words.endswith(" ")
            and not _DIGITS_OF_A_PREFIX[0] <= len(re.sub(r"\D", "", words)) <= _DIGITS_OF_A_PREFIX[1]
        ):
            written = words.rstrip()
        position = end = start + len(written)
        dialled = _dialled(written)
        if len(re.sub(r"\D", "", dialled)) < FEWEST_DIGITS:
            continue
        if extension := _EXTENSION.match(text, end):
            position = end = extension.end()
            dialled += f";ext={extension[1]}"
        yield PhoneNumber(start, end, f"tel:{dialled}")


def _dialled(written: str) -> str:
    # "+44 (0)20" is dialled +4420 from abroad and 020 within the country: with the + there is no 0.
    if written.startswith(("+", "00", "(+")):
        written = written.replace("(0)", "")
    return re.sub(r"[^\d+*#]", "", written.translate(_LETTERS)).replace("#", "%23")


def is_for_calling(found: PhoneNumber, notice: str, phone: str) -> bool:
    """Return whether a number of a notice is to be called. ``phone`` is the clinic's setting."""
    digits = re.sub(r"\D", "", found.address)
    is_long = len(digits) >= _FEWEST_DIGITS_IN_A_NOTICE
    return is_long or digits in _EMERGENCY_NUMBERS or notice[found.start : found.end] in phone
