"""One whole conversation, ready to be written as a document: what it says, and its messages in batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from vclinic_messages.models import Conversation, Message, Participant, Role
from vclinic_messages.tenancy import clinic_name, clinic_transaction, verify_clinic

#: The number of messages that are in memory at a time.
BATCH = 200


@dataclass(frozen=True, slots=True)
class ConversationRecord:
    """A conversation up to the message ``up_to``; messages that arrive later are not part of the document.

    ``exported_by`` is the name of the person who took the document, ``reason`` why; a participant who
    downloads their own conversation gives no reason.
    """

    id: UUID
    clinic: str
    created_at: datetime
    participants: tuple[Participant, ...]
    message_count: int
    up_to: int
    taken_at: datetime
    exported_by: str
    reason: str = ""

    @property
    def patient(self) -> Participant | None:
        """Return the patient of the conversation; None where only staff take part."""
        return next((each for each in self.participants if each.role == Role.PATIENT), None)

    def batches(self) -> Iterator[list[Message]]:
        """Yield all messages, oldest first. Each batch is a transaction of its own that checks the clinic.

        No cursor stays open between batches, so it does not matter which connection serves the next one.
        Raises ClinicMismatch.
        """
        after = 0
        while True:
            with clinic_transaction():
                verify_clinic()
                rows = Message.objects.filter(conversation=self.id, pk__gt=after, pk__lte=self.up_to)
                batch = list(rows.order_by("pk")[:BATCH])
            if not batch:
                return
            yield batch
            after = batch[-1].pk


def conversation_record(conversation_id: UUID, *, exported_by: str, reason: str = "") -> ConversationRecord:
    """Return the conversation as it is now. Access is not checked here."""
    conversation = Conversation.objects.get(pk=conversation_id)
    participants = Participant.objects.filter(conversation=conversation).order_by("pk")
    return ConversationRecord(
        id=conversation.pk,
        clinic=clinic_name(),
        created_at=conversation.created_at,
        participants=tuple(participants),
        message_count=conversation.message_count,
        up_to=conversation.last_message_id or 0,
        taken_at=timezone.now(),
        exported_by=exported_by,
        reason=reason,
    )
