"""Write the rows of a ledger with COPY, into the clinic at hand and in the transaction at hand."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.models import F, Model

from example_project.clinics.current import clinic_connection
from example_project.clinics.models import Clinic
from vclinic_messages.models import AuditEvent, Conversation, Mailbox, Message, Participant

from .ledger import Ledger, MessageRow, Thread

TABLES: tuple[type[Model], ...] = (Conversation, Message, Participant, Mailbox, AuditEvent)

CONVERSATION = ("id", "created_at", "created_by_id", "last_message_id", "message_count", "waiting_since")
PARTICIPANT = (
    "conversation_id",
    "user_id",
    "name",
    "role",
    "seq",
    "unread_count",
    "last_read_message_id",
    "last_read_at",
)
MAILBOX = """
    INSERT INTO vclinic_messages_mailbox (user_id, seq, version)
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[])
    ON CONFLICT (user_id) DO UPDATE SET seq = excluded.seq, version = excluded.version
"""
AUDIT = """
    INSERT INTO vclinic_messages_auditevent
        (at, actor_id, actor_name, action, conversation_id, message_id, details)
    SELECT m.sent_at, m.sender_id, m.sender_name, CASE WHEN m.id = first.id THEN %s ELSE %s END,
        m.conversation_id, m.id, '{}'
    FROM vclinic_messages_message m
    JOIN (SELECT conversation_id, min(id) AS id FROM vclinic_messages_message GROUP BY 1) first
        USING (conversation_id)
    WHERE m.id >= %s
    ORDER BY m.id
"""


def reserve_message_ids(count: int) -> int:
    """The first of so many ids that nothing else will use."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [Message._meta.db_table])
        sequence = cursor.fetchone()[0]
        cursor.execute("SELECT setval(%s, nextval(%s) + %s) - %s", [sequence, sequence, count - 1, count - 1])
        return int(cursor.fetchone()[0])


def save_messages(messages: Iterable[MessageRow]) -> None:
    """First. Their conversations follow: references are checked at the end of the transaction."""
    _copy(Message, MessageRow._fields, messages)


def save_threads(ledger: Ledger, threads: Sequence[Thread], first_message_id: int) -> None:
    """What the messages have led to."""
    _copy(Conversation, CONVERSATION, _conversations(threads))
    _copy(Participant, PARTICIPANT, _participants(threads))
    users = list(ledger.seq)
    numbers = [ledger.seq[user] for user in users], [ledger.version[user] for user in users]
    with connection.cursor() as cursor:
        cursor.execute(MAILBOX, [users, *numbers])
        cursor.execute(AUDIT, [AuditEvent.Action.STARTED, AuditEvent.Action.SENT, first_message_id])
    count = sum(thread.message_count for thread in threads)
    here = Clinic.objects.filter(schema_name=clinic_connection().schema_name)
    here.update(made_up_messages=F("made_up_messages") + count)


def written_messages() -> int:
    """How many messages of the clinic at hand were written by somebody, and not made up by us."""
    made_up = Clinic.objects.values_list("made_up_messages", flat=True).get(
        schema_name=clinic_connection().schema_name
    )
    return int(Message.objects.count()) - made_up


def lock_clinic(seconds: int) -> None:
    """Nobody writes or reads until the transaction ends: the numbers that follow start from what is there.

    Raises OperationalError where somebody is writing for longer than this.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{seconds}s"])
        cursor.execute(f"LOCK TABLE {', '.join(model._meta.db_table for model in TABLES)}")
        cursor.execute("SELECT set_config('lock_timeout', '0', true)")


@contextmanager
def policies_suspended() -> Iterator[None]:
    """PostgreSQL refuses COPY into a table that forces its row policies on its owner, so they rest meanwhile.

    Nobody else sees this: the tables are locked until the transaction ends.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT oid::regclass FROM pg_class WHERE relforcerowsecurity AND oid = ANY(%s::regclass[])",
            [[model._meta.db_table for model in TABLES]],
        )
        forced = [row[0] for row in cursor.fetchall()]
        for table in forced:
            cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        yield
        if forced:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in forced:
            cursor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def _copy(model: type[Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    statement = f"COPY {model._meta.db_table} ({', '.join(columns)}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _conversations(threads: Iterable[Thread]) -> Iterator[Sequence[Any]]:
    for thread in threads:
        yield (
            thread.id,
            thread.created_at,
            thread.created_by,
            thread.last_message,
            thread.message_count,
            thread.waiting_since,
        )


def _participants(threads: Iterable[Thread]) -> Iterator[Sequence[Any]]:
    for thread in threads:
        for participant in thread.participants.values():
            yield (
                thread.id,
                participant.user,
                participant.name,
                participant.role.value,
                participant.seq,
                participant.unread,
                participant.read_message,
                participant.read_at,
            )
