"""Template tags of the list of conversations: what it says, and what its scripts need."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache, partial
from typing import Protocol

from django.template import Library
from django.utils.translation import get_language, gettext, ngettext, pgettext

from vclinic_messages.languages import comma
from vclinic_messages.number_formats import number, plural_forms, plural_samples, script_language
from vclinic_messages.selectors import ConversationSummary, Hits, MessageItem, Show, position_of
from vclinic_messages.times import Times, Unit, hours_ago, minutes_ago, wait_phrase, waiting_phrase

register = Library()


class Listing(Protocol):
    """A page of the list."""

    @property
    def rows(self) -> Sequence[ConversationSummary]: ...

    @property
    def hits(self) -> int: ...

    @property
    def next(self) -> str: ...


class Named(Protocol):
    """Somebody with a name."""

    @property
    def name(self) -> str: ...


class ShownDraft(Protocol):
    """What a form shows of drafts."""

    @property
    def restored_at(self) -> datetime | None: ...


class ShownEntry(Protocol):
    """A message of a page."""

    @property
    def message(self) -> MessageItem: ...


@register.filter
def list_position(row: ConversationSummary, show: Show) -> str:
    """Return a number that falls from each row of the list to the next."""
    position = position_of(row, show)
    if isinstance(position, int):
        return str(position)
    return str(-int(position.since.timestamp() * 1000))


@register.simple_tag
def new_conversations_forms() -> str:
    """Return "… new conversations" in all plural forms, for the script."""
    return plural_forms(_new_conversations)


def _new_conversations(count: int, shown: str) -> str:
    return ngettext("%(count)s new conversation", "%(count)s new conversations", count) % {"count": shown}


@register.simple_tag
def time_forms() -> str:
    """Return the times of rows in all plural forms, for the script."""
    return _time_forms(get_language())


# Cached for each language: they are the same on every page.
@lru_cache
def _time_forms(language: str | None) -> str:
    forms = {
        "ago": {"minutes": plural_samples(minutes_ago), "hours": plural_samples(hours_ago)},
        "wait": {unit: plural_samples(partial(wait_phrase, unit)) for unit in Unit},
        "waiting": {unit: plural_samples(partial(waiting_phrase, unit)) for unit in Unit},
    }
    return json.dumps({**script_language(), "forms": forms}, ensure_ascii=False)


@register.simple_tag
def opened_said(conversation: ConversationSummary, draft: ShownDraft) -> str:
    """Return what is said when a conversation opens: "Conversation with X open, 2 new messages"."""
    return _with_draft(_opened(conversation), draft)


@register.simple_tag
def compose_said(recipient: Named | None, draft: ShownDraft) -> str:
    """Return what is said when the form for a new message opens."""
    if recipient is None:
        return _with_draft(pgettext("vclinic_messages", "New message"), draft)
    return _with_draft(gettext("New message to %(name)s") % {"name": recipient.name}, draft)


def _with_draft(opened: str, draft: ShownDraft) -> str:
    if draft.restored_at is None:
        return opened
    time = Times().within_sentence(draft.restored_at)
    return f"{opened}. " + gettext("Your draft from %(time)s is in the field") % {"time": time}


def _opened(conversation: ConversationSummary) -> str:
    values = {
        "name": comma().join(each.name for each in conversation.others),
        "count": number(conversation.unread_count),
    }
    if not conversation.unread_count:
        return gettext("Conversation with %(name)s open, no new messages") % values
    phrase = ngettext(
        "Conversation with %(name)s open, %(count)s new message",
        "Conversation with %(name)s open, %(count)s new messages",
        conversation.unread_count,
    )
    return phrase % values


@register.simple_tag
def list_summary(listing: Listing) -> str:
    """Return how many conversations the list shows, and how many messages a search found in them."""
    count = len(listing.rows)
    if not count:
        return gettext("No conversations found")
    if listing.next:
        return gettext("%(count)s conversations, and there are more") % {"count": number(count)}
    conversations = ngettext("%(count)s conversation", "%(count)s conversations", count)
    conversations %= {"count": number(count)}
    if not listing.hits:
        return conversations
    messages = ngettext("%(count)s message", "%(count)s messages", listing.hits)
    messages %= {"count": number(listing.hits)}
    return gettext("%(messages)s in %(conversations)s") % {
        "messages": messages,
        "conversations": conversations,
    }


@register.simple_tag
def hit_said(hits: Hits, entries: Iterable[ShownEntry], at: int, times: Times) -> str:
    """Return what is said when a hit is shown: "Message 2 of 3, You, Wednesday, November 18, 4:25 PM"."""
    message = next(entry.message for entry in entries if entry.message.id == at)
    return gettext("Message %(number)s of %(count)s, %(name)s, %(time)s") % {
        "number": number(hits.number),
        "count": number(hits.count),
        "name": pgettext("vclinic_messages", "You") if message.sender.is_me else message.sender.name,
        "time": times.full(message.sent_at),
    }
