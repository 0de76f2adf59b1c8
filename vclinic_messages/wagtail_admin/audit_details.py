"""Describe the details of an audit event in one line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext, ngettext, pgettext

from vclinic_messages.exports import FORMATS
from vclinic_messages.languages import comma, quoted
from vclinic_messages.models import AuditEvent, MessagesSettings
from vclinic_messages.selectors.namesakes import KnownPerson
from vclinic_messages.times import date_in_full
from vclinic_messages.user_types import UserKey
from vclinic_messages.wagtail_admin.report_titles import REPORT_TITLES


class AuditRow(Protocol):
    """A row of ``report_rows.audit_events()``, with the people of the conversation."""

    at: datetime
    actor_id: UserKey | None
    actor_name: str
    action: str
    about: list[KnownPerson]
    conversation_id: UUID | None
    details: dict[str, Any]

    def get_action_display(self) -> str:
        """Return the label of the action."""


def describe_details(event: AuditRow) -> str:
    """Return what the event records besides who, what and when; "" for most actions."""
    match event.action:
        case AuditEvent.Action.SWITCHED:
            return "; ".join(_change(name, change) for name, change in event.details.items())
        case AuditEvent.Action.EXPORTED | AuditEvent.Action.DOWNLOADED:
            return _export(**event.details)
        case AuditEvent.Action.REPORTED:
            return _report(**event.details)
        case AuditEvent.Action.PRUNED:
            return _pruning(**event.details)
        case AuditEvent.Action.ERASED:
            return _erasure(**event.details)
        case AuditEvent.Action.HELD | AuditEvent.Action.RELEASED:
            return str(event.details.get("reason", ""))
        case AuditEvent.Action.SEVERED:
            return str(event.details.get("name", ""))
        case AuditEvent.Action.ASSIGNED:
            return str(event.details.get("name") or gettext("back to the team"))
        case AuditEvent.Action.TEAM_JOINED | AuditEvent.Action.TEAM_LEFT:
            return f"{event.details.get('name', '')}: {event.details.get('member', '')}"
        case (
            AuditEvent.Action.QUICK_REPLY_ADDED
            | AuditEvent.Action.QUICK_REPLY_CHANGED
            | AuditEvent.Action.QUICK_REPLY_DELETED
        ):
            return str(event.details.get("name", ""))
        case AuditEvent.Action.TEAM_CREATED | AuditEvent.Action.TEAM_CHANGED | AuditEvent.Action.TEAM_CLOSED:
            return str(event.details.get("name", ""))
        case AuditEvent.Action.ABSENCE_SET:
            return _absence(**event.details)
        case AuditEvent.Action.ABSENCE_ENDED:
            return str(event.details.get("name", ""))
    return ""


def _absence(*, name: str, until: str | None, instead: str = "", **others: object) -> str:
    """Return who is away from when until when, and whom to write to instead."""
    days = (date.fromisoformat(str(day)) for day in (others["from"], until) if day)
    shown = " – ".join(date_in_full(day) for day in days)
    return " · ".join(part for part in (comma().join((name, shown)), instead) if part)


def _change(name: str, change: Mapping[str, object]) -> str:
    """Return the change of a setting: "phone number: from “555-0100” to “555-0199”"."""
    return gettext("%(field)s: from %(before)s to %(after)s") % {
        "field": _setting_label(name),
        "before": _setting_value(change["from"]),
        "after": _setting_value(change["to"]),
    }


def _setting_label(name: str) -> str:
    """Return the label of the setting. Old events may name a setting that no longer exists."""
    labels = {field.name: field.verbose_name for field in MessagesSettings._meta.fields}
    return str(labels.get(name, name))


def _setting_value(value: object) -> str:
    if isinstance(value, bool):
        return pgettext("vclinic_messages", "yes") if value else pgettext("vclinic_messages", "no")
    nothing = pgettext("vclinic_messages", "nothing")
    if isinstance(value, list):
        return "; ".join(_row(each) for each in value) or nothing
    if isinstance(value, dict):
        return comma().join(f"{code}: {quoted(text)}" for code, text in value.items()) or nothing
    return quoted(str(value)) if value not in ("", None) else nothing


def _row(row: Mapping[str, object]) -> str:
    """Return a row of opening hours, or a closed day."""
    if "day" in row:
        return f"{WEEKDAYS[int(str(row['day']))]} {row['from']}–{row['to']}"
    return f"{row['first']}–{row['last']} {row.get('reason', '')}".strip()


def _export(*, format: str, reason: str = "", **_others: object) -> str:
    """Return reason and format. Old events may name a format that no longer exists."""
    label = str(FORMATS[format].label) if format in FORMATS else format
    return f"{reason} · {label}" if reason else label


def _report(*, report: str, format: str, rows: int, **_others: object) -> str:
    """Return title, format and number of rows. Old events may name a report that no longer exists."""
    count = ngettext("%(count)d row", "%(count)d rows", rows) % {"count": rows}
    return f"{REPORT_TITLES.get(report, report)} · {format.upper()} · {count}"


def _erasure(*, reason: str, messages: int, whole: bool, **_others: object) -> str:
    if whole:
        what = ngettext(
            "the conversation, %(count)d message", "the conversation, %(count)d messages", messages
        )
    else:
        what = ngettext("the text of %(count)d message", "the texts of %(count)d messages", messages)
    return f"{what % {'count': messages}} · {reason}"


def _pruning(*, before: str, removed: int, **_others: object) -> str:
    day = timezone.localtime(datetime.fromisoformat(before)).date()
    text = ngettext(
        "%(count)d event from before %(day)s",
        "%(count)d events from before %(day)s",
        removed,
    )
    return text % {"count": removed, "day": date_in_full(day)}
