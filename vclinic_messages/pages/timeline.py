"""Prepare messages for display: dividers for days and for what is new, names and the receipt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.safestring import SafeString

from vclinic_messages import selectors
from vclinic_messages.search.folding import SearchWord
from vclinic_messages.search.marking import Range, found_ranges

#: From then on the writer is told that nobody has read the message.
LONG_UNREAD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The line below the viewer's last message: "Sent", when somebody read it, or since when nobody has.

    ``unread_since`` is None until it is worth saying, and where the clinic shows no read receipts.
    """

    message_id: int
    seen_at: datetime | None
    unread_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A message, and what is shown around it."""

    message: selectors.MessageItem
    number: SafeString
    """The id of the message as text. The page has it four times for each message."""
    day: date | None
    """The day for the divider above the first message of that day."""
    is_recent_day: bool
    """Whether that day is called today or yesterday, which changes at midnight."""
    is_first_new: bool
    shows_name: bool
    marks: list[Range]
    """The words of a search in the text, in its code points."""
    receipt: Receipt | None


def timeline(
    page: selectors.MessagePage,
    conversation: selectors.ConversationSummary,
    *,
    is_newest: bool,
    shows_seen: bool,
    words: Sequence[SearchWord] = (),
) -> list[Entry]:
    """Return the entries for the messages of a page.

    Only the newest page (``is_newest``) has a receipt. ``shows_seen`` is the clinic's setting for read
    receipts. ``words`` are those of the search that led here.
    """
    previous = page.previous
    first_new = _first_new([*([previous] if previous else []), *page.items], conversation)
    last_own = _last_own(page.items) if is_newest else None
    entries = []
    today = timezone.localdate()
    previous_day = _day(previous) if previous else None
    for message in page.items:
        day = _day(message)
        starts_day = day != previous_day
        is_first_new = message.id == first_new
        is_other_sender = previous is None or previous.sender != message.sender
        receipt = _receipt(message, conversation, shows_seen=shows_seen) if message.id == last_own else None
        entries.append(
            Entry(
                message=message,
                number=SafeString(message.id),
                day=day if starts_day else None,
                is_recent_day=(today - day).days < 2,
                is_first_new=is_first_new,
                shows_name=starts_day or is_first_new or is_other_sender,
                marks=found_ranges(message.body, words) if words else [],
                receipt=receipt,
            )
        )
        previous, previous_day = message, day
    return entries


def _receipt(
    message: selectors.MessageItem, conversation: selectors.ConversationSummary, *, shows_seen: bool
) -> Receipt:
    seen_at = conversation.seen_at(message.id) if shows_seen else None
    is_long_unread = shows_seen and seen_at is None and timezone.now() - message.sent_at >= LONG_UNREAD
    return Receipt(message.id, seen_at, message.sent_at if is_long_unread else None)


def _day(message: selectors.MessageItem) -> date:
    return message.sent_at.astimezone(timezone.get_current_timezone()).date()


def _first_new(
    messages: Sequence[selectors.MessageItem], conversation: selectors.ConversationSummary
) -> int | None:
    """Return the id of the first message of somebody else that the viewer has not read."""
    read = conversation.last_read or 0
    unread = (message.id for message in messages if message.id > read and not message.is_ours)
    return next(unread, None) if conversation.unread_count else None


def _last_own(messages: Sequence[selectors.MessageItem]) -> int | None:
    return next((message.id for message in reversed(messages) if message.sender.is_me), None)
