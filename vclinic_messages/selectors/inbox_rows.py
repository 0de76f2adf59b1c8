"""The participants of conversations, with what a list shows of each conversation, in one statement.

Hand-written SQL, because every page and most API calls run it: compiling it from query sets takes longer than
PostgreSQL takes to answer (docs/performance.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import reduce
from typing import Any, NamedTuple
from uuid import UUID

from django.utils import timezone

from vclinic_messages.message_text import EXCERPT_LENGTH
from vclinic_messages.models import AuditEvent, Mailbox
from vclinic_messages.search.conversations import search_clause
from vclinic_messages.selectors.list_orders import ListOrder, Position, Show
from vclinic_messages.tenancy import database, run_in_clinic
from vclinic_messages.user_types import UserKey
from vclinic_messages.viewer import Viewer

#: The part of a text, in code points, that is enough for an excerpt after white space has been folded.
_EXCERPT_SOURCE = 3 * EXCERPT_LENGTH

#: The most drafts of new messages in a list: those that were saved last.
_MOST_NEW_MESSAGE_DRAFTS = 50


@dataclass(frozen=True, slots=True)
class InboxQuery:
    """Which part of a person's conversations to list: ``limit`` of them, in the order of ``show``.

    ``before`` lists the conversations that follow a position: the older ones, or those that have waited less
    long. ``after`` lists those that come before it, starting with the nearest. ``search`` and ``show`` narrow
    the list. ``mailbox`` narrows it to one of the viewer's mailboxes. ``with_new_message_drafts`` adds the
    viewer's drafts of new messages.
    """

    limit: int = 25
    before: Position | None = None
    after: Position | None = None
    search: str = field(default="", repr=False)
    show: Show = Show.ALL
    with_new_message_drafts: bool = False
    mailbox: int | None = None

    @property
    def is_backwards(self) -> bool:
        """Return whether the query leads towards the beginning of the list."""
        return self.after is not None

    @property
    def order(self) -> ListOrder:
        """Return the order in which rows are read."""
        return self.show.order.reversed if self.is_backwards else self.show.order


class ParticipantRow(NamedTuple):
    """One participant of a conversation, or the recipient of a draft of a new message.

    The fields from ``exported_at`` to ``is_opened`` belong to the conversation. They are filled only on the
    rows of the viewer's mailboxes. ``draft_text`` is the whole draft if the conversation was asked for by id,
    and otherwise its beginning. ``draft_other`` is its other text, empty in a list. A draft of a new message
    has no participant and no conversation.

    ``last_mailbox_id`` is the mailbox that the last message was written from. The fields from ``team_id`` to
    ``member_ids`` belong to the team that takes part. ``member_ids`` and ``assigned_to``, the member who has
    taken the conversation, are user keys. ``writing`` are the names of the colleagues who are writing, and
    ``writing_at`` when each began, the earliest first. ``is_away`` tells whether the participant is away
    today, and ``away_until`` is the first day back, if it is known.
    """

    participant_id: int | None
    conversation_id: UUID
    is_listed: bool
    mailbox_id: int
    user_id: UserKey | None
    present_name: str
    name: str
    role: str
    last_message_id: int
    waiting_since: datetime | None
    is_removed: bool
    unread_count: int
    last_read_message_id: int | None
    last_read_at: datetime | None
    exported_at: datetime | None
    exported_by: str | None
    created_at: datetime
    last_sender_id: int
    last_mailbox_id: int
    last_sender: str
    last_sent_at: datetime
    last_text: str
    draft_version: int | None
    draft_text: str | None
    draft_saved_at: datetime
    draft_other: str | None
    draft_other_version: int | None
    is_opened: bool
    team_id: UUID | None
    team_name: str
    team_description: str
    is_open_to_patients: bool
    is_closed: bool
    member_ids: list[UserKey] | None
    assigned_to: UserKey | None
    writing: list[str] | None
    writing_at: list[datetime] | None
    is_away: bool
    away_until: date | None


#: For how many seconds somebody who has begun to write counts as writing.
WRITING_SECONDS = 20

# With OFFSET 0 PostgreSQL plans the sub-select by itself. Otherwise it would try the orders of eight joins,
# which takes longer than reading the rows.
_ROWS = """
    SELECT participant.id, participant.conversation_id, wanted.is_listed, participant.mailbox_id,
        mailbox.user_id, mailbox.name, participant.name, participant.role, participant.last_message_id,
        participant.waiting_since,
        participant.removed_waiting_since IS NOT NULL AND participant.waiting_since IS NULL,
        participant.unread_count, participant.last_read_message_id,
        participant.last_read_at, own.exported_at, own.exported_by_name, own.created_at, own.sender_id,
        own.last_mailbox_id, own.sender_name, own.sent_at, left(own.last_text, %(excerpt)s), own.version,
        CASE WHEN wanted.is_listed THEN left(own.draft_text, %(excerpt)s) ELSE own.draft_text END,
        own.saved_at, CASE WHEN wanted.is_listed THEN '' ELSE own.other END, own.other_version,
        {is_opened}, team.id, team.name, team.description, team.is_open_to_patients,
        team.closed_at IS NOT NULL,
        CASE WHEN team.id IS NOT NULL THEN ARRAY(
            SELECT member.user_id FROM vclinic_messages_teammember membership
            JOIN vclinic_messages_mailbox member ON member.id = membership.mailbox_id
            WHERE membership.team_id = team.id AND member.user_id IS NOT NULL
        ) END,
        CASE WHEN participant.assigned_to_id IS NOT NULL THEN (
            SELECT taker.user_id FROM vclinic_messages_mailbox taker
            WHERE taker.id = participant.assigned_to_id
        ) END, {writing}, {writing_at}, absence.id IS NOT NULL, absence.until
    FROM ({wanted}) wanted
    JOIN vclinic_messages_participant participant ON participant.conversation_id = wanted.conversation_id
    JOIN vclinic_messages_mailbox mailbox ON mailbox.id = participant.mailbox_id
    LEFT JOIN vclinic_messages_team team ON team.id = mailbox.team_id
    LEFT JOIN LATERAL (
        SELECT conversation.exported_at, conversation.exported_by_name, conversation.created_at,
            message.sender_id, message.mailbox_id AS last_mailbox_id, message.sender_name, message.sent_at,
            message.body AS last_text, draft.version, draft.body AS draft_text, draft.saved_at, draft.other,
            draft.other_version
        FROM vclinic_messages_conversation conversation
        LEFT JOIN vclinic_messages_message message ON message.id = conversation.last_message_id
        LEFT JOIN vclinic_messages_draft draft
            ON draft.conversation_id = conversation.id AND draft.author_id = %(own_mailbox)s
        WHERE conversation.id = participant.conversation_id AND participant.mailbox_id = ANY(%(mailboxes)s)
        OFFSET 0
    ) own ON true
    LEFT JOIN vclinic_messages_absence absence ON absence.mailbox_id = participant.mailbox_id
        AND absence.first_day <= %(today)s AND (absence.until IS NULL OR absence.until > %(today)s)
    WHERE {in_clinic}
    {new_message_drafts}
    ORDER BY 1
