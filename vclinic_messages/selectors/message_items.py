"""The messages of one conversation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from vclinic_messages.models import Message, Role
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


@dataclass(frozen=True, slots=True)
class MessagePage:
    """Part of a conversation, oldest message first.

    ``earlier`` is what to ask for with ``before`` to get the page before it, None on the first page.
    ``previous`` is the message before the first one, if the page was asked for with ``after``. ``newer`` is
    how many messages come after the page, 0 for a page that was asked for with ``before``.
    """

    items: list[MessageItem]
    earlier: int | None = None
    previous: MessageItem | None = None
    newer: int = 0


def conversation_messages(
    viewer: Viewer,
    conversation: ConversationSummary,
    *,
    before: int | None = None,
    after: int | None = None,
    limit: int = 50,
) -> MessagePage:
    """Return the messages before or after a message, or those with which the conversation opens.

    It opens with the newest messages. If more than these are unread, it opens with the first unread one: what
    is read is marked up to the end of a page, and nothing that was not on a page may become read.
    """
    if after is not None:
        return _messages_after(viewer, conversation, after, limit)
    rows = message_rows(conversation.id).order_by("-id")
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = list(rows[: limit + 1])
    items = message_items(viewer, conversation, reversed(found[:limit]))
    if len(found) <= limit:
        return MessagePage(items)
    first_unread = _first_unread(viewer, conversation) if before is None else None
    if first_unread is not None and first_unread < items[0].id:
        older = message_rows(conversation.id).filter(id__lt=first_unread).order_by("-id")
        last = older.values_list("id", flat=True).first()
        return _messages_after(viewer, conversation, last or 0, limit)
    return MessagePage(items, earlier=items[0].id)


def _messages_after(viewer: Viewer, conversation: ConversationSummary, after: int, limit: int) -> MessagePage:
    rows = message_rows(conversation.id)
    found = list(rows.filter(id__gte=after).order_by("id")[: limit + 2])
    previous, newer = (found[:1], found[1:]) if found and found[0].pk == after else ([], found)
    items = message_items(viewer, conversation, newer[:limit])
    return MessagePage(
        items,
        earlier=items[0].id if previous and items else None,
        previous=next(iter(message_items(viewer, conversation, previous)), None),
        newer=rows.filter(id__gt=items[-1].id).count() if len(newer) > limit else 0,
    )


def _first_unread(viewer: Viewer, conversation: ConversationSummary) -> int | None:
    if not conversation.unread_count:
        return None
    unread = message_rows(conversation.id).filter(id__gt=conversation.last_read or 0)
    of_others = unread.exclude(sender=viewer.own_mailbox).order_by("id")
    return of_others.values_list("id", flat=True).first()


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
