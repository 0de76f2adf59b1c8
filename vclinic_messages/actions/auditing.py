"""Recording who did what, never a message's text; and pruning that record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Case, Value, When
from django.utils import timezone

from vclinic_messages.database_errors import coded_database_errors, sqlstate
from vclinic_messages.directory import describe_by_key
from vclinic_messages.errors import ClinicMismatch
from vclinic_messages.models import AuditEvent
from vclinic_messages.models.users import snapshot_name
from vclinic_messages.selectors import ConversationSummary
from vclinic_messages.selectors import conversation as find_conversation
from vclinic_messages.tenancy import clinic_condition, clinic_cursor, clinic_transaction, read_transaction
from vclinic_messages.user_types import User
from vclinic_messages.viewer import Viewer

_NOT_NULL = "23502"


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
def open_conversation(*, viewer: Viewer, conversation: UUID | ConversationSummary) -> ConversationSummary:
    """Return one conversation of the viewer, and record that they opened it: once per person and session.

    Takes its id, or a summary that was selected already. The first opening costs one more statement.

    Raises ConversationNotFound, Unavailable or ClinicMismatch.
    """
    with read_transaction():
        found = find_conversation(viewer, conversation) if isinstance(conversation, UUID) else conversation
        if not found.is_opened:
            _record_opening(viewer, found)
        return found


def _record_opening(viewer: Viewer, found: ConversationSummary) -> None:
    """Record an opening, and check the clinic in the same statement. Raises ClinicMismatch.

    The conversation may have been found in another transaction, so the check has to be repeated. In the wrong
    clinic ``action`` is NULL, and the NOT NULL constraint rejects the row. (An INSERT … SELECT would be
    simpler, but Citus refuses one as the only write of a transaction.)
    """
    event = AuditEvent(
        action=Case(When(clinic_condition(), then=Value(AuditEvent.Action.OPENED.value))),
        actor_id=viewer.key,
        actor_name=snapshot_name(found.me.name),
        conversation_id=found.id,
        session=viewer.session,
    )
    try:
        with clinic_transaction():
            # Another tab of the session may have recorded it in the meantime.
            AuditEvent.objects.bulk_create([event], ignore_conflicts=True)
    except IntegrityError as error:
        if sqlstate(error) == _NOT_NULL:
            raise ClinicMismatch from None
        raise


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
