"""The only code that reads for display."""

from vclinic_messages.selectors.inbox_rows import InboxQuery
from vclinic_messages.selectors.list_orders import (
    Position,
    Show,
    is_position,
    position_values,
    read_position,
)
from vclinic_messages.selectors.live_state import Cursor, Event, State, live_state, live_state_etag
from vclinic_messages.selectors.message_items import (
    MessageItem,
    MessagePage,
    Sender,
    conversation_messages,
    message_items,
    message_rows,
    newest_own_message_id,
)
from vclinic_messages.selectors.paging import Page
from vclinic_messages.selectors.recipients import (
    MOST_FOUND,
    me,
    persons,
    recent_recipients,
    recipient,
    recipient_users,
    recipients,
)
from vclinic_messages.selectors.summaries import (
    ConversationSummary,
    LastMessage,
    ParticipantSummary,
    conversation,
    conversation_with,
    inbox,
    inbox_with_conversation,
    position_of,
)

__all__ = [
    "MOST_FOUND",
    "ConversationSummary",
    "Cursor",
    "Event",
    "InboxQuery",
    "LastMessage",
    "MessageItem",
    "MessagePage",
    "Page",
    "ParticipantSummary",
    "Position",
    "Sender",
    "Show",
    "State",
    "conversation",
    "conversation_messages",
    "conversation_with",
    "inbox",
    "inbox_with_conversation",
    "is_position",
    "live_state",
    "live_state_etag",
    "me",
    "message_items",
    "message_rows",
    "newest_own_message_id",
    "persons",
    "position_of",
    "position_values",
    "read_position",
    "recent_recipients",
    "recipient",
    "recipient_users",
    "recipients",
]
