"""Work out the rows that Messages would have stored if a history of messages had been sent one by one.

The app's actions cannot send messages in the past, and a sent message cannot be changed afterwards. So this
computes everything that follows from the history: the counters of mailboxes, unread counts, read marks, and
since when a patient waits.
"""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from vclinic_messages.models import Role

User = int


@dataclass(slots=True)
class ParticipantRow:
    user: User
    name: str
    role: Role
    seq: int = 0
    unread: int = 0
    read_message: int | None = None
    read_at: datetime | None = None


@dataclass(slots=True)
class ConversationRow:
    created_at: datetime
    created_by: User
    participants: dict[User, ParticipantRow]
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


class Simulation:
    """Send the messages in the order of their times first, then let people read.

    `seq` and `version` are the counters of the mailboxes. Set those of existing mailboxes before the first
    message.
    """

    def __init__(self, first_message_id: int) -> None:
        self.next_message_id = first_message_id
        self.seq: dict[User, int] = {}
        self.version: dict[User, int] = {}

    def send(self, conversation: ConversationRow, sender: User, body: str, at: datetime) -> MessageRow:
        """Send a message. The sender has read all earlier ones."""
        participant = conversation.participants[sender]
        message = MessageRow(
            self.next_message_id, conversation.id, sender, participant.name, participant.role.value, body, at
        )
        self.next_message_id += 1
        if participant.unread:
            self._mark_read(participant, conversation.last_message, at)
        for each in conversation.participants.values():
            each.seq = self.seq[each.user] = self.seq.get(each.user, 0) + 1
            self.version[each.user] = self.version.get(each.user, 0) + 1
            each.unread += each is not participant
        conversation.waiting_since = None if participant.role.is_staff else conversation.waiting_since or at
        conversation.last_message = message.id
        conversation.message_count += 1
        return message

    def read(self, conversation: ConversationRow, reader: User, at: datetime) -> None:
        """Let the reader read the conversation to its end."""
        participant = conversation.participants[reader]
        if participant.unread:
            self._mark_read(participant, conversation.last_message, at)
            self.version[reader] += 1

    def _mark_read(self, participant: ParticipantRow, message: int | None, at: datetime) -> None:
        participant.unread, participant.read_message, participant.read_at = 0, message, at
