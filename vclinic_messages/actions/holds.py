"""Holding a conversation, for example for a court case: nothing of it can be erased until it is released."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils import timezone

from vclinic_messages.actions.auditing import record
from vclinic_messages.actions.exporting import clean_reason
from vclinic_messages.database_errors import coded_database_errors, redacted_database_errors
from vclinic_messages.errors import ConversationNotFound
from vclinic_messages.models import AuditEvent, Conversation
from vclinic_messages.tenancy import clinic_transaction, verify_clinic


@coded_database_errors()
@redacted_database_errors()
def hold_conversation(*, conversation: UUID, reason: str, by: str) -> None:
    """Put a conversation on hold. ``by`` is the name of the person who decided it.

    A repeat changes nothing. Permission is not checked here. Raises ConversationNotFound, InvalidInput
    (``reason``), Unavailable or ClinicMismatch.
    """
    _set_hold(conversation, timezone.now(), AuditEvent.Action.HELD, reason=reason, by=by)


@coded_database_errors()
@redacted_database_errors()
def release_conversation(*, conversation: UUID, reason: str, by: str) -> None:
    """Release a conversation from hold. Raises as ``hold_conversation`` does."""
    _set_hold(conversation, None, AuditEvent.Action.RELEASED, reason=reason, by=by)


def _set_hold(
    conversation: UUID, since: datetime | None, action: AuditEvent.Action, *, reason: str, by: str
) -> None:
    with clinic_transaction():
        verify_clinic()
        reason = clean_reason(reason)
        row = Conversation.objects.select_for_update(no_key=True).filter(pk=conversation).first()
        if row is None:
            raise ConversationNotFound
        if (row.held_since is None) == (since is None):
            return
        row.held_since = since
        row.save(update_fields=["held_since"])
        record(action, actor=None, actor_name=by, conversation=conversation, details={"reason": reason})
