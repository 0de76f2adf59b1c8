"""The messages of one conversation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from vclinic_messages.models import Message, Role
from vclinic_messages.selectors.paging import Page
from vclinic_messages.selectors.summaries import ConversationSummary
from vclinic_messages.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Sender:
    """The sender of a message, by name and role as they were. ``id`` is None for a deleted account."""

    id: str | None
    name: str
    role: Role
    is_me: bool


@dataclass(frozen=True, slots=True)
class MessageItem:
    """One message as a participant sees it."""

    id: int
    conversation: UUID
    sender: Sender
    body: str
    sent_at: datetime


def conversation_messages(
    viewer: Viewer, conversation: ConversationSummary, *, before: int | None = None, limit: int = 50
) -> Page[MessageItem]:
    """Return the newest messages, oldest first; ``next`` is the ``before`` of the page with earlier ones."""
    rows = message_rows(conversation.id).order_by("-id")
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = list(rows[: limit + 1])
    items = message_items(viewer, conversation, reversed(found[:limit]))
    return Page(items, items[0].id if len(found) > limit else None)


def messages_from(
    viewer: Viewer, conversation: ConversationSummary, message_id: int, *, limit: int = 50
) -> list[MessageItem] | None:
    """Return this message and the newer ones, oldest first; None if more than ``limit`` are newer."""
    rows = message_rows(conversation.id).filter(id__gte=message_id).order_by("id")
    items = message_items(viewer, conversation, rows[: limit + 2])
    newer = sum(item.id > message_id for item in items)
    return items if newer <= limit else None


def newest_own_message_id(viewer: Viewer, conversation: ConversationSummary) -> int | None:
    """Return the id of the viewer's newest message; None if the newest 50 messages are all of others.

    Without that bound the search would read all messages of a conversation to which the viewer never wrote.
    """
    newest = message_rows(conversation.id).order_by("-id")[:50].values_list("id", "sender")
    return next((message for message, sender in newest if sender == viewer.own_mailbox), None)


def message_rows(conversation_id: UUID) -> QuerySet[Message]:
    """Return the messages of a conversation, unordered. Access is not checked here."""
    return Message.objects.filter(conversation=conversation_id)


def message_items(
    viewer: Viewer, conversation: ConversationSummary, rows: Iterable[Message]
) -> list[MessageItem]:
    """Return rows of messages as the viewer sees them. Runs no statement: the participants are known."""
    user_ids = {each.mailbox: each.id for each in conversation.participants}
    return [_item(viewer, row, user_ids) for row in rows]


def _item(viewer: Viewer, row: Message, user_ids: dict[int, str | None]) -> MessageItem:
    return MessageItem(
        id=row.pk,
        conversation=row.conversation_id,
        sender=Sender(
            id=user_ids.get(row.sender_id),
            name=row.sender_name,
            role=Role(row.sender_role),
            is_me=row.sender_id == viewer.own_mailbox,
        ),
        body=row.body,
        sent_at=row.sent_at,
    )
