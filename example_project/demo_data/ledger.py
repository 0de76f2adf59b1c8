"""Turn a history of letters into the rows that Messages would have written, sent one by one.

The actions of the app cannot write into the past, and a sent message cannot be changed afterwards. So this
computes every number that follows from the history: mailbox numbers, unread counts, read marks, waiting
times. Only for people who have no mailbox yet.
"""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from vclinic_messages.models import AuditEvent, Conversation, Mailbox, Message, Participant, Role

Key = int


@dataclass
class Seat:
    user: Key
    name: str
    role: Role
    seq: int = 0
    unread: int = 0
    read_message: int | None = None
    read_at: datetime | None = None


@dataclass
class Thread:
    """A conversation while it is being written."""

    created_at: datetime
    created_by: Key
    seats: dict[Key, Seat]
    id: uuid.UUID = field(default_factory=uuid.uuid4)
    last_message: int | None = None
    message_count: int = 0
    waiting_since: datetime | None = None


class Ledger:
    """Take the letters in the order of their times, then ask for the rows."""

    def __init__(self, next_message_id: int) -> None:
        self.next_message_id = next_message_id
        self.seq: dict[Key, int] = {}
        self.version: dict[Key, int] = {}

    def send(self, thread: Thread, sender: Key, body: str, at: datetime) -> Message:
        """The sender has read what stood there before."""
        seat = thread.seats[sender]
        message_id = self.next_message_id
        self.next_message_id += 1
        if seat.unread:
            self._mark(seat, thread.last_message, at)
        for each in thread.seats.values():
            self.seq[each.user] = each.seq = self.seq.get(each.user, 0) + 1
            self.version[each.user] = self.version.get(each.user, 0) + 1
            each.unread += each is not seat
        if seat.role.is_staff:
            thread.waiting_since = None
        else:
            thread.waiting_since = thread.waiting_since or at
        thread.last_message = message_id
        thread.message_count += 1
        return Message(
            id=message_id,
            conversation_id=thread.id,
            sender_id=sender,
            sender_name=seat.name,
            sender_role=seat.role,
            body=body,
            sent_at=at,
        )

    def read(self, thread: Thread, reader: Key, at: datetime) -> None:
        """The reader opens the conversation and reads to its end."""
        if thread.seats[reader].unread:
            self._mark(thread.seats[reader], thread.last_message, at)
            self.version[reader] += 1

    def _mark(self, seat: Seat, message: int | None, at: datetime) -> None:
        seat.unread, seat.read_message, seat.read_at = 0, message, at

    def mailboxes(self) -> list[Mailbox]:
        return [Mailbox(user_id=key, seq=self.seq[key], version=self.version[key]) for key in self.seq]


def conversations(threads: Iterable[Thread]) -> Iterator[Conversation]:
    for thread in threads:
        yield Conversation(
            id=thread.id,
            created_at=thread.created_at,
            created_by_id=thread.created_by,
            last_message_id=thread.last_message,
            message_count=thread.message_count,
            waiting_since=thread.waiting_since,
        )


def participants(threads: Iterable[Thread]) -> Iterator[Participant]:
    for thread in threads:
        for seat in thread.seats.values():
            yield Participant(
                conversation_id=thread.id,
                user_id=seat.user,
                name=seat.name,
                role=seat.role,
                seq=seat.seq,
                unread_count=seat.unread,
                last_read_message_id=seat.read_message,
                last_read_at=seat.read_at,
            )


def audit_events(messages: Iterable[Message]) -> Iterator[AuditEvent]:
    """What the actions would have recorded: the first message of a conversation starts it."""
    seen: set[Any] = set()
    for message in messages:
        is_first = message.conversation_id not in seen
        seen.add(message.conversation_id)
        yield AuditEvent(
            at=message.sent_at,
            actor_id=message.sender_id,
            actor_name=message.sender_name,
            action=AuditEvent.Action.STARTED if is_first else AuditEvent.Action.SENT,
            conversation_id=message.conversation_id,
            message_id=message.pk,
        )
