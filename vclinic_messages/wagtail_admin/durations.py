"""Format durations and weeks for reports."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext, ngettext, pgettext

from vclinic_messages.times import date_in_full

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def duration(length: timedelta | None) -> str:
    """Return the length in its largest unit, rounded down: "12 minutes", "3 hours", "2 days"; "" for None."""
    if length is None:
        return ""
    minutes = max(0, int(length.total_seconds() // 60))
    if minutes < 1 and length:
        return gettext("less than a minute")
    if minutes < 60:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    hours = minutes // 60
    if hours < 24:
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    days = hours // 24
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}


def precise_duration(length: timedelta | None) -> str:
    """Return the length in its two largest units: "1 day 4 hours", "4 hours 36 minutes"; "" for None."""
    if length is None:
        return ""
    largest, next_unit = (_DAY, _HOUR) if length >= _DAY else (_HOUR, timedelta(minutes=1))
    rest = length % largest
    if length < largest or rest < next_unit:
        return duration(length)
    units = {"first": duration(length - rest), "second": duration(rest)}
    return pgettext("a length of time in its two largest units", "%(first)s %(second)s") % units


def time_since(moment: datetime) -> str:
    """Return how long ago the moment was, as ``duration`` formats it."""
    return duration(timezone.now() - moment)


def in_hours(length: timedelta | None) -> float | None:
    """Return the length in hours with two decimals, for spreadsheets."""
    return None if length is None else round(length / _HOUR, 2)


def week_label(monday: date | None) -> str:
    """Return the name of the week that begins on this day; "" for None."""
    if monday is None:
        return ""
    return gettext("Week of %(day)s") % {"day": date_in_full(monday)}
