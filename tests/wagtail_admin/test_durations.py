"""Durations in the admin, and percentiles as PostgreSQL computes them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection

from vclinic_messages.selectors.activity_figures import percentile
from vclinic_messages.wagtail_admin.durations import duration, in_hours, precise_duration, week_label


@pytest.mark.parametrize(
    ("length", "rounded", "precise"),
    [
        (timedelta(0), "0 minutes", "0 minutes"),
        (timedelta(seconds=59), "less than a minute", "less than a minute"),
        (timedelta(minutes=1), "1 minute", "1 minute"),
        (timedelta(minutes=59, seconds=59), "59 minutes", "59 minutes"),
        (timedelta(hours=1), "1 hour", "1 hour"),
        (timedelta(hours=4, minutes=36), "4 hours", "4 hours 36 minutes"),
        (timedelta(hours=23, minutes=59), "23 hours", "23 hours 59 minutes"),
        (timedelta(days=1, minutes=59), "1 day", "1 day"),
        (timedelta(days=2, hours=5, minutes=9), "2 days", "2 days 5 hours"),
        (None, "", ""),
    ],
)
def test_durations(length, rounded, precise):
    assert (duration(length), precise_duration(length)) == (rounded, precise)


def test_a_week_is_named_after_its_monday():
    assert (week_label(date(2026, 11, 23)), week_label(None)) == ("Week of Nov. 23, 2026", "")


def test_spreadsheets_show_hours():
    assert (in_hours(timedelta(minutes=90)), in_hours(None)) == (1.5, None)


@pytest.mark.parametrize("values", [[7], [1, 2], [5, 1, 9], [0, 0, 10, 40], list(range(11))])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_percentiles_are_those_of_postgresql(db, values, share):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT percentile_cont(%s) WITHIN GROUP (ORDER BY v) FROM unnest(%s::float[]) v", [share, values]
        )
        [expected] = cursor.fetchone()
    found = percentile([timedelta(minutes=value) for value in values], share)
    assert found.total_seconds() / 60 == pytest.approx(expected)


def test_no_values_have_no_percentile():
    assert percentile([], 0.5) is None
