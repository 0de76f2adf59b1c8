"""A conversation's messages as the thread shows them: by day, with what is new marked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from vclinic_messages import selectors


@dataclass(frozen=True, slots=True)
class Entry:
    """A message, and what stands around it."""

    message: selectors.MessageItem
    day: date | None
    """The day that begins with this message, where one does."""
    is_first_new: bool
    shows_name: bool
    has_receipt: bool
    seen_at: datetime | None
    """When somebody else had read it, below the receipt."""


def timeline(
    page: selectors.Page[selectors.MessageItem],
    conversation: selectors.ConversationSummary,
    *,
    is_newest: bool = True,
    shows_seen: bool = False,
) -> list[Entry]:
    """The messages of a page of the thread, oldest first. Only the newest page holds the receipt."""
    first_new = _first_new(page.items, conversation)
    last_mine = _last_mine(page.items) if is_newest else None
    zone = timezone.get_current_timezone()
    entries = []
    before: selectors.MessageItem | None = None
    day_before: date | None = None
    for message in page.items:
        day = message.sent_at.astimezone(zone).date()
        starts_day = day != day_before
        is_first_new = message.id == first_new
        has_receipt = message.id == last_mine
        entries.append(
            Entry(
                message=message,
                day=day if starts_day else None,
                is_first_new=is_first_new,
                shows_name=starts_day or is_first_new or before is None or before.sender != message.sender,
                has_receipt=has_receipt,
                seen_at=conversation.seen_at(message.id) if has_receipt and shows_seen else None,
            )
        )
        before, day_before = message, day
    return entries


def _first_new(
    messages: Sequence[selectors.MessageItem], conversation: selectors.ConversationSummary
) -> int | None:
    """The message above which "New messages" stands: the first on this page that is news to the viewer."""
    read = conversation.last_read or 0
    news = (message.id for message in messages if message.id > read and not message.sender.is_me)
    return next(news, None) if conversation.unread_count else None


def _last_mine(messages: Sequence[selectors.MessageItem]) -> int | None:
    return next((message.id for message in reversed(messages) if message.sender.is_me), None)


def since(entries: Iterable[Entry], message: int) -> list[Entry]:
    """The entries after a message."""
    return [entry for entry in entries if entry.message.id > message]
