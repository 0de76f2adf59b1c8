"""How the admin writes durations, weeks and what an audit event was about."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from vclinic_messages.exports import FORMATS
from vclinic_messages.models import AuditEvent, MessagesSettings


def duration(length: timedelta | None) -> str:
    """As coarse as one speaks of it: "12 minutes", "3 hours", "2 days". Nothing for None."""
    if length is None:
        return ""
    minutes = max(0, int(length.total_seconds() // 60))
    if minutes < 1:
        return gettext("less than a minute")
    if minutes < 60:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    hours = minutes // 60
    if hours < 24:
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    days = hours // 24
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}


def span(length: timedelta | None) -> str:
    """Finer, for comparing: "1 day 4 hours", "4 hours 36 minutes". Nothing for None."""
    if length is None:
        return ""
    whole = timedelta(days=1) if length >= timedelta(days=1) else timedelta(hours=1)
    rest = length % whole
    if length < whole or rest < (timedelta(hours=1) if whole.days else timedelta(minutes=1)):
        return duration(length)
    return " ".join((duration(length - rest), duration(rest)))


def how_long(since: datetime) -> str:
    """How long ago it was."""
    return duration(timezone.now() - since)


def hours(length: timedelta | None) -> float | None:
    """For a spreadsheet: hours with two decimals."""
    return None if length is None else round(length.total_seconds() / 3600, 2)


def week(day: date | None) -> str:
    """A week by its first day."""
    if day is None:
        return ""
    return gettext("Week of %(day)s") % {"day": date_format(day, "DATE_FORMAT")}


def names(people: Iterable[str]) -> str:
    return ", ".join(people)


def who(event: AuditEvent) -> str:
    """Whose doing it was; a command has no name."""
    return event.actor_name or gettext("A command on the server")


def what(event: AuditEvent) -> str:
    """What was done."""
    return event.get_action_display()


def details(event: AuditEvent) -> str:
    """What an event says beside who and what."""
    found: dict[str, Any] = event.details
    match event.action:
        case AuditEvent.Action.SWITCHED:
            return "; ".join(changes(found))
        case AuditEvent.Action.EXPORTED | AuditEvent.Action.DOWNLOADED:
            return " · ".join(_export(found))
        case AuditEvent.Action.PRUNED:
            before = datetime.fromisoformat(found["before"])
            removed = ngettext(
                "%(count)d event from before %(day)s",
                "%(count)d events from before %(day)s",
                found["removed"],
            )
            return removed % {"count": found["removed"], "day": _day(before)}
    return ""


def changes(found: dict[str, dict[str, Any]]) -> list[str]:
    """Changes of the settings, field by field: "phone number: from 555-0100 to 555-0199"."""
    return [
        gettext("%(field)s: from %(before)s to %(after)s")
        % {"field": _field(name), "before": _value(each["from"]), "after": _value(each["to"])}
        for name, each in found.items()
    ]


def _field(name: str) -> str:
    known = {field.name: field for field in MessagesSettings._meta.fields}
    return str(known[name].verbose_name) if name in known else name


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return f"“{value}”" if value != "" else gettext("nothing")


def _export(found: dict[str, Any]) -> list[str]:
    form = FORMATS.get(found.get("format", ""))
    return [str(each) for each in (found.get("reason"), form and form.label) if each]


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment).date(), "DATE_FORMAT")
