"""Writing down who did what. Never a text."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from vclinic_messages.models import AuditEvent
from vclinic_messages.models.people import kept_name


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
        actor_name=kept_name(actor_name),
        action=action,
        conversation_id=conversation,
        message_id=message,
        details=details or {},
    )
