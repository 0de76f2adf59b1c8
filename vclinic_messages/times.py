"""Write times for people."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache

from django.utils import timezone
from django.utils.formats import date_format, get_format, time_format
from django.utils.translation import gettext, ngettext, override, pgettext

from vclinic_messages.languages import comma, language
from vclinic_messages.number_formats import number

#: A time format of Django that shows only hours, minutes and AM or PM. Other letters in it are escaped.
_HOURS_AND_MINUTES = re.compile(r"(?:\\.|[aAfgGhHi]|[^A-Za-z\\])*")


class Times:
    """Write times in the language of our texts and the time zone that are active when the object is made.

    A page makes one and uses it for all its times, because looking up language, zone and format takes longer
    than writing a time.
    """

    def __init__(self) -> None:
        self._zone = timezone.get_current_timezone()
        self._language = language()
        self._now = timezone.now()
        self._today = self.local(self._now).date()
        pattern = get_format("TIME_FORMAT", lang=self._language)
        self._pattern = "g:i A" if pattern == "P" else pattern
        self._is_only_time = _HOURS_AND_MINUTES.fullmatch(self._pattern) is not None

    def local(self, moment: datetime) -> datetime:
        """Return the moment in the page's time zone."""
        return moment.astimezone(self._zone)

    def short(self, moment: datetime) -> str:
        """Return how long ago, or when, in few letters for a row: "4 min", "2 h", "Yesterday", "Nov 12"."""
        day = self.local(moment).date()
        minutes = max(0, int((self._now - moment).total_seconds() // 60))
        if minutes < 60 or day == self._today:
            return _span(minutes, self._language)
        return _short_day(day, self._today, self._language)

    def wait(self, since: datetime) -> str:
        """Return how long somebody has waited, short enough for a row: "18 min", "3 h", "2 days"."""
        return _wait(*self._waited(since), self._language)

    def waiting(self, since: datetime) -> str:
        """Return how long somebody has waited as a sentence: "Waiting for 2 days"."""
        return _waiting(*self._waited(since), self._language)

    def not_read(self, since: datetime) -> str:
        """Return that nobody has read a message for days, such as "Not read for 3 days"."""
        return _not_read(*self._waited(since), self._language)

    def _waited(self, since: datetime) -> tuple[Unit, int]:
        return waited(max(1, int((self._now - since).total_seconds() // 60)))

    def now(self) -> str:
        """Return the moment when the page was made, with the offset of its time zone."""
        return self.local(self._now).isoformat(timespec="seconds")

    def full(self, moment: datetime) -> str:
        """Return day and time in full, such as "Today, 10:31 AM"."""
        local = self.local(moment)
        return comma().join((self.day_name(local.date()), self.clock_of(local)))

    def dated(self, moment: datetime) -> str:
        """Return date and time with the year, for documents and reports: "Nov. 19, 2026, 10:31 AM"."""
        local = self.local(moment)
        return comma().join((date_in_full(local.date()), self.clock_of(local)))

    def in_sentence(self, moment: datetime) -> str:
        """Return day and time as the end of a sentence, such as "today at 10:31 AM"."""
        local = self.local(moment)
        days = (self._today - local.date()).days
        values = {"time": self.clock(local), "date": self.day_name(local.date())}
        if days == 0:
            return gettext("today at %(time)s") % values
        if days == 1:
            return gettext("yesterday at %(time)s") % values
        return gettext("on %(date)s at %(time)s") % values

    def within_sentence(self, moment: datetime) -> str:
        """Return day and time in full for the middle of a sentence, such as "today, 10:31 AM"."""
        local = self.local(moment)
        days = (self._today - local.date()).days
        values = {"time": self.clock(local), "date": self.day_name(local.date())}
        if days == 0:
            return gettext("today, %(time)s") % values
        if days == 1:
            return gettext("yesterday, %(time)s") % values
        return gettext("%(date)s, %(time)s") % values

    def clock(self, moment: datetime) -> str:
        """Return the time of day. Django's English "10:31 a.m." is written "10:31 AM"."""
        return self.clock_of(self.local(moment))

    def clock_of(self, local: datetime) -> str:
        """Return the time of day of a moment in any time zone, by its own clock."""
        if self._is_only_time:
            return _clock(time(local.hour, local.minute), self._pattern, self._language)
        with override(self._language):
            return date_format(local, self._pattern)

    def full_day_name(self, day: date) -> str:
        """Return the day as a divider names it when it is neither today nor yesterday."""
        return _day_name(day, self._today, self._language, is_relative=False)

    def day_name(self, day: date) -> str:
        """Return the day as a divider names it, such as "Today", "Yesterday" or "Thursday, November 19"."""
        return _day_name(day, self._today, self._language)


def date_in_full(day: date) -> str:
    """Return a date with its year, such as "Nov. 19, 2026"."""
    return _date(day, "DATE_FORMAT")


def day_in_sentence(day: date, today: date) -> str:
    """Return a day for a sentence, such as "December 3", with the year if it is another one."""
    return _unbroken(_date(day, "MONTH_DAY_FORMAT" if day.year == today.year else "DATE_FORMAT"))


def short_day(day: date, today: date) -> str:
    """Return a day for a chip, such as "Dec 3", with the year if it is another one."""
    if day.year != today.year:
        return _unbroken(_date(day, "SHORT_DATE_FORMAT"))
    return _unbroken(_date(day, pgettext("short day of the year, in Django's date format", "M j")))


def read_again(moment: datetime | None, now: datetime) -> str:
    """Return when messages are read again, as a sentence. Both are local times of the clinic.

    None: it is not known when the clinic opens.
    """
    if moment is None:
        return gettext("Messages are read when it opens again.")
    day, clock = moment.date(), _unbroken(Times().clock_of(moment))
    if day == now.date():
        return gettext("Messages are read again today, %(time)s.") % {"time": clock}
    if day == now.date() + timedelta(days=1):
        return gettext("Messages are read again tomorrow, %(time)s.") % {"time": clock}
    values = {"weekday": _date(day, "l"), "date": day_in_sentence(day, day), "time": clock}
    return gettext("Messages are read again %(weekday)s, %(date)s, %(time)s.") % values


def _date(day: date, pattern: str) -> str:
    """Return the date in the language of our texts, which the portal's may not be."""
    with override(language()):
        return _written(day, pattern)


def _written(day: date, pattern: str) -> str:
    """Return the date in the active language. Portuguese writes its words small, and Django does not."""
    text = date_format(day, pattern)
    case = pgettext("vclinic_messages: the case of months and weekdays, normal or small", "normal")
    return text.lower() if case == "small" else text


def _unbroken(text: str) -> str:
    """Return the text with spaces at which no line breaks."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def minutes_ago(count: int, shown: str) -> str:
    """Return minutes, short enough for a row: "4 min". ``shown`` is the count as text."""
    return ngettext("%(count)s min", "%(count)s min", count) % {"count": shown}


def hours_ago(count: int, shown: str) -> str:
    """Return hours, short enough for a row: "2 h". ``shown`` is the count as text."""
    return ngettext("%(count)s h", "%(count)s h", count) % {"count": shown}


class Unit(StrEnum):
    """A unit in which waiting times are shown."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"


#: The length of each unit in minutes, and the shortest wait in minutes that is shown in it.
WAITING_UNITS = {
    Unit.WEEKS: (7 * 24 * 60, 14 * 24 * 60),
    Unit.DAYS: (24 * 60, 24 * 60),
    Unit.HOURS: (60, 60),
    Unit.MINUTES: (1, 0),
}


def waited(minutes: int) -> tuple[Unit, int]:
    """Return the unit in which a wait of this many minutes is shown, and how many of it, rounded down."""
    unit = next(each for each, (_length, first) in WAITING_UNITS.items() if minutes >= first)
    return unit, minutes // WAITING_UNITS[unit][0]


def wait_phrase(unit: Unit, count: int, shown: str) -> str:
    """Return how long somebody has waited, short enough for a row. ``shown`` is the count as text."""
    phrase = {
        Unit.MINUTES: minutes_ago(count, "%(count)s"),
        Unit.HOURS: hours_ago(count, "%(count)s"),
        Unit.DAYS: ngettext("%(count)s day", "%(count)s days", count),
        Unit.WEEKS: ngettext("%(count)s week", "%(count)s weeks", count),
    }[unit]
    return phrase % {"count": shown}


def waiting_phrase(unit: Unit, count: int, shown: str) -> str:
    """Return how long somebody has waited as a sentence. ``shown`` is the count as text."""
    phrase = {
        Unit.MINUTES: ngettext("Waiting for %(count)s minute", "Waiting for %(count)s minutes", count),
        Unit.HOURS: ngettext("Waiting for %(count)s hour", "Waiting for %(count)s hours", count),
        Unit.DAYS: ngettext("Waiting for %(count)s day", "Waiting for %(count)s days", count),
        Unit.WEEKS: ngettext("Waiting for %(count)s week", "Waiting for %(count)s weeks", count),
    }[unit]
    return phrase % {"count": shown}


def not_read_phrase(unit: Unit, count: int, shown: str) -> str:
    """Return a sentence about a message that nobody has read for days or weeks."""
    if unit is Unit.WEEKS:
        phrase = ngettext("Not read for %(count)s week", "Not read for %(count)s weeks", count)
    else:
        phrase = ngettext("Not read for %(count)s day", "Not read for %(count)s days", count)
    return phrase % {"count": shown}


# Cached for all pages of the process. The language is an argument, so that a cached text is never shown in
# another language.


@lru_cache(maxsize=2000)
def _clock(moment: time, pattern: str, language: str) -> str:
    with override(language):
        return time_format(moment, pattern)


@lru_cache(maxsize=2000)
def _span(minutes: int, language: str) -> str:
    with override(language):
        if minutes < 1:
            return pgettext("vclinic_messages", "Now")
        if minutes < 60:
            return minutes_ago(minutes, number(minutes))
        return hours_ago(minutes // 60, number(minutes // 60))


@lru_cache(maxsize=500)
def _wait(unit: Unit, count: int, language: str) -> str:
    with override(language):
        return wait_phrase(unit, count, number(count))


@lru_cache(maxsize=500)
def _waiting(unit: Unit, count: int, language: str) -> str:
    with override(language):
        return waiting_phrase(unit, count, number(count))


@lru_cache(maxsize=500)
def _not_read(unit: Unit, count: int, language: str) -> str:
    with override(language):
        return not_read_phrase(unit, count, number(count))


@lru_cache(maxsize=500)
def _short_day(day: date, today: date, language: str) -> str:
    with override(language):
        if today - day == timedelta(days=1):
            return pgettext("vclinic_messages", "Yesterday")
        if today - day < timedelta(days=7):
            return _written(day, "D")
        if day.year == today.year:
            return _written(day, pgettext("short day of the year, in Django's date format", "M j"))
        return _written(day, "SHORT_DATE_FORMAT")


@lru_cache(maxsize=500)
def _day_name(day: date, today: date, language: str, *, is_relative: bool = True) -> str:
    with override(language):
        if is_relative and day == today:
            return pgettext("vclinic_messages", "Today")
        if is_relative and day == today - timedelta(days=1):
            return pgettext("vclinic_messages", "Yesterday")
        rest = _written(day, "MONTH_DAY_FORMAT" if day.year == today.year else "DATE_FORMAT")
        return gettext("%(weekday)s, %(date)s") % {"weekday": _written(day, "l"), "date": rest}
