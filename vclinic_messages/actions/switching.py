"""Changing the clinic's settings of Messages, the switch among them."""

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


@coded_database_errors()
def change_settings(*, actor: Any = None, **changes: Any) -> MessagesSettings:
    """Change these fields of the clinic's MessagesSettings and record who did it, from what to what.

    ``actor`` is the user who does it; None for a command. Permission is the caller's to check. Takes effect
    on the next request in every process. Open pages with a stream ask within two seconds, spread so that they
    do not all come at once; the others with their next poll. Raises Unavailable or ClinicMismatch.
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
            announce = partial(
                signals.feature_switched.send_robust, MessagesSettings, enabled=settings.enabled, actor=actor
            )
            after_commit(announce)
        return settings
