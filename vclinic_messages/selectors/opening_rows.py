"""The messages with which a conversation opens, in one statement.

Hand-written SQL, because whoever opens a conversation waits for it: compiling it from query sets takes three
times as long as PostgreSQL takes to answer (docs/performance.md).
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from vclinic_messages.selectors.inbox_rows import key_reader
from vclinic_messages.selectors.summaries import ConversationSummary
from vclinic_messages.tenancy import run_in_clinic
from vclinic_messages.user_types import UserKey


class OpeningRow(NamedTuple):
    """One message. ``sender_user`` is the sender's user key, in the conversation of a team only.

    ``total`` is how many messages there are from the first of the rows on.
    """

    pk: int
    conversation_id: UUID
    sender_id: int
    mailbox_id: int
    sender_name: str
    sender_role: str
    body: str
    sent_at: datetime
    client_key: str | None
    sender_user: UserKey | None
    total: int


# The first of the rows is the newest of these two: the message before the first unread one, and the message
# before a page of the newest messages.
_ROWS = """
    WITH first_unread AS (
        SELECT id FROM vclinic_messages_message
        WHERE conversation_id = %(conversation)s AND id > %(last_read)s AND mailbox_id <> %(mailbox)s
        ORDER BY id
        LIMIT 1
    ), before_unread AS (
        SELECT id FROM vclinic_messages_message
        WHERE conversation_id = %(conversation)s AND id < (SELECT id FROM first_unread)
        ORDER BY id DESC
        LIMIT 1
    ), before_newest AS (
        SELECT id FROM vclinic_messages_message
        WHERE conversation_id = %(conversation)s
        ORDER BY id DESC
        LIMIT 1 OFFSET %(limit)s
    ), first AS MATERIALIZED (
        SELECT LEAST(
            COALESCE((SELECT id FROM before_unread), (SELECT id FROM first_unread)),
            COALESCE((SELECT id FROM before_newest), 0)
        ) AS id
    )
    SELECT message.id, message.conversation_id, message.sender_id, message.mailbox_id, message.sender_name,
        message.sender_role, message.body, message.sent_at, message.client_key,
        CASE WHEN %(is_of_team)s THEN (
            SELECT sender.user_id FROM vclinic_messages_mailbox sender WHERE sender.id = message.sender_id
        ) END,
        (
            SELECT count(*) FROM vclinic_messages_message
            WHERE conversation_id = %(conversation)s AND id >= (SELECT id FROM first)
        )
    FROM vclinic_messages_message message
    WHERE message.conversation_id = %(conversation)s AND message.id >= (SELECT id FROM first) AND {in_clinic}
    ORDER BY message.id
    LIMIT %(limit)s + 1
"""


def opening_rows(conversation: ConversationSummary, limit: int) -> list[OpeningRow]:
    """Return the newest messages, or those from the first unread one on if that is older: oldest first.

    If there are messages before these ``limit``, the first row is the one before them.
    """
    values = {
        "conversation": conversation.id,
        "last_read": conversation.last_read or 0,
        "mailbox": conversation.me.mailbox,
        "is_of_team": conversation.team is not None,
        "limit": limit,
    }
    rows = [OpeningRow._make(row) for row in run_in_clinic(_ROWS, values)]
    read_key = key_reader() if conversation.team else None
    return rows if read_key is None else [row._replace(sender_user=read_key(row.sender_user)) for row in rows]
