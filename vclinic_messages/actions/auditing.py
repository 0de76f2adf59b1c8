"""Record who did what, never a message's text, and prune that record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from vclinic_messages.database_errors import coded_database_errors
from vclinic_messages.directory import describe_by_key
from vclinic_messages.models import AuditEvent
from vclinic_messages.models.user_references import snapshot_name
from vclinic_messages.tenancy import clinic_cursor, clinic_transaction
from vclinic_messages.user_types import User


def record(
    action: AuditEvent.Action,
    *,
    actor: User | None,
    actor_name: str,
    conversation: UUID | None = None,
    message: int | None = None,
    details: Mapping[str, object] | None = None,
) -> None:
    """Add an event to the clinic's audit trail, in the current transaction."""
    AuditEvent.objects.create(
        actor_id=actor.pk if actor else None,
        actor_name=snapshot_name(actor_name),
        action=action,
        conversation_id=conversation,
        message_id=message,
        details=details or {},
    )


def name_of(actor: User | None) -> str:
    """Return the actor's name in the directory, or the user name where it has none. Empty for None."""
    if actor is None:
        return ""
    described = describe_by_key([actor.pk])
    return described[actor.pk].name if actor.pk in described else str(actor.get_username())


@coded_database_errors()
def prune_audit(*, older_than: timedelta, actor: User | None = None) -> int:
    """Remove the clinic's audit events that are older than this, and record that. Returns their number.

    ``actor`` is None for a command. Permission is not checked here, but PostgreSQL demands the rights of the
    table's owner.

    Raises ValueError unless ``older_than`` is positive, ProgrammingError without these rights, Unavailable or
    ClinicMismatch.
    """
    if older_than <= timedelta(0):
        raise ValueError("older_than must be positive")
    with clinic_transaction():
        before = timezone.now() - older_than
        removed = _remove_events(before)
        record(
            AuditEvent.Action.PRUNED,
            actor=actor,
            actor_name=name_of(actor),
            details={"before": before.isoformat(), "removed": removed},
        )
        return removed


def _remove_events(before: datetime) -> int:
    """Delete the events before this time.

    A trigger refuses to delete events unless a setting of the transaction asks for it and the role has the
    rights of the table's owner. The setting is switched off again right afterwards, so that it does not cover
    what the transaction does next.
    """
    with clinic_cursor() as cursor:
        cursor.execute("SET LOCAL vclinic_messages.pruning = 'on'")
        removed, _by_model = AuditEvent.objects.filter(at__lt=before).delete()
        cursor.execute("SET LOCAL vclinic_messages.pruning = 'off'")
    return removed
