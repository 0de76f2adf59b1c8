"""Recount the stored counters (unread, waiting, last message) and repair the wrong ones.

Actions keep the counters right under locks, so they only drift when somebody edits the database by hand or
restores part of a backup.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import OperationalError
from django.db.backends.utils import CursorWrapper
from django.db.models import Q

from vclinic_messages.actions.mailboxes import bump_versions, lock_mailboxes
from vclinic_messages.database_errors import coded_database_errors, sqlstate
from vclinic_messages.models import Participant
from vclinic_messages.tenancy import clinic_cursor

_COUNTS = """
SELECT c.id, count(m.id) AS message_count, max(m.id) AS last_message_id
FROM vclinic_messages_conversation c LEFT JOIN vclinic_messages_message m ON m.conversation_id = c.id
GROUP BY c.id
"""

_LAST_MESSAGES = """
SELECT p.id, max(m.id) AS last_message_id
FROM vclinic_messages_participant p
LEFT JOIN vclinic_messages_message m ON m.conversation_id = p.conversation_id
GROUP BY p.id
"""

# A staff participant waits since the patient's first message that no staff has answered and no "no answer
# needed" has closed, of those that were not undone. Where the audit events of that message were pruned, the
# event that closed it may be gone too. Then the stored value counts as right if it is empty, or the time of
# one of these messages.
_WAITING = """
WITH answered AS (
    SELECT conversation_id, max(id) AS id FROM vclinic_messages_message
    WHERE sender_role <> 'patient' GROUP BY conversation_id
), decided AS (
    SELECT conversation_id, action, at,
        lead(action) OVER (PARTITION BY conversation_id ORDER BY id) AS next_action
    FROM vclinic_messages_auditevent WHERE action IN ('no_answer_needed', 'answer_needed')
), closed AS (
    SELECT conversation_id, max(at) AS at FROM decided
    WHERE action = 'no_answer_needed' AND next_action IS DISTINCT FROM 'answer_needed'
    GROUP BY conversation_id
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
SELECT p.id, CASE
    WHEN p.role = 'patient' THEN NULL
    WHEN NOT f.is_recorded AND (p.waiting_since IS NULL OR p.waiting_since = ANY(f.possible))
        THEN p.waiting_since
    ELSE f.since
END AS waiting_since
FROM vclinic_messages_participant p LEFT JOIN found f ON f.conversation_id = p.conversation_id
"""

_UNREAD = """
SELECT p.id, count(m.id) AS unread_count
FROM vclinic_messages_participant p LEFT JOIN vclinic_messages_message m
    ON m.conversation_id = p.conversation_id AND m.mailbox_id <> p.mailbox_id
    AND m.id > coalesce(p.last_read_message_id, 0)
GROUP BY p.id
"""

_FIND = """
WITH truth AS ({truth})
SELECT r.id::text, r.{column}::text, t.{column}::text
FROM vclinic_messages_{table} r JOIN truth t USING (id)
WHERE r.{column} IS DISTINCT FROM t.{column} ORDER BY 1
"""
_UPDATE = """
WITH truth AS ({truth})
UPDATE vclinic_messages_{table} r SET {column} = t.{column} FROM truth t
WHERE t.id = r.id AND r.{column} IS DISTINCT FROM t.{column}
"""
# Locks out every writer during a repair. NOWAIT, because waiting for one table while another is locked can
# deadlock with a writer that locks them in another order.
_LOCK = """
LOCK TABLE vclinic_messages_conversation, vclinic_messages_mailbox, vclinic_messages_participant
IN EXCLUSIVE MODE NOWAIT
"""
_LOCK_NOT_AVAILABLE = "55P03"
#: How often a repair tries to lock the tables, and how many seconds it pauses in between.
LOCK_ATTEMPTS = 100
LOCK_PAUSE = 0.1


@dataclass(frozen=True, slots=True)
class WrongCounter:
    """A counter that differs from the messages. ``key`` is the row's primary key, as text."""

    table: str
    key: str
    column: str
    stored: str | None
    counted: str | None

    def __str__(self) -> str:
        return f"{self.table} {self.key}: {self.column} is {self.stored}, but should be {self.counted}"


@dataclass(frozen=True, slots=True)
class _Counter:
    """A stored counter, and the statement that recounts it."""

    table: str
    column: str
    truth: str

    def sql(self, statement: str) -> str:
        return statement.format(table=self.table, column=self.column, truth=self.truth)


_COUNTERS = (
    _Counter("conversation", "message_count", _COUNTS),
    _Counter("conversation", "last_message_id", _COUNTS),
    _Counter("participant", "last_message_id", _LAST_MESSAGES),
    _Counter("participant", "waiting_since", _WAITING),
    _Counter("participant", "unread_count", _UNREAD),
)


@coded_database_errors()
def verify_counters(*, repair: bool = False) -> list[WrongCounter]:
    """Recount the clinic's counters and return the wrong ones. ``repair`` corrects them.

    Nobody can write during a repair. Raises Unavailable or ClinicMismatch.
    """
    if not repair:
        with clinic_cursor() as cursor:
            return list(_wrong(cursor))
    for _attempt in range(LOCK_ATTEMPTS - 1):
        try:
            return _verify_and_repair()
        except OperationalError as error:
            if sqlstate(error) != _LOCK_NOT_AVAILABLE:
                raise
        time.sleep(LOCK_PAUSE)
    return _verify_and_repair()


def _verify_and_repair() -> list[WrongCounter]:
    with clinic_cursor() as cursor:
        cursor.execute(_LOCK)
        wrong = list(_wrong(cursor))
        if wrong:
            _repair(cursor, wrong)
        return wrong


def _wrong(cursor: CursorWrapper) -> Iterator[WrongCounter]:
    for counter in _COUNTERS:
        cursor.execute(counter.sql(_FIND))
        for key, stored, counted in cursor.fetchall():
            yield WrongCounter(counter.table, key, counter.column, stored, counted)


def _repair(cursor: CursorWrapper, wrong: list[WrongCounter]) -> None:
    for counter in _COUNTERS:
        cursor.execute(counter.sql(_UPDATE))
    # What people see may have changed: new versions, and pokes for the open pages.
    keys: dict[str, set[str]] = {"conversation": set(), "participant": set()}
    for each in wrong:
        keys[each.table].add(each.key)
    concerned = Participant.objects.filter(
        Q(conversation__in=keys["conversation"]) | Q(pk__in=keys["participant"])
    )
    bump_versions(lock_mailboxes(concerned.values_list("mailbox", flat=True)))