"""

# A part of the list's statement, because a second statement would cost more. Drafts for a deleted account are
# left out: nobody can write to it any more.
_NEW_MESSAGE_DRAFTS = """
    UNION ALL
    (SELECT NULL, NULL, true, draft.recipient_id, mailbox.user_id, mailbox.name, mailbox.name, NULL, NULL,
        NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, draft.version,
        left(draft.body, %(excerpt)s), draft.saved_at, '', NULL, false, team.id, team.name, team.description,
        team.is_open_to_patients, team.closed_at IS NOT NULL, NULL, NULL, NULL, NULL, false, NULL
    FROM vclinic_messages_draft draft
    LEFT JOIN vclinic_messages_mailbox mailbox ON mailbox.id = draft.recipient_id
    LEFT JOIN vclinic_messages_team team ON team.id = mailbox.team_id
    WHERE draft.author_id = %(own_mailbox)s AND draft.conversation_id IS NULL AND draft.body <> ''
        AND (draft.recipient_id IS NULL OR mailbox.user_id IS NOT NULL OR team.id IS NOT NULL) AND {in_clinic}
    ORDER BY draft.saved_at DESC
    LIMIT %(most_new_message_drafts)s)
"""

# The page is cut from an index before anything is joined, so that it costs the same for 20 conversations and
# for 20,000: of mailbox and last message, or of mailbox and waiting time. With the LIMIT outside the joins
# PostgreSQL would read and sort all rows.
_OF_ONE_MAILBOX = """
    (SELECT {columns}
    FROM vclinic_messages_participant mine
    WHERE {conditions}
    ORDER BY {order}
    LIMIT %(limit)s)
