"""Changing the clinic's settings of Messages, including the switch."""

from __future__ import annotations

from functools import partial
from typing import Any

from vclinic_messages import signals
from vclinic_messages.actions.auditing import name_of, record
from vclinic_messages.database_errors import coded_database_errors
from vclinic_messages.live.events import OFF
from vclinic_messages.live.publish import publish_ending, publish_sync
from vclinic_messages.models import AuditEvent, MessagesSettings
from vclinic_messages.tenancy import after_commit, clinic_transaction, verify_clinic
from vclinic_messages.user_types import User


@coded_database_errors()
def change_settings(*, actor: User | None = None, **changes: Any) -> MessagesSettings:
    """Change these fields of the clinic's settings, and record who changed what.

    ``actor`` is None for a command. Permission is not checked here. The change takes effect on the next
    request in every process. Open pages with a stream ask again within two seconds, at random moments so that
    they do not all come together; other pages ask with their next poll.

    Raises Unavailable or ClinicMismatch.
    """
    with clinic_transaction():
        verify_clinic()
        settings = MessagesSettings.objects.select_for_update().first() or MessagesSettings.objects.create()
        before = {name: getattr(settings, name) for name in changes}
        changed = {name: value for name, value in changes.items() if before[name] != value}
        if not changed:
            return settings
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


def _announce_switch(settings: MessagesSettings, actor: User | None) -> None:
    send = signals.feature_switched.send_robust
    after_commit(partial(send, MessagesSettings, enabled=settings.enabled, actor=actor))
