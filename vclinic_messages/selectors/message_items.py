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