"""

# Each mailbox is cut from its own index range. The parts come in the order of the list, so PostgreSQL merges
# them and stops after a page: five mailboxes cost hardly more rows than one. DISTINCT drops the second entry
# of a conversation that is in two of the mailboxes; with UNION, PostgreSQL would read a page of each.
_LISTED = """
    (SELECT DISTINCT ON ({distinct}) conversation_id, true AS is_listed
    FROM ({of_mailboxes}) page
    ORDER BY {order}
    LIMIT %(limit)s)
"""

_BY_ID = "SELECT unnest(%(by_id)s::uuid[]) AS conversation_id, false AS is_listed"

_IS_OPENED = """
    NOT wanted.is_listed AND participant.mailbox_id = ANY(%(mailboxes)s) AND EXISTS (
        SELECT FROM vclinic_messages_auditevent event
        WHERE event.actor_id = %(viewer)s AND event.conversation_id = participant.conversation_id
            AND event.session = %(session)s AND event.action = %(opened)s
    )
"""

_WRITING = """
    CASE WHEN team.id = ANY(%(teams)s) AND NOT wanted.is_listed THEN ARRAY(
        SELECT {column} FROM vclinic_messages_teammember membership
        JOIN vclinic_messages_mailbox writer ON writer.id = membership.mailbox_id
        WHERE membership.team_id = team.id AND membership.writing_in = participant.conversation_id
            AND membership.writing_at > %(writing_after)s AND writer.id <> %(own_mailbox)s
        ORDER BY membership.writing_at, membership.id
    ) END
