"""What a document of a conversation is made of, and its messages in batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from vclinic_messages.models import Conversation, Message, Participant, Role
from vclinic_messages.selectors.conversations import ConversationSummary
from vclinic_messages.tenancy import clinic_name, clinic_transaction, verify_clinic

#: How many messages are in memory at a time.
BATCH = 200


@dataclass(frozen=True, slots=True)
class Seat:
    """A participant by name and role as they were."""

    user: Any
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who took the document, and why; a participant's own has no reason."""

    name: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """A conversation up to the message ``up_to``: later ones are not part of the document."""

    id: UUID
    clinic: str
    created_at: datetime
    seats: tuple[Seat, ...]
    message_count: int
    up_to: int
    taken_at: datetime
    keeper: Keeper

    @property
    def patient(self) -> Seat | None:
        return next((seat for seat in self.seats if seat.role is Role.PATIENT), None)

    def batches(self) -> Iterator[list[Any]]:
        """All messages, oldest first. Each batch is a transaction of its own that makes sure of the clinic.

        No cursor stays open in between, so it does not matter which connection serves the next batch.
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


def own_record(found: ConversationSummary) -> Record:
    """A conversation that its participant looks at, for themselves."""
    me = next(seat for seat in found.participants if seat.is_me)
    return record_of(Conversation.objects.get(pk=found.id), Keeper(me.name))


def record_of(conversation: Conversation, keeper: Keeper) -> Record:
    """The conversation as it is now. Whoever asks has made sure that this person may have it."""
    rows = Participant.objects.filter(conversation=conversation).order_by("pk")
    return Record(
        id=conversation.pk,
        clinic=clinic_name(),
        created_at=conversation.created_at,
        seats=tuple(Seat(row.user_id, row.name, Role(row.role)) for row in rows),
        message_count=conversation.message_count,
        up_to=conversation.last_message_id or 0,
        taken_at=timezone.now(),
        keeper=keeper,
    )
