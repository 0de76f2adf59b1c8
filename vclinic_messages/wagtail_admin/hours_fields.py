"""The form fields of opening hours and closed days: tables of plain inputs that need no script."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, time
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext

from vclinic_messages.message_text import has_forbidden_characters
from vclinic_messages.opening_hours import validate_closed_days, validate_hours

Row = Mapping[str, Any]

#: How many times a day can open, and how many rows for more closed days are shown.
TIMES_A_DAY = 2
MORE_ROWS = 3
_PARTS = ("from", "to")


def zone_choices() -> list[tuple[str, str]]:
    """Return the time zones to choose from, the portal's first."""
    portal = gettext("The portal’s: %(zone)s") % {"zone": timezone.get_default_timezone_name()}
    return [("", portal), *((name, name.replace("_", " ")) for name in sorted(available_timezones()))]


class HiddenRows(forms.HiddenInput):
    """Rows as JSON: what the form was shown with."""

    def format_value(self, value: object) -> str:
        return value if isinstance(value, str) else json.dumps(value)


class RowsWidget(forms.Widget):
    """A table of inputs."""

    def id_for_label(self, id_: str | None) -> str:
        return ""

    def value_omitted_from_data(self, data: Row, files: Row, name: str) -> bool:
        return not any(each.startswith(f"{name}-") for each in data)


class HoursWidget(RowsWidget):
    """One row for each day of the week, with two pairs of times."""

    template_name = "vclinic_messages/wagtail_admin/hours.html"

    def value_from_datadict(self, data: Row, files: Row, name: str) -> list[Row]:
        return [
            {"day": day, **{part: data.get(f"{name}-{day}-{number}-{part}", "") for part in _PARTS}}
            for day in range(7)
            for number in range(TIMES_A_DAY)
        ]

    def get_context(self, name: str, value: object, attrs: dict[str, object] | None) -> dict[str, Any]:
        rows = _read(value)
        days = []
        for day, label in WEEKDAYS.items():
            pairs = [row for row in rows if row.get("day") == day]
            pairs += [{"from": "", "to": ""} for _missing in range(TIMES_A_DAY - len(pairs))]
            problem, wrong = _problem_of_day(pairs)
            for number, pair in enumerate(pairs):
                pair["wrong"] = [part for each, part in wrong if each == number]
            days.append({"number": day, "label": label, "pairs": pairs, "problem": problem})
        return {**super().get_context(name, value, attrs), "days": days}


class ClosedDaysWidget(RowsWidget):
    """One row for each closed day or span of days, and some empty ones."""

    template_name = "vclinic_messages/wagtail_admin/closed_days.html"

    def value_from_datadict(self, data: Row, files: Row, name: str) -> list[Row]:
        parts = ("first", "last", "reason", "remove")
        rows: list[Row] = []
        while f"{name}-{len(rows)}-first" in data:
            rows.append({part: data.get(f"{name}-{len(rows)}-{part}", "") for part in parts})
        return rows

    def get_context(self, name: str, value: object, attrs: dict[str, object] | None) -> dict[str, Any]:
        rows = [{**row, "problem": _problem_of_dates(row)} for row in _read(value) if _is_filled(row)]
        return {
            **super().get_context(name, value, attrs),
            "rows": [*rows, *({} for _row in range(MORE_ROWS))],
        }


class RowsField(forms.Field):
    """A list of rows. An empty row counts as none."""

    hidden_widget = HiddenRows

    def to_python(self, value: object) -> list[Row]:
        try:
            return self.rows(_read(value))
        except (AttributeError, KeyError, TypeError):  # somebody has changed the hidden field by hand
            raise ValidationError(gettext("Enter the opening hours as days with times.")) from None

    @abstractmethod
    def rows(self, posted: list[dict[str, Any]]) -> list[Row]:
        """Return the cleaned rows. Raises ValidationError."""

    def has_changed(self, initial: object, data: object) -> bool:
        try:
            return self.to_python(data) != (_read(initial) or [])
        except ValidationError:
            return True


class HoursField(RowsField):
    """Weekly opening hours."""

    widget = HoursWidget
    default_validators = [validate_hours]

    def rows(self, posted: list[dict[str, Any]]) -> list[Row]:
        rows = [row for row in posted if row["from"] or row["to"]]
        problems = [
            f"{WEEKDAYS[day]}: {problem}"
            for day in WEEKDAYS
            if (problem := _problem_of_day([row for row in rows if row["day"] == day])[0])
        ]
        if problems:
            raise ValidationError(problems)
        found = ({**row, "from": row["from"][:5], "to": row["to"][:5]} for row in rows)
        return sorted(found, key=lambda row: (row["day"], row["from"]))


class ClosedDaysField(RowsField):
    """Days on which the clinic is closed. Without a last day it is one day."""

    widget = ClosedDaysWidget
    default_validators = [validate_closed_days]

    def rows(self, posted: list[dict[str, Any]]) -> list[Row]:
        rows = [row for row in posted if _is_filled(row) and not row.get("remove")]
        if problems := [problem for row in rows if (problem := _problem_of_dates(row))]:
            raise ValidationError(list(dict.fromkeys(problems)))
        found = (
            {"first": row["first"], "last": row["last"] or row["first"], "reason": row["reason"].strip()}
            for row in rows
        )
        return sorted(found, key=lambda row: (row["first"], row["last"]))


def _read(value: object) -> list[dict[str, Any]]:
    """Return the rows of a stored value, of posted ones, or of a hidden field."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return []
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _is_filled(row: Row) -> bool:
    return bool(row["first"] or row["last"] or row["reason"].strip())


def _problem_of_day(pairs: Sequence[Row]) -> tuple[str, list[tuple[int, str]]]:
    """Return what is wrong with the times of a day, and which: the number of a pair, and "from" or "to"."""
    filled = [(number, pair) for number, pair in enumerate(pairs) if pair["from"] or pair["to"]]
    missing = [(number, part) for number, pair in filled for part in _PARTS if not _is_time(pair[part])]
    if missing:
        return gettext("Enter both times, or none."), missing
    for number, pair in filled:
        if problem := _problem_of_times([pair]):
            return problem, [(number, "to")]
    problem = _problem_of_times([pair for _number, pair in filled])
    return problem, [(filled[-1][0], "from")] if problem else []


def _problem_of_times(pairs: Iterable[Row]) -> str:
    try:
        validate_hours([{"day": 0, **{part: pair[part] for part in _PARTS}} for pair in pairs])
    except ValidationError as error:
        return str(error.messages[0])
    return ""


def _problem_of_dates(row: Row) -> str:
    if not _is_date(row["first"]) or not (_is_date(row["last"]) or not row["last"]):
        return gettext("Enter the first day.")
    if has_forbidden_characters(row["reason"]):
        return gettext("Remove the characters that cannot be stored.")
    try:
        validate_closed_days([{**row, "last": row["last"] or row["first"]}])
    except ValidationError as error:
        return str(error.messages[0])
    return ""


def _is_time(text: str) -> bool:
    return _is_read_by(time.fromisoformat, text)


def _is_date(text: str) -> bool:
    return _is_read_by(date.fromisoformat, text)


def _is_read_by(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True
