"""The only code that reads for display."""

from vclinic_messages.selectors.conversations import (
    ConversationSummary,
    LastMessage,
    Seat,
    conversation,
    conversation_with,
    inbox,
    inbox_beside,
)
from vclinic_messages.selectors.live import Event, State, state, state_tag
from vclinic_messages.selectors.paging import Page
from vclinic_messages.selectors.people import (
    MOST_FOUND,
    me,
    persons,
    recent_recipients,
    recipient,
    recipient_users,
    recipients,
)
from vclinic_messages.selectors.seats import Cut
from vclinic_messages.selectors.threads import MessageItem, Sender, message_items, message_rows, thread

__all__ = [
    "MOST_FOUND",
    "ConversationSummary",
    "Cut",
    "Event",
    "LastMessage",
    "MessageItem",
    "Page",
    "Seat",
    "Sender",
    "State",
    "conversation",
    "conversation_with",
    "inbox",
    "inbox_beside",
    "me",
    "message_items",
    "message_rows",
    "persons",
    "recent_recipients",
    "recipient",
    "recipient_users",
    "recipients",
    "state",
    "state_tag",
    "thread",
]
