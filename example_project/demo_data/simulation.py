"""Work out the rows that Messages would have stored if a history of messages had been sent one by one.

The app's actions cannot send messages in the past, and a sent message cannot be changed afterwards. So this
computes everything that follows from the history: the versions of mailboxes, unread counts, read marks, and
since when a patient waits.
"""

import uuid
from collections import Counter
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
    waiting_since: datetime | None = None
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


class MessageRow(NamedTuple):
    id: int
    conversation_id: uuid.UUID
    sender_id: int
    mailbox_id: int
    sender_name: str
    sender_role: str
    body: str
    sent_at: datetime


class Simulation:
    """Send the messages in the order of their times first, then let people read.

    `mailboxes` are the ids of the mailboxes of people, and of teams under negative keys. `changes` counts by
    how much their versions rise.
    """

    def __init__(self, first_message_id: int, mailboxes: dict[User, int]) -> None:
        self.next_message_id = first_message_id
        self.mailboxes = mailboxes
        self.changes: Counter[int] = Counter()

    def send(
        self,
        conversation: ConversationRow,
        sender: User,
        body: str,
        at: datetime,
        *,
        writer: ParticipantRow | None = None,
        team: User | None = None,
    ) -> MessageRow:
        """Send a message. The sender has read all earlier ones.

        `team` is the team that the sender writes for, and `writer` has their own name and role.
        """
        participant = conversation.participants[sender if team is None else team]
        writer = writer or participant
        message = MessageRow(
            self.next_message_id,
            conversation.id,
            self.mailboxes[sender],
            self.mailboxes[participant.user],
            writer.name,
            writer.role.value,
            body,
            at,
        )
        self.next_message_id += 1
        if participant.unread:
            self._mark_read(participant, conversation.last_message, at)
        for each in conversation.participants.values():
            self.changes[self.mailboxes[each.user]] += 1
            each.unread += each is not participant
            is_waiting = each.role.is_staff and not participant.role.is_staff
            each.waiting_since = (each.waiting_since or at) if is_waiting else None
        conversation.last_message = message.id
        conversation.message_count += 1
        return message

    def read(self, conversation: ConversationRow, reader: User, at: datetime) -> None:
        """Let the reader read the conversation to its end."""
        participant = conversation.participants[reader]
        if participant.unread:
            self._mark_read(participant, conversation.last_message, at)
            self.changes[self.mailboxes[reader]] += 1

    def _mark_read(self, participant: ParticipantRow, message: int | None, at: datetime) -> None:
        participant.unread, participant.read_message, participant.read_at = 0, message, at
