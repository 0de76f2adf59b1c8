"""Writing down who did what. Never a message's text."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Case, Value, When
from django.utils import timezone

from vclinic_messages.database_errors import coded_database_errors, sqlstate
from vclinic_messages.directory import get_directory
from vclinic_messages.errors import ClinicMismatch
from vclinic_messages.models import AuditEvent
from vclinic_messages.models.users import snapshot_name
from vclinic_messages.selectors import ConversationSummary
from vclinic_messages.selectors import conversation as find_conversation
from vclinic_messages.tenancy import (
    clinic_condition,
    clinic_cursor,
    clinic_transaction,
    read_transaction,
)
from vclinic_messages.viewer import Viewer

_NOT_NULL = "23502"


def record(
    action: AuditEvent.Action,
    *,
    actor: Any,
    actor_name: str,
    conversation: UUID | None = None,
    message: int | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Add an event to the clinic's audit trail, in the transaction at hand."""
    AuditEvent.objects.create(
        actor=actor,
        actor_name=snapshot_name(actor_name),
        action=action,
        conversation_id=conversation,
        message_id=message,
        details=details or {},
    )


def name_of(actor: Any) -> str:
    """What the directory calls this user; the user name of one whom it does not know, nothing for None."""
    if actor is None:
        return ""
    described = get_directory().describe([actor.pk])
    return described[0].name if described else str(actor.get_username())


@coded_database_errors()
def open_conversation(*, viewer: Viewer, conversation: UUID | ConversationSummary) -> ConversationSummary:
    """One conversation of the viewer, with a record that they opened it: once per person and session.

    Takes its id, or what a selector has found already. A statement more at the first opening only. Raises
    ConversationNotFound or ClinicMismatch.
    """
    with read_transaction():
        found = find_conversation(viewer, conversation) if isinstance(conversation, UUID) else conversation
        if not found.is_opened:
            _record_opening(viewer, found)
        return found


def _record_opening(viewer: Viewer, found: ConversationSummary) -> None:
    """In one statement with the check of the clinic: it may have been found in another transaction.

    Elsewhere the event has no action, which the table refuses. An INSERT … SELECT would not do: Citus takes
    none as a transaction's only write.
    """
    user: Any = viewer.user
    event = AuditEvent(
        action=Case(When(clinic_condition(), then=Value(AuditEvent.Action.OPENED.value))),
        actor=user,
        actor_name=snapshot_name(found.me.name),
        conversation_id=found.id,
        session=viewer.session,
    )
    try:
        with clinic_transaction():
            # Another tab of the session may have been faster.
            AuditEvent.objects.bulk_create([event], ignore_conflicts=True)
    except IntegrityError as error:
        if sqlstate(error) == _NOT_NULL:
            raise ClinicMismatch from None
        raise


@coded_database_errors()
def prune_audit(*, older_than: timedelta, actor: Any = None) -> int:
    """Remove the events of the clinic at hand that are older than this, and record that. Returns how many.

    ``actor`` is the user who does it; None for a command. Raises ValueError unless ``older_than`` is
    positive, and ClinicMismatch.
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
    """The trigger lets them go only while the switch is on: for this transaction, and off again at once."""
    with clinic_cursor() as cursor:
        cursor.execute("SELECT set_config('vclinic_messages.pruning', 'on', true)")
        removed, _by_model = AuditEvent.objects.filter(at__lt=before).delete()
        cursor.execute("SELECT set_config('vclinic_messages.pruning', 'off', true)")
    return removed
