"""How the Messages pages write names, times and numbers."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import date_format, get_format, number_format, time_format
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext, pgettext

from vclinic_messages.body import normalize
from vclinic_messages.models import BODY_MAX_LENGTH, Role

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
    label = str(person.role.label) if person.role else ""
    return " · ".join(part for part in (label, person.description) if part)


@register.filter
def names(people: Iterable[Any]) -> str:
    """The names of these people."""
    return ", ".join(person.name for person in people)


@register.filter
def avatar_kind(person: Any) -> str:
    """The avatar's shape: doctor, admin or patient."""
    return (person.role or Role.PATIENT).value


# Times

#: Django's format letters for hours, minutes and the half of the day, and what is no letter or escaped.
_HOURS_AND_MINUTES = re.compile(r"(?:\\.|[aAfgGhHi]|[^A-Za-z\\])*")


@register.filter
def short_time(moment: datetime) -> str:
    """How long ago, as short as a row needs it: "4 min", "2 h", "Yesterday", "Thu", "Nov 12"."""
    now = timezone.localtime()
    local = timezone.localtime(moment)
    days = (now.date() - local.date()).days
    minutes = max(0, int((now - local).total_seconds() // 60))
    if minutes < 1:
        return gettext("Now")
    if minutes < 60:
        return ngettext("%(count)d min", "%(count)d min", minutes) % {"count": minutes}
    if days == 0:
        return ngettext("%(count)d h", "%(count)d h", minutes // 60) % {"count": minutes // 60}
    if days == 1:
        return gettext("Yesterday")
    if days < 7:
        return date_format(local, "D")
    if local.year == now.year:
        return date_format(local, pgettext("short day of the year, in Django's date format", "M j"))
    return date_format(local, "SHORT_DATE_FORMAT")


@register.filter
def full_time(moment: datetime) -> str:
    """Day and time in full."""
    local = timezone.localtime(moment)
    return f"{day_name(local.date())}, {clock(local)}"


@register.filter
def clock(moment: datetime) -> str:
    """The time of day. Django's English "10:31 a.m." is written "10:31 AM"."""
    local = timezone.localtime(moment)
    pattern = get_format("TIME_FORMAT")
    pattern = "g:i A" if pattern == "P" else pattern
    if not _HOURS_AND_MINUTES.fullmatch(pattern):
        return date_format(local, pattern)
    return _clock(time(local.hour, local.minute), pattern, get_language())


@lru_cache(maxsize=2000)
def _clock(moment: time, pattern: str, language: str | None) -> str:
    return time_format(moment, pattern)


@register.filter
def day_name(day: date) -> str:
    """The day as a divider names it: "Today", "Yesterday", "Thursday, November 19"."""
    return _day_name(day, timezone.localdate(), get_language())


@lru_cache(maxsize=500)
def _day_name(day: date, today: date, language: str | None) -> str:
    if day == today:
        return gettext("Today")
    if day == today - timedelta(days=1):
        return gettext("Yesterday")
    rest = date_format(day, "MONTH_DAY_FORMAT" if day.year == today.year else "DATE_FORMAT")
    return gettext("%(weekday)s, %(date)s") % {"weekday": date_format(day, "l"), "date": rest}


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
