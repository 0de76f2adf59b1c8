"""What the tables contain, as plain values to compare."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from tests.models.sql import execute
from vclinic_messages.models import (
    AuditEvent,
    Conversation,
    Draft,
    Mailbox,
    Message,
    Participant,
    QuickReply,
    Reminder,
)


def participant(conversation: Any, user: Any) -> Participant:
    return Participant.objects.get(conversation=conversation, mailbox__user=user)


def mailbox(user: Any) -> Mailbox:
    return Mailbox.objects.get(user=user)


def waiting_since(conversation: Any) -> Any:
    """Since when the patient of a conversation with one staff participant waits."""
    return Participant.objects.exclude(role="patient").get(conversation=conversation).waiting_since


def version(user: Any) -> int:
    return mailbox(user).version


def age(conversation: Any, **ago: int) -> None:
    """Make the messages of a conversation older, behind the triggers' back."""
    execute("ALTER TABLE vclinic_messages_message DISABLE TRIGGER USER")
    Message.objects.filter(conversation=conversation).update(sent_at=timezone.now() - timedelta(**ago))
    execute("ALTER TABLE vclinic_messages_message ENABLE TRIGGER USER")


def message_row(conversation: Any, sender: Any, body: str) -> Message:
    """A message to store behind the actions' back, for many at once."""
    box = mailbox(sender)
    return Message(
        conversation=conversation, sender=box, mailbox=box, sender_name="A", sender_role="doctor", body=body
    )


def last_audit() -> Any:
    return AuditEvent.objects.order_by("-pk").first()


def rows() -> dict[str, list[Any]]:
    """Everything that an action could have written."""
    models = (Conversation, Participant, Message, Mailbox, AuditEvent, Draft, QuickReply, Reminder)
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


def true_unread(participant: Any) -> int:
    """The unread count of a participant, counted from the messages."""
    newer = Message.objects.filter(conversation=participant.conversation_id).exclude(
        mailbox=participant.mailbox_id
    )
    return newer.filter(pk__gt=participant.last_read_message_id or 0).count()


def assert_counters_are_true() -> None:
    """Every stored counter equals what can be counted from the messages."""
    for conversation in Conversation.objects.annotate(last=F("last_message")):
        messages = Message.objects.filter(conversation=conversation).order_by("pk")
        assert conversation.message_count == messages.count()
        assert conversation.last_message_id == messages.last().pk
    for each in Participant.objects.select_related("conversation"):
        assert each.unread_count == true_unread(each), each
        assert each.last_message_id == each.conversation.last_message_id
