"""The participants of conversations, with what a list shows of each conversation: one statement.

Written by hand, as the one in ``feature`` is, because every page and most calls make it: from query sets it
takes longer to compile than PostgreSQL takes to answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any, NamedTuple
from uuid import UUID

from vclinic_messages.message_text import EXCERPT_LENGTH
from vclinic_messages.models import AuditEvent, Participant
from vclinic_messages.search.messages import search_clause
from vclinic_messages.tenancy import database, run_in_clinic
from vclinic_messages.viewer import Viewer

#: Enough of a text for an excerpt after white space has been folded.
_EXCERPT_SOURCE = 3 * EXCERPT_LENGTH


@dataclass(frozen=True, slots=True)
class InboxQuery:
    """Which part of a person's list of conversations: ``limit`` of them, newest activity first.

    ``before`` and ``after`` are numbers (``seq``) that none of them has: those below the one, or the lowest
    of those above the other. ``search`` and ``unread`` narrow it.
    """

    limit: int = 25
    before: int | None = None
    after: int | None = None
    search: str = ""
    unread: bool = False

    @property
    def is_backwards(self) -> bool:
        """Whether it leads towards the newest."""
        return self.after is not None


class ParticipantRow(NamedTuple):
    """One participant of a conversation.

    Fields from ``exported_at`` on belong to the conversation and are filled only on the viewer's row.
    """

    conversation_id: UUID
    is_listed: bool
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


_PARTICIPANTS = """
    SELECT participant.conversation_id, wanted.is_listed, participant.user_id, participant.name,
        participant.role, participant.seq, participant.unread_count, participant.last_read_message_id,
        participant.last_read_at, conversation.exported_at, conversation.exported_by_name,
        conversation.created_at, conversation.waiting_since, message.id,
        message.sender_id, message.sender_name, message.sent_at, left(message.body, %(excerpt)s), {is_opened}
    FROM ({wanted}) wanted
    JOIN vclinic_messages_participant participant ON participant.conversation_id = wanted.conversation_id
    LEFT JOIN vclinic_messages_conversation conversation
        ON conversation.id = participant.conversation_id AND participant.user_id = %(viewer)s
    LEFT JOIN vclinic_messages_message message ON message.id = conversation.last_message_id
    WHERE {in_clinic}
    ORDER BY participant.id
"""

# The page is cut from the index on person and order before anything is joined, so that it costs the same for
# 20 conversations and for 20,000. With the LIMIT outside the joins PostgreSQL would read and sort all rows.
_LISTED = """
    (SELECT conversation_id, true AS is_listed
    FROM vclinic_messages_participant mine
    WHERE {conditions}
    ORDER BY seq {direction}
    LIMIT %(limit)s)
"""

_BESIDE = "SELECT unnest(%(beside)s::uuid[]) AS conversation_id, false AS is_listed"

_IS_OPENED = """
    NOT wanted.is_listed AND participant.user_id = %(viewer)s AND EXISTS (
        SELECT FROM vclinic_messages_auditevent event
        WHERE event.actor_id = %(viewer)s AND event.conversation_id = participant.conversation_id
            AND event.session = %(session)s AND event.action = %(opened)s
    )
"""


def participant_rows(
    viewer: Viewer, cut: InboxQuery | None = None, *, beside: Sequence[UUID] = ()
) -> list[ParticipantRow]:
    """Return all participants of the listed conversations, plus those in ``beside``.

    Access is not checked here.

    One conversation more than the query's limit is returned, if there is one. A conversation that is both
    listed and in ``beside`` comes twice, told apart by ``is_listed``. Only for those in ``beside`` it is
    known whether the viewer has opened them in this session.
    """
    connection = database()
    values: dict[str, Any] = {
        "beside": list(beside),
        "excerpt": _EXCERPT_SOURCE,
        "opened": AuditEvent.Action.OPENED.value,
        "session": viewer.session,
        "viewer": viewer.user._meta.pk.get_db_prep_value(viewer.key, connection),
    }
    wanted = [_BESIDE] if beside else []
    if cut is not None:
        listed, more = _listed(cut)
        wanted.append(listed)
        values |= more
    is_opened = _IS_OPENED if beside else "false"
    statement = _PARTICIPANTS.replace("{wanted}", " UNION ALL ".join(wanted)).replace(
        "{is_opened}", is_opened
    )
    found = [ParticipantRow._make(row) for row in run_in_clinic(statement, values)]
    read = _key_reader(connection)
    if read is None:
        return found
    return [row._replace(user_id=read(row.user_id), last_sender_id=read(row.last_sender_id)) for row in found]


def _listed(cut: InboxQuery) -> tuple[str, dict[str, Any]]:
    mine = ["user_id = %(viewer)s"]
    if cut.before is not None:
        mine.append("seq < %(before)s")
    if cut.after is not None:
        mine.append("seq > %(after)s")
    if cut.unread:
        mine.append("unread_count > 0")
    narrowed = " AND ".join(mine)
    direction = "ASC" if cut.is_backwards else "DESC"
    words = search_clause(cut.search, among=narrowed, direction=direction)
    values = {"limit": cut.limit + 1, "before": cut.before, "after": cut.after, **words.values}
    conditions = " AND ".join([narrowed, *words.conditions])
    return _LISTED.format(conditions=conditions, direction=direction), values


def _key_reader(connection: Any) -> Callable[[Any], Any] | None:
    """What Django does to a user's key that it reads; None for a user model whose keys stay as they are."""
    column: Any = Participant._meta.get_field("user").get_col(Participant._meta.db_table)
    converters = column.get_db_converters(connection)
    if not converters:
        return None
    return lambda key: reduce(lambda value, convert: convert(value, column, connection), converters, key)
