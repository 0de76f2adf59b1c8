"""How times are written for people."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from django.utils import timezone
from django.utils.formats import date_format, get_format, time_format
from django.utils.translation import get_language, gettext, ngettext, override, pgettext

#: Django's format letters for hours, minutes and the half of the day, and what is no letter or escaped.
_HOURS_AND_MINUTES = re.compile(r"(?:\\.|[aAfgGhHi]|[^A-Za-z\\])*")


class Times:
    """Writes moments in the language and time zone that are active when it is made, as of then.

    One is made for a page: finding out language, zone and format takes longer than writing a time.
    """

    def __init__(self) -> None:
        self._zone = timezone.get_current_timezone()
        self._language = get_language()
        self._now = timezone.now()
        self._today = self.local(self._now).date()
        pattern = get_format("TIME_FORMAT")
        self._pattern = "g:i A" if pattern == "P" else pattern
        self._is_only_time = _HOURS_AND_MINUTES.fullmatch(self._pattern) is not None

    def local(self, moment: datetime) -> datetime:
        """The moment in the page's time zone."""
        return moment.astimezone(self._zone)

    def short(self, moment: datetime) -> str:
        """How long ago, as short as a row needs it: "4 min", "2 h", "Yesterday", "Thu", "Nov 12"."""
        day = self.local(moment).date()
        minutes = max(0, int((self._now - moment).total_seconds() // 60))
        if minutes < 60 or day == self._today:
            return _span(minutes, self._language)
        return _short_day(day, self._today, self._language)

    def full(self, moment: datetime) -> str:
        """Day and time in full."""
        local = self.local(moment)
        return f"{self.day_name(local.date())}, {self.clock(local)}"

    def clock(self, moment: datetime) -> str:
        """The time of day. Django's English "10:31 a.m." is written "10:31 AM"."""
        local = self.local(moment)
        if self._is_only_time:
            return _clock(time(local.hour, local.minute), self._pattern, self._language)
        with override(self._language):
            return date_format(local, self._pattern)

    def day_name(self, day: date) -> str:
        """The day as a divider names it: "Today", "Yesterday", "Thursday, November 19"."""
        return _day_name(day, self._today, self._language)


# Kept for all pages of the process: written in the language that they are kept for, whichever is active.


@lru_cache(maxsize=2000)
def _clock(moment: time, pattern: str, language: str | None) -> str:
    with override(language):
        return time_format(moment, pattern)


@lru_cache(maxsize=2000)
def _span(minutes: int, language: str | None) -> str:
    with override(language):
        if minutes < 1:
            return gettext("Now")
        if minutes < 60:
            return ngettext("%(count)d min", "%(count)d min", minutes) % {"count": minutes}
        return ngettext("%(count)d h", "%(count)d h", minutes // 60) % {"count": minutes // 60}


@lru_cache(maxsize=500)
def _short_day(day: date, today: date, language: str | None) -> str:
    with override(language):
        if today - day == timedelta(days=1):
            return gettext("Yesterday")
        if today - day < timedelta(days=7):
            return date_format(day, "D")
        if day.year == today.year:
            return date_format(day, pgettext("short day of the year, in Django's date format", "M j"))
        return date_format(day, "SHORT_DATE_FORMAT")


@lru_cache(maxsize=500)
def _day_name(day: date, today: date, language: str | None) -> str:
    with override(language):
        if day == today:
            return gettext("Today")
        if day == today - timedelta(days=1):
            return gettext("Yesterday")
        rest = date_format(day, "MONTH_DAY_FORMAT" if day.year == today.year else "DATE_FORMAT")
        return gettext("%(weekday)s, %(date)s") % {"weekday": date_format(day, "l"), "date": rest}
