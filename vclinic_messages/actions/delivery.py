"""Writing a message and every number that it changes, under the locks that keep them right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from vclinic_messages.actions.mailbox_locks import bump_versions, lock_mailboxes, open_mailboxes
from vclinic_messages.directory import Person
from vclinic_messages.errors import Throttled
from vclinic_messages.models import Conversation, Mailbox, Message, Participant, Role
from vclinic_messages.models.users import snapshot_name
from vclinic_messages.policies import seconds_until_next_send

Participants = Mapping[Any, Any]

_BIGGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class NewMessage:
    """What somebody sends. The text is kept out of its representation."""

    sender: Any
    name: str
    role: Role
    text: str = field(repr=False)
    key: str | None = None
    seen: int | None = None


def new_participants(conversation: Conversation, people: Mapping[Any, Person]) -> Participants:
    """Give these people, by user key, their participants in a new conversation."""
    participants = {
        key: Participant(
            conversation=conversation, user_id=key, name=snapshot_name(person.name), role=str(person.role)
        )
        for key, person in people.items()
    }
    Participant.objects.bulk_create(participants.values())
    open_mailboxes(participants)
    return participants


def locked_participants(conversation: Conversation | UUID, seen: int | None = None) -> Participants:
    """The participants by user key, with the conversation locked: its messages get their ids in commit order.

    Each participant carries ``knows_seen``: whether ``seen`` is a message of the conversation.
    """
    rows = (
        Participant.objects.filter(conversation=conversation)
        .select_related("conversation")
        .annotate(knows_seen=is_message_of(OuterRef("conversation"), seen))
        .select_for_update(of=("conversation",), no_key=True)
    )
    return {row.user_id: row for row in rows}


def is_message_of(conversation: Any, message_id: int | None) -> Any:
    """An expression: whether the id is one of a message of the conversation. None counts as one."""
    if message_id is None or not 0 < message_id <= _BIGGEST_ID:
        return Value(message_id is None, output_field=BooleanField())
    return Exists(Message.objects.filter(conversation=conversation, pk=message_id))


def unread_after(conversation: Any, reader: Any, message_id: int) -> Any:
    """An expression: how many messages of others in the conversation are newer than this one."""
    newer = Message.objects.filter(conversation=conversation, pk__gt=message_id).exclude(sender=reader)
    counted = newer.order_by().values("conversation").annotate(count=Count("*")).values("count")
    return Coalesce(Subquery(counted), 0)


def deliver(new_message: NewMessage, conversation: Conversation, participants: Participants) -> Message:
    """Write the message. The conversation is locked, or new. Raises Throttled."""
    mailboxes = lock_mailboxes(participants)
    # Asked under the sender's mailbox lock, so that two sends at once cannot both be the last allowed one.
    if wait := seconds_until_next_send(new_message.sender):
        raise Throttled(wait)
    message: Message = Message.objects.create(
        conversation=conversation,
        sender=new_message.sender,
        sender_name=snapshot_name(new_message.name),
        sender_role=new_message.role,
        body=new_message.text,
        sent_at=timezone.now(),
        client_key=new_message.key,
    )
    bump_versions(mailboxes, messages=1)
    _number_seats(new_message, message)
    _note_last(conversation, message, new_message.role)
    return message


def _number_seats(new_message: NewMessage, message: Message) -> None:
    """Each participant takes its mailbox's new number; the others have one more to read."""
    mailbox = Mailbox.objects.filter(user=OuterRef("user")).values("seq")
    changes: dict[str, Any] = {"seq": Subquery(mailbox)}
    mine: Any = F("unread_count")
    if new_message.seen is not None:
        is_news = Q(last_read_message=None) | Q(last_read_message__lt=new_message.seen)
        moves = Q(user=new_message.sender) & is_news
        mine = Case(
            When(is_news, then=unread_after(message.conversation_id, new_message.sender, new_message.seen)),
            default=mine,
            output_field=IntegerField(),
        )
        changes["last_read_message"] = Case(
            When(moves, then=Value(new_message.seen)),
            default=F("last_read_message"),
            output_field=BigIntegerField(),
        )
        changes["last_read_at"] = Case(When(moves, then=message.sent_at), default=F("last_read_at"))
    changes["unread_count"] = Case(
        When(user=new_message.sender, then=mine), default=F("unread_count") + 1, output_field=IntegerField()
    )
    Participant.objects.filter(conversation=message.conversation_id).update(**changes)


def _note_last(conversation: Conversation, message: Message, role: Role) -> None:
    """The conversation ends with the message; a patient's waits for an answer, anyone else's is one."""
    waiting = None if role.is_staff else conversation.waiting_since or message.sent_at
    conversation.last_message = message
    conversation.waiting_since = waiting
    conversation.message_count += 1
    conversation.save(update_fields=["last_message", "waiting_since", "message_count"])
