"""Read a whole conversation for export. Messages come in batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from vclinic_messages.models import Conversation, Message, Participant, Role
from vclinic_messages.selectors.namesakes import known_as
from vclinic_messages.tenancy import clinic_name, clinic_transaction, verify_clinic

#: How many messages are in memory at a time.
BATCH_SIZE = 200


@dataclass(frozen=True, slots=True)
class ConversationDocument:
    """A conversation up to ``last_message_id``; messages that arrive later are not part of the document.

    ``exported_by`` is the name of the person who exported it. ``known_as`` has, by mailbox, the label
    that tells a participant apart from namesakes. ``reason`` is empty when participants download their own
    conversation.
    """

    id: UUID
    clinic: str
    created_at: datetime
    participants: tuple[Participant, ...]
    message_count: int
    last_message_id: int
    exported_at: datetime
    exported_by: str
    known_as: Mapping[int, str]
    reason: str = ""

    @property
    def patient(self) -> Participant | None:
        """Return the patient of the conversation; None if only staff take part."""
        return next((each for each in self.participants if each.role == Role.PATIENT), None)

    def told_apart(self, message: Message) -> str:
        """Return what the sender is known as if another participant has the same name, otherwise ""."""
        namesakes = {
            each.mailbox_id
            for each in self.participants
            if message.sender_name in (each.name, each.changed_name)
        }
        is_unambiguous = namesakes <= {message.mailbox_id}
        return "" if is_unambiguous else self.known_as.get(message.mailbox_id, "")

    def for_team(self, message: Message) -> Participant | None:
        """Return the team for which the message was written; None for a person's own."""
        if message.mailbox_id == message.sender_id:
            return None
        return next((each for each in self.participants if each.mailbox_id == message.mailbox_id), None)

    def batches(self) -> Iterator[list[Message]]:
        """Yield all messages, oldest first. Raises ClinicMismatch.

        The document is sent while it is read, and between two batches the connection may be switched to
        another clinic or replaced. So no cursor stays open, and each batch checks the clinic in its own
        transaction. Without that check a wrong search path would end the document early, as if it were
        complete.
        """
        after = 0
        while True:
            with clinic_transaction():
                verify_clinic()
                messages = Message.objects.filter(
                    conversation=self.id, pk__gt=after, pk__lte=self.last_message_id
                )
                batch = list(messages.select_related("sender").order_by("pk")[:BATCH_SIZE])
            if not batch:
                return
            yield batch
            after = batch[-1].pk


def conversation_document(
    conversation_id: UUID, *, exported_by: str, reason: str = ""
) -> ConversationDocument:
    """Return the conversation as it is now. Access is not checked here."""
    conversation = Conversation.objects.get(pk=conversation_id)
    people = Participant.objects.filter(conversation=conversation).select_related("mailbox")
    participants = tuple(people.order_by("pk"))
    return ConversationDocument(
        id=conversation.pk,
        clinic=clinic_name(),
        created_at=conversation.created_at,
        participants=participants,
        message_count=conversation.message_count,
        last_message_id=conversation.last_message_id or 0,
        exported_at=timezone.now(),
        exported_by=exported_by,
        known_as=known_as(each.mailbox for each in participants),
        reason=reason,
    )