"""

_WRITING_COLUMNS = (
    ("{writing}", "writer.name", "NULL::text[]"),
    ("{writing_at}", "membership.writing_at", "NULL::timestamptz[]"),
)


def participant_rows(
    viewer: Viewer, query: InboxQuery | None = None, *, by_id: Sequence[UUID] = ()
) -> list[ParticipantRow]:
    """Return all participants of the listed conversations, plus those in ``by_id``, plus the new drafts.

    Access to the conversations in ``by_id`` is not checked here. If there are more conversations than the
    query's limit, one more is returned. A conversation that is both listed and in ``by_id`` is returned
    twice; ``is_listed`` tells the two apart. ``is_opened`` is always False on listed rows.
    """
    if not viewer.mailboxes:
        return []
    connection = database()
    values: dict[str, Any] = {
        "by_id": list(by_id),
        "excerpt": _EXCERPT_SOURCE,
        "mailboxes": viewer.mailbox_ids,
        "most_new_message_drafts": _MOST_NEW_MESSAGE_DRAFTS,
        "opened": AuditEvent.Action.OPENED.value,
        "own_mailbox": viewer.own_mailbox,
        "session": viewer.session,
        "teams": list(viewer.team_ids),
        "today": viewer.settings.today,
        "writing_after": timezone.now() - timedelta(seconds=WRITING_SECONDS),
        "viewer": viewer.user._meta.pk.get_db_prep_value(viewer.key, connection),
    }
    wanted = [_BY_ID] if by_id else []
    if query is not None:
        listed, more = _listed(viewer, query)
        wanted.append(listed)
        values |= more
    statement = _ROWS.replace("{wanted}", " UNION ALL ".join(wanted))
    statement = statement.replace("{is_opened}", _IS_OPENED if by_id else "false")
    is_told = by_id and viewer.team_ids
    for place, column, nothing in _WRITING_COLUMNS:
        statement = statement.replace(place, _WRITING.replace("{column}", column) if is_told else nothing)
    with_drafts = query is not None and query.with_new_message_drafts
    statement = statement.replace("{new_message_drafts}", _NEW_MESSAGE_DRAFTS if with_drafts else "")
    return _with_converted_keys([ParticipantRow._make(row) for row in run_in_clinic(statement, values)])


def _with_converted_keys(found: list[ParticipantRow]) -> list[ParticipantRow]:
    """Return the rows with the user keys that the ORM would give: some fields convert what they read."""
    read_key = key_reader()
    if read_key is None:
        return found
    return [
        row._replace(
            user_id=read_key(row.user_id),
            member_ids=None if row.member_ids is None else [read_key(key) for key in row.member_ids],
            assigned_to=read_key(row.assigned_to),
        )
        for row in found
    ]


def _listed(viewer: Viewer, query: InboxQuery) -> tuple[str, dict[str, Any]]:
    """Return the statement for the listed conversations, and its values."""
    order = query.order
    columns = ", ".join(dict.fromkeys(("conversation_id", *order.columns)))
    values: dict[str, Any] = {"limit": query.limit + 1, **_position(query)}
    parts = []
    for index, mailbox in enumerate(_mailboxes(viewer, query)):
        name = f"mailbox{index}"
        among = _narrowed(viewer, query, name)
        words = search_clause(query.search, mailbox=name, among=among, order=order)
        conditions = " AND ".join([among, *words.conditions])
        parts.append(_OF_ONE_MAILBOX.format(columns=columns, conditions=conditions, order=order.sql()))
        values |= {name: mailbox, **words.values}
    listed = _LISTED.format(
        of_mailboxes=" UNION ALL ".join(parts), distinct=", ".join(order.columns), order=order.sql()
    )
    return listed, values


def _mailboxes(viewer: Viewer, query: InboxQuery) -> list[int]:
    """Return the mailboxes to list; 0, which no mailbox has, if the query names somebody else's."""
    if query.mailbox is None:
        return viewer.mailbox_ids
    return [query.mailbox if query.mailbox in viewer.mailbox_ids else 0]


def _position(query: InboxQuery) -> dict[str, object]:
    """Return the values of the query's position."""
    position = query.after if query.is_backwards else query.before
    if position is None:
        return {}
    values: tuple[object, ...] = (position,) if isinstance(position, int) else position
    return {f"position{index}": value for index, value in enumerate(values)}


def _narrowed(viewer: Viewer, query: InboxQuery, mailbox: str) -> str:
    """Return the condition for the participations of a mailbox that the query asks for."""
    conditions = [f"mailbox_id = %({mailbox})s"]
    if not viewer.role.is_staff:
        conditions.append("role = 'patient'")
    if query.show is Show.UNREAD:
        conditions.append("unread_count > 0")
    if query.show is Show.WAITING:
        conditions.append("waiting_since IS NOT NULL")
    if position := _position(query):
        order, values = query.order, ", ".join(f"%({name})s" for name in position)
        conditions.append(f"{order.row()} {order.follows} ({values})")
    return " AND ".join(conditions)


def key_reader() -> Callable[[UserKey], UserKey] | None:
    """Return the function with which Django converts a user's key that it has read; None if there is none."""
    connection = database()
    column: Any = Mailbox._meta.get_field("user").get_col(Mailbox._meta.db_table)
    converters = column.get_db_converters(connection)
    if not converters:
        return None
    return lambda key: reduce(lambda value, convert: convert(value, column, connection), converters, key)
