"""The messages of one conversation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, QuerySet, Subquery

from vclinic_messages.models import Mailbox, Message, Role
from vclinic_messages.selectors.opening_rows import OpeningRow, opening_rows
from vclinic_messages.selectors.summaries import ConversationSummary
from vclinic_messages.teams import recipient_id
from vclinic_messages.user_types import UserKey
from vclinic_messages.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Sender:
    """The sender of a message, by name and role as they were. ``id`` is None for a deleted account."""

    id: str | None
    name: str
    role: Role
    is_me: bool


@dataclass(frozen=True, slots=True)
class TeamName:
    """The team for which a message was written."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class MessageItem:
    """One message as a participant sees it."""

    id: int
    conversation: UUID
    sender: Sender
    body: str
    sent_at: datetime
    key: str | None = None
    """The idempotency key of the viewer's own message."""
    for_team: TeamName | None = None
    """The team for which it was written."""
    is_ours: bool = False
    """Whether it was written from the mailbox through which the viewer reads."""


@dataclass(frozen=True, slots=True)
class MessagePage:
    """Part of a conversation, oldest message first.

    ``earlier`` is what to ask for with ``before`` to get the page before it, None on the first page.
    ``previous`` is the message before the first one, if the page was asked for with ``after`` or ``around``.
    ``newer`` is how many messages come after the page, 0 for a page that was asked for with ``before``.
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
    around: int | None = None,
    limit: int = 50,
) -> MessagePage:
    """Return the messages before, after or around a message. Without one, return the opening page.

    The page around a message of another conversation is empty.

    A conversation opens with its newest messages. If more than these are unread, it opens with the first
    unread message. Reading a page marks everything up to its end, so a later first page would mark messages
    as read that the viewer has never seen.
    """
    if around is not None:
        return _page_around(viewer, conversation, around, limit)
    if after is not None:
        return _page_after(viewer, conversation, after, limit)
    if before is None:
        return _opening_page(viewer, conversation, limit)
    found = list(message_rows(conversation).filter(id__lt=before).order_by("-id")[: limit + 1])
    if len(found) <= limit:
        return MessagePage(message_items(viewer, conversation, reversed(found)))
    page = found[:limit]
    return MessagePage(message_items(viewer, conversation, reversed(page)), earlier=page[-1].pk)


def around_message(
    conversation: ConversationSummary, message: int, limit: int
) -> tuple[list[Message], list[Message], int]:
    """Return the messages before a message, those from it on, and how many come after these.

    Oldest first, in one statement. ``limit`` is the length of a page: half of it comes before the message,
    and one message more if there is one. Everything is empty if the message is not in this conversation.
    """
    rows = message_rows(conversation)
    from_it = rows.filter(id__gte=message)
    total = from_it.order_by().values("conversation").annotate(count=Count("*")).values("count")
    counted = rows.annotate(total=Subquery(total))
    half = limit // 2
    older = counted.filter(id__lt=message).order_by("-id")[: half + 1]
    newer = counted.filter(id__gte=message).order_by("id")[: limit - half]
    found: list[Any] = sorted(older.union(newer, all=True), key=lambda row: row.pk)
    before = [row for row in found if row.pk < message]
    after = found[len(before) :]
    if not after or after[0].pk != message:
        return [], [], 0
    return before, after, after[0].total - len(after)


def _page_around(viewer: Viewer, conversation: ConversationSummary, message: int, limit: int) -> MessagePage:
    before, after, newer = around_message(conversation, message, limit)
    previous = before[: max(0, len(before) - limit // 2)]
    items = message_items(viewer, conversation, [*before[len(previous) :], *after])
    return MessagePage(
        items,
        earlier=items[0].id if previous else None,
        previous=next(iter(message_items(viewer, conversation, previous)), None),
        newer=newer,
    )


def _opening_page(viewer: Viewer, conversation: ConversationSummary, limit: int) -> MessagePage:
    """Return the newest messages, or those from the first unread one on if that is older.

    Unread messages may be fewer than a page and still older than the newest page, if the viewer has written
    much since.
    """
    found = opening_rows(conversation, limit)
    first = found[0] if found else None
    has_previous = first is not None and first.total > limit and not _is_unread(conversation, first)
    page = _page_of(viewer, conversation, found, has_previous=has_previous, limit=limit)
    return page if page.newer else replace(page, previous=None)


def _page_after(viewer: Viewer, conversation: ConversationSummary, message: int, limit: int) -> MessagePage:
    rows = message_rows(conversation).filter(id__gte=message)
    total = rows.order_by().values("conversation").annotate(count=Count("*")).values("count")
    found: list[Any] = list(rows.annotate(total=Subquery(total)).order_by("id")[: limit + 1])
    has_previous = bool(found) and found[0].pk == message
    return _page_of(viewer, conversation, found, has_previous=has_previous, limit=limit)


def _page_of(
    viewer: Viewer, conversation: ConversationSummary, found: Sequence[Any], *, has_previous: bool, limit: int
) -> MessagePage:
    """Return the page of these rows, each of which has a ``total``: how many there are from the first on.

    ``has_previous`` tells whether the first is the message before the page.
    """
    previous = found[:1] if has_previous else []
    page = found[len(previous) : len(previous) + limit]
    items = message_items(viewer, conversation, page)
    return MessagePage(
        items,
        earlier=items[0].id if previous and items else None,
        previous=next(iter(message_items(viewer, conversation, previous)), None),
        newer=found[0].total - len(previous) - len(page) if found else 0,
    )


def _is_unread(conversation: ConversationSummary, row: OpeningRow) -> bool:
    return row.pk > (conversation.last_read or 0) and row.mailbox_id != conversation.me.mailbox


def newest_own_message_id(viewer: Viewer, conversation: ConversationSummary) -> int | None:
    """Return the id of the viewer's newest message; None if the newest 50 messages are all of others.

    Without that bound the search would read all messages of a conversation to which the viewer never wrote.
    """
    newest = message_rows(conversation).order_by("-id")[:50].values_list("id", "sender")
    return next((message for message, sender in newest if sender == viewer.own_mailbox), None)


def message_rows(conversation: ConversationSummary) -> QuerySet[Message]:
    """Return the messages of a conversation, unordered."""
    rows = Message.objects.filter(conversation=conversation.id)
    # Members of a team do not take part themselves, so the row says who they are.
    return rows if conversation.team is None else rows.annotate(sender_user=F("sender__user"))


def message_items(
    viewer: Viewer, conversation: ConversationSummary, rows: Iterable[Message]
) -> list[MessageItem]:
    """Return rows of messages as the viewer sees them. Runs no statement."""
    user_ids = {each.mailbox: each.id for each in conversation.participants}
    mailbox = conversation.me.mailbox
    return [_item(viewer, conversation, row, user_ids, mailbox) for row in rows]


def _item(
    viewer: Viewer,
    conversation: ConversationSummary,
    row: Any,
    user_ids: dict[int, str | None],
    mailbox: int,
) -> MessageItem:
    is_me = row.sender_id == viewer.own_mailbox
    team = conversation.team if row.mailbox_id != row.sender_id else None
    for_team = TeamName(team.id, team.name) if team else None
    return MessageItem(
        id=row.pk,
        conversation=row.conversation_id,
        sender=Sender(
            id=user_ids.get(row.sender_id) if team is None else _as_id(row.sender_user),
            name=row.sender_name,
            role=Role(row.sender_role),
            is_me=is_me,
        ),
        body=row.body,
        sent_at=row.sent_at,
        key=row.client_key if is_me else None,
        for_team=for_team,
        is_ours=row.mailbox_id == mailbox,
    )


def team_of(message: Message) -> TeamName | None:
    """Return the team for which a message was written; None for a person's own. One statement for a team."""
    if message.mailbox_id == message.sender_id:
        return None
    team = Mailbox.objects.select_related("team").get(pk=message.mailbox_id).team
    return TeamName(recipient_id(team.pk), team.name) if team else None


def _as_id(key: UserKey | None) -> str | None:
    return None if key is None else str(key)
