"""Change the clinic's settings of Messages, including the switch."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.db.models import F

from vclinic_messages import signals
from vclinic_messages.actions.auditing import name_of, record
from vclinic_messages.database_errors import coded_database_errors
from vclinic_messages.errors import ChangedMeanwhile
from vclinic_messages.live.events import OFF
from vclinic_messages.live.publish import publish_ending, publish_sync
from vclinic_messages.models import AuditEvent, MessagesSettings
from vclinic_messages.tenancy import after_commit, clinic_transaction, verify_clinic
from vclinic_messages.user_types import User

#: Settings that the pages compute with.
_CHECKED = {"time_zone", "opening_hours", "closed_days"}


@coded_database_errors()
def change_settings(
    *, actor: User | None = None, shown: Mapping[str, object] | None = None, **changes: Any
) -> MessagesSettings:
    """Change these fields of the clinic's settings, and record who changed what.

    ``shown`` contains values of these fields that the actor was shown. They are compared under the lock
    of the row, so of two people who save at the same moment the second undoes nothing unseen.

    ``actor`` is None for a command. Permission is not checked here. The change takes effect on the next
    request in every process. Open pages with a stream ask again within two seconds, at random moments so that
    they do not all come together; other pages ask with their next poll.

    Raises ChangedMeanwhile, Unavailable or ClinicMismatch, and ValidationError for opening hours, closed days
    or a time zone that pages could not read.
    """
    with clinic_transaction():
        verify_clinic()
        settings = MessagesSettings.objects.select_for_update().first() or MessagesSettings.objects.create()
        before = {name: getattr(settings, name) for name in changes}
        changed = {name: value for name, value in changes.items() if before[name] != value}
        if not changed:
            return settings
        _check_shown(before, shown or {}, changed)
        for name in _CHECKED & changed.keys():
            MessagesSettings._meta.get_field(name).clean(changed[name], settings)
        for name, value in changed.items():
            setattr(settings, name, value)
        settings.version += 1
        settings.save()
        details = {name: {"from": before[name], "to": value} for name, value in changed.items()}
        record(AuditEvent.Action.SWITCHED, actor=actor, actor_name=name_of(actor), details=details)
        if settings.enabled:
            publish_sync()
        elif "enabled" in changed:
            publish_ending(OFF)
        if "enabled" in changed:
            _announce_switch(settings, actor)
        return settings


def renew_open_pages() -> None:
    """Raise the version of the settings, so that open pages show what has changed for all of them."""
    if MessagesSettings.objects.filter(enabled=True).update(version=F("version") + 1):
        publish_sync()


def _check_shown(before: Mapping[str, Any], shown: Mapping[str, object], changed: Mapping[str, Any]) -> None:
    meanwhile = {
        name: before[name]
        for name in changed
        if name in shown and _differ(before[name], shown[name]) and _differ(before[name], changed[name])
    }
    if meanwhile:
        raise ChangedMeanwhile(meanwhile)


def _differ(one: object, other: object) -> bool:
    """Return whether the values differ in more than white space: browsers change line ends and spaces."""
    return one != other and str(one).split() != str(other).split()


def _announce_switch(settings: MessagesSettings, actor: User | None) -> None:
    send = signals.feature_switched.send_robust
    after_commit(partial(send, MessagesSettings, enabled=settings.enabled, actor=actor))
