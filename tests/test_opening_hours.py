"""When a clinic is open: days, midnight, closed days and the two nights on which clocks change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from vclinic_messages.opening_hours import (
    OpeningHours,
    find_zone,
    validate_closed_days,
    validate_hours,
    validate_zone,
)

ZONE = ZoneInfo("America/New_York")
#: Monday to Friday, with a break on Mondays.
WEEK = [
    {"day": 0, "from": "08:00", "to": "12:00"},
    {"day": 0, "from": "13:00", "to": "17:30"},
    *({"day": day, "from": "08:00", "to": "17:30"} for day in (1, 2, 3, 4)),
]


def at(text):
    """Return this time of the clinic's clocks."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def hours(weekly=WEEK, closed_days=(), zone=ZONE):
    return OpeningHours(weekly, closed_days, zone)


@pytest.mark.parametrize(
    ("now", "is_open", "following"),
    [
        ("2026-11-28T12:00", False, "2026-11-30T08:00"),  # a Saturday
        ("2026-11-30T07:59", False, "2026-11-30T08:00"),
        ("2026-11-30T08:00", True, "2026-11-30T12:00"),
        ("2026-11-30T12:00", False, "2026-11-30T13:00"),
        ("2026-11-30T17:29", True, "2026-11-30T17:30"),
        ("2026-11-30T17:30", False, "2026-12-01T08:00"),
    ],
)
def test_open_and_closed(now, is_open, following):
    assert hours().is_open(at(now)) is is_open
    assert hours().next_change(at(now)) == at(following)


def test_closed_days_are_closed_from_the_first_to_the_last():
    closed = [{"first": "2026-12-24", "last": "2026-12-28", "reason": "Christmas"}]
    found = hours(closed_days=closed)
    assert found.next_change(at("2026-12-23T17:30")) == at("2026-12-29T08:00")
    assert not found.is_open(at("2026-12-24T10:00"))
    assert found.first_open_day(date(2026, 12, 24)) == date(2026, 12, 29)
    assert found.first_open_day(date(2026, 12, 23)) == date(2026, 12, 23)


def test_a_day_can_end_at_midnight_and_lead_into_the_next():
    always = hours([{"day": day, "from": "00:00", "to": "00:00"} for day in range(7)])
    assert always.is_open(at("2026-11-28T23:59"))
    assert always.next_change(at("2026-11-28T23:59")) is None
    weekend = hours([{"day": day, "from": "20:00" if day == 4 else "00:00", "to": "00:00"} for day in (4, 5)])
    assert weekend.next_change(at("2026-11-27T21:00")) == at("2026-11-29T00:00")


def test_without_an_opening_in_sight_nothing_is_promised():
    closed = [{"first": "2026-11-01", "last": "2027-12-31", "reason": ""}]
    assert hours(closed_days=closed).next_change(at("2026-11-28T12:00")) is None
    assert hours(closed_days=closed).first_open_day(date(2026, 11, 28)) == date(2026, 11, 28)
    last_day = [{"first": "2026-12-01", "last": "2027-12-31", "reason": ""}]
    assert hours(closed_days=last_day).next_change(at("2026-11-30T16:00")) == at("2026-11-30T17:30")


@pytest.mark.parametrize(
    ("day", "utc"),
    [
        ("2026-10-30", datetime(2026, 10, 30, 12, tzinfo=UTC)),  # summer time: 8:00 is 12:00 in UTC
        ("2026-11-02", datetime(2026, 11, 2, 13, tzinfo=UTC)),  # the clocks went back on November 1
        ("2027-03-12", datetime(2027, 3, 12, 13, tzinfo=UTC)),
        ("2027-03-15", datetime(2027, 3, 15, 12, tzinfo=UTC)),  # and forward on March 14
    ],
)
def test_the_clinic_opens_by_its_clocks(day, utc):
    assert hours().next_change(utc - timedelta(minutes=1)) == utc
    assert hours().is_open(utc)


def test_a_night_of_another_length_counts_as_long_as_it_was():
    every_day = hours([{"day": day, "from": "00:00", "to": "06:00"} for day in range(7)])
    for night, length in (("2026-11-01", 7), ("2027-03-14", 5), ("2026-11-02", 6)):
        start = at(f"{night}T00:00")
        assert every_day.open_time(start, start + timedelta(hours=12)) == timedelta(hours=length)


def test_open_time_leaves_out_nights_and_closed_days():
    found = hours(closed_days=[{"first": "2026-12-01", "last": "2026-12-01", "reason": "Repairs"}])
    waited = found.open_time(at("2026-11-27T16:30"), at("2026-12-02T09:00"))
    assert waited == timedelta(hours=1 + 8.5 + 1)
    assert found.open_time(at("2026-12-02T09:00"), at("2026-12-02T08:30")) == timedelta()


@pytest.mark.parametrize(
    "rows",
    [
        "08:00",
        [1],
        [{"day": 7, "from": "08:00", "to": "12:00"}],
        [{"day": "0", "from": "08:00", "to": "12:00"}],
        [{"day": 0, "from": "8", "to": "12:00"}],
        [{"day": 0, "from": "08:00"}],
        [{"day": 0, "from": "12:00", "to": "08:00"}],
        [{"day": 0, "from": "08:00", "to": "13:00"}, {"day": 0, "from": "12:00", "to": "17:00"}],
        [{"day": 0, "from": "08:00", "to": "00:00"}, {"day": 0, "from": "12:00", "to": "17:00"}],
    ],
)
def test_hours_that_cannot_be_are_refused(rows):
    with pytest.raises(ValidationError):
        validate_hours(rows)


@pytest.mark.parametrize(
    "rows",
    [
        {},
        [{"first": "2026-12-24"}],
        [{"first": "24.12.2026", "last": "2026-12-24"}],
        [{"first": "2026-12-25", "last": "2026-12-24", "reason": ""}],
        [{"first": "2026-12-24", "last": "2026-12-24", "reason": "x" * 101}],
    ],
)
def test_closed_days_that_cannot_be_are_refused(rows):
    with pytest.raises(ValidationError):
        validate_closed_days(rows)


def test_what_can_be_is_accepted():
    validate_hours(WEEK)
    validate_hours([{"day": 6, "from": "20:00", "to": "00:00"}])
    validate_closed_days([{"first": "2026-12-24", "last": "2026-12-24", "reason": "Christmas"}])
    validate_zone("Europe/Lisbon")


def test_a_zone_that_is_not_known_is_none():
    assert find_zone("Mars/Olympus") is None
    assert find_zone("../etc/passwd") is None
    with pytest.raises(ValidationError):
        validate_zone("Mars/Olympus")


@pytest.mark.parametrize(
    "weekly", [[{"day": 5, "from": "08:00", "to": "17:30"}], [{**WEEK[-1], "to": "00:00"}]]
)
def test_the_last_day_of_the_calendar(weekly):
    assert hours(weekly).first_open_day(date.max) == date.max
