"""The seats of conversations, with what a list shows of each conversation: one statement.

Written by hand, as the one in ``feature`` is, because every page and most calls make it: from query sets it
takes longer to compile than PostgreSQL takes to answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import reduce
from typing import Any, NamedTuple
from uuid import UUID

from vclinic_messages.body import EXCERPT_LENGTH
from vclinic_messages.feature import Viewer
from vclinic_messages.models import AuditEvent, Participant
from vclinic_messages.tenancy import database, expected_schema

#: Enough of a text for an excerpt after white space has been folded.
_EXCERPT_SOURCE = 3 * EXCERPT_LENGTH


class SeatRow(NamedTuple):
    """A participant's seat, and what is the same for all seats of the conversation."""

    conversation_id: UUID
    user_id: Any
    name: str
    role: str
    seq: int
    unread_count: int
    last_read_message_id: int | None
    last_read_at: datetime | None
    exported_at: datetime | None
    exported_by: str | None
    created_at: datetime
    waiting_since: datetime | None
    last_id: int
    last_sender_id: Any
    last_sender: str
    last_sent_at: datetime
    last_text: str
    is_opened: bool


_SQL = """
    SELECT seat.conversation_id, seat.user_id, seat.name, seat.role, seat.seq, seat.unread_count,
        seat.last_read_message_id, seat.last_read_at, conversation.exported_at,
        conversation.exported_by_name, conversation.created_at, conversation.waiting_since, message.id,
        message.sender_id, message.sender_name, message.sent_at, left(message.body, %(excerpt)s),
        %(session)s::text IS NOT NULL AND EXISTS (
            SELECT FROM vclinic_messages_auditevent event
            WHERE event.actor_id = %(viewer)s AND event.conversation_id = seat.conversation_id
                AND event.session = %(session)s AND event.action = %(opened)s
        )
    FROM vclinic_messages_participant seat
    JOIN vclinic_messages_conversation conversation ON conversation.id = seat.conversation_id
    LEFT JOIN vclinic_messages_message message ON message.id = conversation.last_message_id
    WHERE seat.conversation_id = ANY(%(conversations)s) AND current_schema() = %(schema)s
    ORDER BY seat.id
"""


def seat_rows(viewer: Viewer, conversations: Sequence[UUID], *, with_opened: bool = False) -> list[SeatRow]:
    """All seats of these conversations, in the order in which they were taken.

    ``with_opened`` finds out whether the viewer has opened each conversation in this session: one look into
    an index.
    """
    connection = database()
    key: Any = viewer.user._meta.pk
    values = {
        "conversations": list(conversations),
        "excerpt": _EXCERPT_SOURCE,
        "opened": AuditEvent.Action.OPENED.value,
        "schema": expected_schema(),
        "session": viewer.session if with_opened else None,
        "viewer": key.get_db_prep_value(viewer.user.pk, connection),
    }
    with connection.cursor() as cursor:
        cursor.execute(_SQL, values)
        found = [SeatRow._make(row) for row in cursor.fetchall()]
    read = _key_reader(connection)
    if read is None:
        return found
    return [row._replace(user_id=read(row.user_id), last_sender_id=read(row.last_sender_id)) for row in found]


def _key_reader(connection: Any) -> Callable[[Any], Any] | None:
    """What Django does to a user's key that it reads; None for a user model whose keys stay as they are."""
    column: Any = Participant._meta.get_field("user").get_col(Participant._meta.db_table)
    converters = column.get_db_converters(connection)
    if not converters:
        return None
    return lambda key: reduce(lambda value, convert: convert(value, column, connection), converters, key)
