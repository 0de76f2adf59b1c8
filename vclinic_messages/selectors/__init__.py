"""The only code that reads for display."""

from vclinic_messages.selectors.conversations import (
    ConversationSummary,
    LastMessage,
    Seat,
    conversation,
    conversation_with,
    inbox,
    inbox_seats,
    summaries,
)
from vclinic_messages.selectors.paging import Page
from vclinic_messages.selectors.people import (
    me,
    persons,
    recent_recipients,
    recipient,
    recipient_users,
    recipients,
)
from vclinic_messages.selectors.threads import MessageItem, Sender, message_items, message_rows, thread

__all__ = [
    "ConversationSummary",
    "LastMessage",
    "MessageItem",
    "Page",
    "Seat",
    "Sender",
    "conversation",
    "conversation_with",
    "inbox",
    "inbox_seats",
    "me",
    "message_items",
    "message_rows",
    "persons",
    "recent_recipients",
    "recipient",
    "recipient_users",
    "recipients",
    "summaries",
    "thread",
]
