"""What the tables hold, as plain values to compare."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, F, Q

from vclinic_messages.models import AuditEvent, Conversation, Mailbox, Message, Participant


def participant(conversation: Any, user: Any) -> Any:
    return Participant.objects.get(conversation=conversation, user=user)


def mailbox(user: Any) -> tuple[int, int]:
    """``seq`` and ``version``."""
    row = Mailbox.objects.get(user=user)
    return row.seq, row.version


def last_audit() -> Any:
    return AuditEvent.objects.order_by("-pk").first()


def rows() -> dict[str, list[Any]]:
    """Everything that an action could have written."""
    models = (Conversation, Participant, Message, Mailbox, AuditEvent)
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


def true_unread(participant: Any) -> int:
    """The unread count of a participant, counted from the messages."""
    newer = Message.objects.filter(conversation=participant.conversation_id).exclude(
        sender=participant.user_id
    )
    return newer.filter(pk__gt=participant.last_read_message_id or 0).count()


def assert_numbers_are_true() -> None:
    """Every kept number equals what can be counted from the messages."""
    for conversation in Conversation.objects.annotate(last=F("last_message")):
        messages = Message.objects.filter(conversation=conversation).order_by("pk")
        assert conversation.message_count == messages.count()
        assert conversation.last_message_id == messages.last().pk
    for each in Participant.objects.all():
        assert each.unread_count == true_unread(each), each
    for box in Mailbox.objects.all():
        mine = Participant.objects.filter(user=box.user_id)
        numbers = list(mine.values_list("seq", flat=True))
        assert len(set(numbers)) == len(numbers), "two conversations of a mailbox share a number"
        assert max(numbers) == box.seq
        conversations = mine.values("conversation")
        counted = Message.objects.aggregate(count=Count("pk", filter=Q(conversation__in=conversations)))
        assert box.seq == counted["count"], "the numbers of a mailbox have gaps"
        assert box.version >= box.seq
