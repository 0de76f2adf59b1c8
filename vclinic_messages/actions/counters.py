"""Counting every derived number again from the messages, and setting right what is wrong.

The numbers are kept true by the actions, under locks. This finds what a hand in the database or a restored
part of a backup has spoiled.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from vclinic_messages.actions.mailbox_locks import bump_versions, lock_mailboxes, open_mailboxes
from vclinic_messages.database_errors import coded_database_errors
from vclinic_messages.models import Participant
from vclinic_messages.tenancy import clinic_cursor

_COUNTS = """
SELECT c.id, count(m.id) AS message_count, max(m.id) AS last_message_id
FROM vclinic_messages_conversation c LEFT JOIN vclinic_messages_message m ON m.conversation_id = c.id
GROUP BY c.id
"""

# Since the patient's first message that no staff has answered and no "no answer needed" has closed. Where the
# audit trail of that message is pruned, what closed it may be as well: any time that fits is believed.
_WAITING = """
WITH answered AS (
    SELECT conversation_id, max(id) AS id FROM vclinic_messages_message
    WHERE sender_role <> 'patient' GROUP BY conversation_id
), closed AS (
    SELECT conversation_id, max(at) AS at FROM vclinic_messages_auditevent
    WHERE action = 'no_answer_needed' GROUP BY conversation_id
), open AS (
    SELECT m.conversation_id, m.id, m.sent_at, m.sent_at > coalesce(x.at, '-infinity') AS counts
    FROM vclinic_messages_message m
    LEFT JOIN answered a ON a.conversation_id = m.conversation_id
    LEFT JOIN closed x ON x.conversation_id = m.conversation_id
    WHERE m.id > coalesce(a.id, 0)
), found AS (
    SELECT conversation_id, min(sent_at) FILTER (WHERE counts) AS since, array_agg(sent_at) AS possible,
        bool_and(EXISTS (SELECT FROM vclinic_messages_auditevent e WHERE e.message_id = open.id))
            AS is_recorded
    FROM open GROUP BY conversation_id
)
SELECT c.id, CASE WHEN NOT f.is_recorded AND (c.waiting_since IS NULL OR c.waiting_since = ANY(f.possible))
    THEN c.waiting_since ELSE f.since END AS waiting_since
FROM vclinic_messages_conversation c LEFT JOIN found f ON f.conversation_id = c.id
"""

_UNREAD = """
SELECT p.id, count(m.id) AS unread_count
FROM vclinic_messages_participant p LEFT JOIN vclinic_messages_message m
    ON m.conversation_id = p.conversation_id AND m.sender_id IS DISTINCT FROM p.user_id
    AND m.id > coalesce(p.last_read_message_id, 0)
GROUP BY p.id
"""

# Ids of messages are given under the mailboxes' locks, so within a mailbox they rise as ``seq`` does.
_PARTICIPANTS = """
SELECT id, max(number) AS seq FROM (
    SELECT p.id, row_number() OVER (PARTITION BY p.user_id ORDER BY m.id) AS number
    FROM vclinic_messages_participant p JOIN vclinic_messages_message m USING (conversation_id)
) numbered GROUP BY id
"""

_MAILBOXES = """
SELECT b.user_id, n.seq, greatest(b.version, n.seq) AS version
FROM vclinic_messages_mailbox b JOIN (
    SELECT p.user_id, count(*) AS seq
    FROM vclinic_messages_participant p JOIN vclinic_messages_message m USING (conversation_id)
    GROUP BY p.user_id
) n USING (user_id)
"""

_NO_MAILBOX = """
SELECT DISTINCT p.user_id FROM vclinic_messages_participant p
WHERE p.user_id IS NOT NULL
    AND NOT EXISTS (SELECT FROM vclinic_messages_mailbox b WHERE b.user_id = p.user_id)
ORDER BY p.user_id
"""

_FIND = """
WITH truth AS ({truth})
SELECT r.{key}::text, r.{column}::text, t.{column}::text
FROM vclinic_messages_{table} r JOIN truth t USING ({key})
WHERE r.{column} IS DISTINCT FROM t.{column} ORDER BY 1
"""
_UPDATE = """
WITH truth AS ({truth})
UPDATE vclinic_messages_{table} r SET {column} = t.{column} FROM truth t
WHERE t.{key} = r.{key} AND r.{column} IS DISTINCT FROM t.{column}
"""
# Nobody who writes is in the midst of it: in the order in which every writer locks.
_LOCK = """
LOCK TABLE vclinic_messages_conversation, vclinic_messages_mailbox, vclinic_messages_participant
IN EXCLUSIVE MODE
"""


@dataclass(frozen=True, slots=True)
class WrongCounter:
    """A number that is not what the messages say. ``key`` is the row's, as text."""

    table: str
    key: str
    column: str
    kept: str | None
    true: str | None

    def __str__(self) -> str:
        return f"{self.table} {self.key}: {self.column} is {self.kept}, the messages say {self.true}"


@dataclass(frozen=True, slots=True)
class _Number:
    table: str
    key: str
    column: str
    truth: str

    def sql(self, statement: str) -> str:
        return statement.format(table=self.table, key=self.key, column=self.column, truth=self.truth)


_NUMBERS = (
    _Number("conversation", "id", "message_count", _COUNTS),
    _Number("conversation", "id", "last_message_id", _COUNTS),
    _Number("conversation", "id", "waiting_since", _WAITING),
    _Number("mailbox", "user_id", "seq", _MAILBOXES),
    _Number("mailbox", "user_id", "version", _MAILBOXES),
    _Number("participant", "id", "unread_count", _UNREAD),
    _Number("participant", "id", "seq", _PARTICIPANTS),
)


@coded_database_errors()
def verify_counters(*, repair: bool = False) -> list[WrongCounter]:
    """Count the clinic's derived numbers again; ``repair`` sets them right, while nobody else can write.

    Raises ClinicMismatch.
    """
    with clinic_cursor() as cursor:
        if repair:
            cursor.execute(_LOCK)
        wrong = list(_wrong(cursor))
        if wrong and repair:
            _repair(cursor, wrong)
        return wrong


def _wrong(cursor: Any) -> Iterator[WrongCounter]:
    cursor.execute(_NO_MAILBOX)
    for (user,) in cursor.fetchall():
        yield WrongCounter("mailbox", str(user), "seq", None, "a mailbox")
    for number in _NUMBERS:
        cursor.execute(number.sql(_FIND))
        for key, kept, true in cursor.fetchall():
            yield WrongCounter(number.table, key, number.column, kept, true)


def _repair(cursor: Any, wrong: list[WrongCounter]) -> None:
    cursor.execute(_NO_MAILBOX)
    open_mailboxes(user for (user,) in cursor.fetchall())
    for number in _NUMBERS:
        cursor.execute(number.sql(_UPDATE))
    # Everybody's view may have changed: new versions, and pokes for the open pages.
    participants = Participant.objects.filter(_about(wrong)).exclude(user=None)
    owners = set(participants.values_list("user", flat=True))
    bump_versions(lock_mailboxes(owners), messages=0)


def _about(wrong: list[WrongCounter]) -> Any:
    keys: dict[str, set[str]] = {"conversation": set(), "participant": set(), "mailbox": set()}
    for each in wrong:
        keys[each.table].add(each.key)
    return (
        Q(conversation__in=keys["conversation"]) | Q(pk__in=keys["participant"]) | Q(user__in=keys["mailbox"])
    )
