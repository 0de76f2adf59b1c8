"""Work out what Messages would have written, had a history of letters been sent one by one.

The actions of the app cannot write into the past, and a sent message cannot be changed afterwards. So this
computes every number that follows from the history: mailbox numbers, unread counts, read marks, waiting.
"""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from vclinic_messages.models import Role

User = int


@dataclass(slots=True)
class Seat:
    user: User
    name: str
    role: Role
    seq: int = 0
    unread: int = 0
    read_message: int | None = None
    read_at: datetime | None = None


@dataclass(slots=True)
class Thread:
    """A conversation while it is being written."""

    created_at: datetime
    created_by: User
    participants: dict[User, Seat]
    id: uuid.UUID = field(default_factory=uuid.uuid4)
    last_message: int | None = None
    message_count: int = 0
    waiting_since: datetime | None = None


class MessageRow(NamedTuple):
    id: int
    conversation_id: uuid.UUID
    sender_id: User
    sender_name: str
    sender_role: str
    body: str
    sent_at: datetime


class Ledger:
    """Give it the letters in the order of their times, then let people read.

    `seq` and `version` are the mailboxes' numbers; those that exist already go in at the start.
    """

    def __init__(self, first_message_id: int) -> None:
        self.next_message_id = first_message_id
        self.seq: dict[User, int] = {}
        self.version: dict[User, int] = {}

    def send(self, thread: Thread, sender: User, body: str, at: datetime) -> MessageRow:
        """The sender has read what stood there before."""
        participant = thread.participants[sender]
        message = MessageRow(
            self.next_message_id, thread.id, sender, participant.name, participant.role.value, body, at
        )
        self.next_message_id += 1
        if participant.unread:
            self._mark(participant, thread.last_message, at)
        for each in thread.participants.values():
            each.seq = self.seq[each.user] = self.seq.get(each.user, 0) + 1
            self.version[each.user] = self.version.get(each.user, 0) + 1
            each.unread += each is not participant
        thread.waiting_since = None if participant.role.is_staff else thread.waiting_since or at
        thread.last_message = message.id
        thread.message_count += 1
        return message

    def read(self, thread: Thread, reader: User, at: datetime) -> None:
        """The reader opens the conversation and reads to its end."""
        if thread.participants[reader].unread:
            self._mark(thread.participants[reader], thread.last_message, at)
            self.version[reader] += 1

    def _mark(self, participant: Seat, message: int | None, at: datetime) -> None:
        participant.unread, participant.read_message, participant.read_at = 0, message, at
