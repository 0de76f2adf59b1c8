"""When a clinic is open: its weekly hours and closed days, in its time zone.

The settings store both as lists that JSON can contain::

    [{"day": 0, "from": "08:00", "to": "17:30"}]                        # 0 is Monday; "to" 00:00 is midnight
    [{"first": "2026-12-24", "last": "2026-12-27", "reason": "Christmas"}]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

#: How many days ahead the next opening is looked for.
HORIZON = 60
#: The longest reason of a closed day, in characters.
REASON_MAX_LENGTH = 100

_DAY = timedelta(days=1)
_MIDNIGHT = time()


class Span(NamedTuple):
    """A time in which the clinic is open, from ``start`` until just before ``end``."""

    start: datetime
    end: datetime


class OpeningHours:
    """The hours of one clinic. The object remembers the days that it was asked about."""

    def __init__(
        self,
        weekly: Iterable[Mapping[str, Any]],
        closed_days: Iterable[Mapping[str, Any]],
        zone: ZoneInfo,
    ) -> None:
        self.zone = zone
        self._weekly = sorted((row["day"], *_times(row)) for row in weekly)
        self._closed = [_days(row) for row in closed_days]
        self._spans: dict[date, list[Span]] = {}

    def is_open(self, moment: datetime) -> bool:
        """Return whether the clinic is open at this moment."""
        return any(span.start <= moment < span.end for span in self.on(self._local_day(moment)))

    def first_open_day(self, day: date) -> date:
        """Return this day, or the next on which the clinic opens; this day if none is near."""
        days = (day + number * _DAY for number in range(HORIZON))
        try:
            return next((each for each in days if self.on(each)), day)
        except OverflowError:  # the calendar ends: somebody is away "for ever"
            return day

    def next_change(self, moment: datetime) -> datetime | None:
        """Return when the clinic opens next, or while it is open, when it closes.

        None if that is more than ``HORIZON`` days ahead.
        """
        today = self._local_day(moment)
        spans = [span for number in range(HORIZON + 1) for span in self.on(today + number * _DAY)]
        following = [span for span in spans if span.end > moment]
        if not following:
            return None
        if following[0].start > moment:
            return following[0].start
        end = following[0].end
        for span in following[1:]:
            if span.start > end:
                return end
            end = max(end, span.end)
        return None if end > moment + (HORIZON - 1) * _DAY else end

    def open_time(self, start: datetime, end: datetime) -> timedelta:
        """Return how long the clinic was open between two moments."""
        total, day, last = timedelta(), self._local_day(start), self._local_day(end)
        while day <= last:
            for span in self.on(day):
                total += max(timedelta(), min(span.end, end) - max(span.start, start))
            day += _DAY
        return total

    def on(self, day: date) -> list[Span]:
        """Return the times in which the clinic is open on this day."""
        if day not in self._spans:
            self._spans[day] = list(self._find_spans(day))
        return self._spans[day]

    def _find_spans(self, day: date) -> Iterator[Span]:
        if any(first <= day <= last for first, last in self._closed):
            return
        for weekday, opens, closes in self._weekly:
            if weekday == day.weekday():
                last_day = day + _DAY if closes == _MIDNIGHT else day
                yield Span(self._moment(day, opens), self._moment(last_day, closes))

    def _moment(self, day: date, clock: time) -> datetime:
        # In UTC, because times of one zone are compared and subtracted by their clocks.
        return datetime.combine(day, clock, tzinfo=self.zone).astimezone(UTC)

    def _local_day(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()


def find_zone(name: str) -> ZoneInfo | None:
    """Return the time zone of this name; None if the machine does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def validate_zone(name: str) -> None:
    """Raise ValidationError for a name that is no time zone."""
    if find_zone(name) is None:
        raise ValidationError(_("Choose a time zone."))


def validate_hours(rows: object) -> None:
    """Raise ValidationError unless these are weekly hours, sorted, of which none overlap."""
    problem = _("Enter the opening hours as days with times.")
    try:
        found = [(row["day"], *_times(row)) for row in _rows(rows)]
    except (KeyError, TypeError, ValueError):
        raise ValidationError(problem) from None
    if not all(type(day) is int and 0 <= day <= 6 for day, _opens, _closes in found):
        raise ValidationError(problem)
    for number, (day, opens, closes) in enumerate(found):
        if closes not in (_MIDNIGHT,) and closes <= opens:
            raise ValidationError(_("“To” must come after “From”."))
        following = found[number + 1] if number + 1 < len(found) else None
        if following and following[0] == day and (closes == _MIDNIGHT or following[1] < closes):
            raise ValidationError(_("The second time of a day must come after the first."))


def validate_closed_days(rows: object) -> None:
    """Raise ValidationError unless these are closed days."""
    try:
        found = [(*_days(row), row.get("reason", "")) for row in _rows(rows)]
    except (KeyError, TypeError, ValueError):
        raise ValidationError(_("Enter the closed days with their dates.")) from None
    for first, last, reason in found:
        if last < first:
            raise ValidationError(_("The last day must not come before the first day."))
        if not isinstance(reason, str) or len(reason) > REASON_MAX_LENGTH:
            raise ValidationError(_("Enter a shorter reason."))


def _rows(rows: object) -> list[Mapping[str, Any]]:
    if not isinstance(rows, list):
        raise TypeError
    return rows


def _times(row: Mapping[str, Any]) -> tuple[time, time]:
    return _clock(row["from"]), _clock(row["to"])


def _clock(text: str) -> time:
    """Return a time without a zone. Raises ValueError."""
    found = time.fromisoformat(text)
    if found.tzinfo is not None:
        raise ValueError("A clinic's hours are in its own zone.")
    return found


def _days(row: Mapping[str, Any]) -> tuple[date, date]:
    return date.fromisoformat(row["first"]), date.fromisoformat(row["last"])
