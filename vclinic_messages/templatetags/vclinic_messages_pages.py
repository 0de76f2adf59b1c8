"""How the Messages pages write names, times and numbers."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django import template
from django.utils.formats import number_format
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext

from vclinic_messages.message_text import normalize
from vclinic_messages.models import BODY_MAX_LENGTH, Role
from vclinic_messages.times import Times

register = template.Library()

#: From so few characters left on, the counter warns.
FEW_LEFT = 200

#: Numbers among which every language's plural forms occur.
_PLURAL_SAMPLES = (*range(13), 20, 21, 22, 23, 25, 100, 101, 102, 103, 1000)

_TITLES = {"dr", "prof", "mr", "mrs", "ms", "mx", "miss", "frau", "herr", "mme"}


# People


@register.filter
def initials(name: str) -> str:
    """Two initials; one where letters join or stand for whole words, as in Arabic. Titles do not count."""
    words = [word for word in name.split() if any(character.isalpha() for character in word)]
    named = [word for word in words if not word.endswith(".") and word.casefold() not in _TITLES] or words
    letters = [next(character for character in word if character.isalpha()) for word in named]
    if not letters:
        return "?"
    first, last = letters[0], letters[-1]
    if len(letters) == 1 or not (_has_capitals(first) and _has_capitals(last)):
        return first.upper()
    return (first + last).upper()


def _has_capitals(letter: str) -> bool:
    return unicodedata.category(letter) in ("Lu", "Ll", "Lt")


@register.filter
def role_line(person: Any) -> str:
    """Role and what describes the person: "Doctor · Cardiology"."""
    label = _role_label(person.role, get_language()) if person.role else ""
    return f"{label} · {person.description}" if label and person.description else label or person.description


@lru_cache(maxsize=200)
def _role_label(role: Role, language: str | None) -> str:
    # Kept, because looking up the label of a role takes longer than anything else that a row shows.
    return str(role.label)


@register.filter
def names(people: Iterable[Any]) -> str:
    """The names of these people."""
    return ", ".join(person.name for person in people)


@register.filter
def avatar(person: Any) -> SafeString:
    """The person's initials, in the shape of a doctor, an admin or a patient."""
    kind = (person.role or Role.PATIENT).value
    return format_html(
        '<span class="vcm-avatar vcm-avatar--{}" aria-hidden="true">{}</span>', kind, initials(person.name)
    )


# Times: ``times`` is the page's.


@register.filter
def short_time(moment: datetime, times: Times) -> SafeString:
    """A ``<time>`` that shows how long ago, with day and time in full as its title."""
    return _time_element(times, moment, times.short)


@register.filter
def clock_time(moment: datetime, times: Times) -> SafeString:
    """A ``<time>`` that shows the time of day, with day and time in full as its title."""
    return _time_element(times, moment, times.clock)


def _time_element(times: Times, moment: datetime, shown: Callable[[datetime], str]) -> SafeString:
    local = times.local(moment)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', local.isoformat(), times.full(local), shown(local)
    )


@register.filter
def full_time(moment: datetime) -> str:
    """Day and time in full."""
    return Times().full(moment)


@register.filter
def clock(moment: datetime) -> str:
    """The time of day."""
    return Times().clock(moment)


@register.filter
def day_name(day: date) -> str:
    """The day as a divider names it: "Today", "Yesterday", "Thursday, November 19"."""
    return Times().day_name(day)


# Numbers


@register.filter
def number(value: int) -> str:
    """A figure as the language writes it: "5,000"."""
    return number_format(value, use_l10n=True, force_grouping=True)


@register.filter
def at_most_99(count: int) -> str:
    """A badge's number."""
    return number(count) if count <= 99 else gettext("99+")


@register.inclusion_tag("vclinic_messages/parts/counter.html")
def counter(text: str) -> dict[str, Any]:
    """How many characters are left, counted as the server counts them."""
    left = BODY_MAX_LENGTH - len(normalize(text))
    return {
        "limit": BODY_MAX_LENGTH,
        "few": FEW_LEFT,
        "left": left,
        "is_empty": left == BODY_MAX_LENGTH,
        "state": "over" if left < 0 else "few" if left <= FEW_LEFT else "",
        "full": _left_full(left) if left >= 0 else _too_many(-left),
        "short": _left_short(left) if left >= 0 else _too_many(-left),
        "plurals": {
            "full": _plurals(_left_full, get_language()),
            "short": _plurals(_left_short, get_language()),
            "over": _plurals(_too_many, get_language()),
        },
    }


