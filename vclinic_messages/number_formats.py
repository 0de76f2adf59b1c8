"""Write numbers for people, in the language of our texts."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache

from django.utils.formats import number_format
from django.utils.translation import get_language, override, pgettext

from vclinic_messages.languages import catalogue, language

#: Numbers that together use every plural form of every language. They follow the categories of Unicode CLDR;
#: 6 and 7 are for Welsh and Irish, which have a form of their own for them.
_PLURAL_SAMPLES = (0, 1, 2, 3, 6, 7, 11, 100)


def number(value: float) -> str:
    """Return a number with separators, such as "5,000"."""
    return _number(value, language())


# Cached for all pages of the process: a row of the list shows up to three numbers.
@lru_cache(maxsize=2000, typed=True)  # 1 and 1.0 are written differently
def _number(value: float, language: str) -> str:
    with override(language):
        return number_format(value, use_l10n=True, force_grouping=True)


def badge_count(count: int) -> str:
    """Return the number for a badge: at most 99, then "99+"."""
    return number(count) if count <= 99 else pgettext("vclinic_messages", "99+")


def list_count(count: int) -> str:
    """Return the number for a filter: at most 999, then "999+"."""
    return number(count) if count <= 999 else pgettext("vclinic_messages", "999+")


def plural_forms(phrase: Callable[[int, str], str]) -> str:
    """Return a phrase in all plural forms of its language, as JSON for the scripts.

    ``phrase(count, shown)`` returns the phrase for ``count``, with ``shown`` as the number in it. The scripts
    look for the sample that has the same plural category as their number (``Intl.PluralRules``), so they
    need no translations of their own.
    """
    return _plural_forms(phrase, get_language())


# Cached for each language: these phrases are the same on every page.
@lru_cache
def _plural_forms(phrase: Callable[[int, str], str], language: str | None) -> str:
    forms = {**script_language(), "samples": plural_samples(phrase)}
    return json.dumps(forms, ensure_ascii=False)


def script_language() -> dict[str, str]:
    """Return how the scripts choose a plural form and write a number, so that they do it as we do.

    Django writes numbers with the digits 0 to 9 in every language.
    """
    separator = number(1000).removeprefix("1").removesuffix("000")
    return {"language": f"{catalogue()}-u-nu-latn", "separator": separator}


def plural_samples(phrase: Callable[[int, str], str]) -> dict[int, str]:
    """Return a phrase for a sample of each plural form. The scripts use the last one where none fits."""
    *samples, last = ((sample, phrase(sample, "{n}")) for sample in _PLURAL_SAMPLES)
    return {sample: text for sample, text in samples if text != last[1]} | dict([last])