def _left_full(count: int, shown: str | None = None) -> str:
    return ngettext(
        "%(left)s of %(limit)s characters left", "%(left)s of %(limit)s characters left", count
    ) % {"left": shown or number(count), "limit": number(BODY_MAX_LENGTH)}


def _left_short(count: int, shown: str | None = None) -> str:
    return ngettext("%(left)s of %(limit)s left", "%(left)s of %(limit)s left", count) % {
        "left": shown or number(count),
        "limit": number(BODY_MAX_LENGTH),
    }


def _too_many(count: int, shown: str | None = None) -> str:
    return ngettext("%(count)s character too many", "%(count)s characters too many", count) % {
        "count": shown or number(count)
    }


@register.simple_tag
def new_messages_phrases() -> str:
    """ "1 new message", "2 new messages" and so on to "9+ new messages", as JSON for the script."""
    phrases = []
    for count in range(1, 11):
        phrase = ngettext("%(count)s new message", "%(count)s new messages", count)
        phrases.append(phrase % {"count": number(count) if count < 10 else f"{number(9)}+"})
    return json.dumps(phrases, ensure_ascii=False)


@lru_cache
def _plurals(phrase: Callable[[int, str], str], language: str | None) -> str:
    """A phrase in all plural forms of the language, as JSON: a number of each form and its phrase.

    The script picks by ``Intl.PluralRules``, so no catalogue has to travel to the browser. ``language`` is
    the one that is active: the phrases are made once for each.
    """
    return json.dumps({count: phrase(count, "{n}") for count in _PLURAL_SAMPLES}, ensure_ascii=False)


@register.simple_tag
def page_language() -> str:
    """The language in which these pages are written."""
    return get_language() or "en"


# Texts of people

_LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_AFTER_LINK = ".,;:!?'”’»)]}"


@register.filter
def with_links(text: str) -> SafeString:
    """A message's text, escaped, in which whole web addresses can be followed.

    Only those that say http or https themselves: what else looks like an address may be a slip of the pen.
    """
    parts: list[str] = []
    end = 0
    for found in _LINK.finditer(text):
        address = found.group().rstrip(_AFTER_LINK)
        link = format_html('<a href="{}" rel="nofollow noopener noreferrer">{}</a>', address, address)
        parts += [conditional_escape(text[end : found.start()]), link]
        end = found.start() + len(address)
    parts.append(conditional_escape(text[end:]))
    return mark_safe("".join(parts))  # noqa: S308 - every part was escaped


# Phone numbers


@register.filter
def tel(phone: str) -> str:
    """A number as a ``tel:`` address takes it."""
    return re.sub(r"[^\d+*#]", "", phone)


@register.filter
def phone_link(phone: str) -> SafeString:
    """A phone number that can be called."""
    return format_html('<a class="vcm-phone" href="tel:{}"><bdi>{}</bdi></a>', tel(phone), phone)


@register.filter
def with_phone(text: str, phone: str) -> SafeString:
    """A text in which the clinic's number, where it occurs, can be called."""
    if not phone or phone not in text:
        return conditional_escape(text)
    before, after = text.split(phone, 1)
    return format_html("{}{}{}", before, phone_link(phone), after)


#: Digits that may belong to one number, with what stands between them.
_DIGITS = re.compile(r"(?<![\w+])\+?\d[\d\s().-]{1,18}\d(?!\w)")


def _is_phone(text: str) -> bool:
    """An emergency number such as 911, or one long enough to be no time, year or range."""
    digits = sum(character.isdigit() for character in text)
    return digits >= 6 or (digits == 3 and text.isdigit())


@register.filter
def with_phones(text: str) -> SafeString:
    """A text of the clinic in which every phone number can be called."""
    parts: list[str] = []
    end = 0
    for found in _DIGITS.finditer(text):
        if not _is_phone(found.group()):
            continue
        parts += [conditional_escape(text[end : found.start()]), phone_link(found.group())]
        end = found.end()
    parts.append(conditional_escape(text[end:]))
    return mark_safe("".join(parts))  # noqa: S308 - every part was escaped
