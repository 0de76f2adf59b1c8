"""Write the rows of a simulation with COPY, in the current clinic and the current transaction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import F, Model

from example_project.clinics.current import clinic_connection
from example_project.clinics.models import Clinic
from vclinic_messages.models import AuditEvent, Conversation, Mailbox, Message, MessageWords, Participant
from vclinic_messages.search.folding import FOLD_VERSION, searchable_text

from .simulation import ConversationRow, MessageRow, Simulation

TABLES: tuple[type[Model], ...] = (Conversation, Message, MessageWords, Participant, Mailbox, AuditEvent)

WORDS = ("message_id", "conversation_id", "folded", "fold_version")
CONVERSATION = ("id", "created_at", "created_by_id", "last_message_id", "message_count")
PARTICIPANT = (
    "conversation_id",
    "mailbox_id",
    "name",
    "folded_name",
    "role",
    "last_message_id",
    "waiting_since",
    "unread_count",
    "last_read_message_id",
    "last_read_at",
)
VERSIONS = """
    UPDATE vclinic_messages_mailbox mailbox SET version = mailbox.version + changed.count
    FROM unnest(%s::bigint[], %s::bigint[]) AS changed (id, count) WHERE changed.id = mailbox.id
"""
AUDIT = """
    INSERT INTO vclinic_messages_auditevent
        (at, actor_id, actor_name, action, conversation_id, message_id, details)
    SELECT m.sent_at, sender.user_id, m.sender_name, CASE WHEN m.id = first.id THEN %s ELSE %s END,
        m.conversation_id, m.id, '{}'
    FROM vclinic_messages_message m
    JOIN vclinic_messages_mailbox sender ON sender.id = m.sender_id
    JOIN (SELECT conversation_id, min(id) AS id FROM vclinic_messages_message GROUP BY 1) first
        USING (conversation_id)
    WHERE m.id >= %s
    ORDER BY m.id
"""


# The simulation repeats its texts and names.
folded = cache(searchable_text)


def reserve_message_ids(count: int) -> int:
    """Reserve this many consecutive message ids, and return the first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [Message._meta.db_table])
        sequence = cursor.fetchone()[0]
        cursor.execute("SELECT setval(%s, nextval(%s) + %s) - %s", [sequence, sequence, count - 1, count - 1])
        return int(cursor.fetchone()[0])


def open_mailboxes(names: Mapping[int, str]) -> dict[int, int]:
    """Make sure that these users have a mailbox. Returns the ids of their mailboxes by user key."""
    present = set(Mailbox.objects.filter(user__in=list(names)).values_list("user", flat=True))
    missing = [Mailbox(user_id=user, name=name) for user, name in names.items() if user not in present]
    Mailbox.objects.bulk_create(missing, batch_size=1_000)
    return dict(Mailbox.objects.filter(user__in=list(names)).values_list("user", "pk"))


def save_messages(messages: Iterable[MessageRow]) -> None:
    """Write the messages. Write their conversations afterwards, in the same transaction.

    PostgreSQL checks the references between them only at the end of the transaction.
    """
    _copy(Message, MessageRow._fields, messages)


def save_conversations(
    simulation: Simulation, conversations: Sequence[ConversationRow], first_message_id: int
) -> None:
    """Write what belongs to the messages since the given id: words, conversations, audit events and so on."""
    _copy(MessageWords, WORDS, list(_words_values(first_message_id)))
    _copy(Conversation, CONVERSATION, _conversation_values(conversations))
    _copy(Participant, PARTICIPANT, _participant_values(simulation, conversations))
    with connection.cursor() as cursor:
        cursor.execute(VERSIONS, [list(simulation.changes), list(simulation.changes.values())])
        cursor.execute(AUDIT, [AuditEvent.Action.STARTED, AuditEvent.Action.SENT, first_message_id])
    count = sum(conversation.message_count for conversation in conversations)
    here = Clinic.objects.filter(schema_name=clinic_connection().schema_name)
    here.update(made_up_messages=F("made_up_messages") + count)


def written_messages() -> int:
    """Return how many messages of the current clinic people have written, without those made up here."""
    made_up = Clinic.objects.values_list("made_up_messages", flat=True).get(
        schema_name=clinic_connection().schema_name
    )
    return int(Message.objects.count()) - made_up


def lock_clinic(seconds: int) -> None:
    """Lock the tables of Messages until the transaction ends, for reading and writing.

    The simulation starts from the stored counters, so nobody may change them meanwhile. Raises
    OperationalError if somebody else is writing for longer than this many seconds.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{seconds}s"])
        cursor.execute(f"LOCK TABLE {', '.join(model._meta.db_table for model in TABLES)}")
        cursor.execute("SELECT set_config('lock_timeout', '0', true)")


@contextmanager
def policies_suspended() -> Iterator[None]:
    """Switch off the forced row policies while rows are copied.

    PostgreSQL refuses COPY into a table that forces its row policies on the table's owner. Nobody else is
    affected: ALTER TABLE locks the tables until the transaction ends.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT oid::regclass FROM pg_class WHERE relforcerowsecurity AND oid = ANY(%s::regclass[])",
            [[model._meta.db_table for model in TABLES]],
        )
        forced = [row[0] for row in cursor.fetchall()]
        # ALTER TABLE is refused while checks of references are waiting for the end of the transaction.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
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


def _words_values(first_message_id: int) -> Iterator[Sequence[Any]]:
    messages = Message.objects.filter(pk__gte=first_message_id).values_list("pk", "conversation", "body")
    for key, conversation, body in messages.iterator():
        yield key, conversation, folded(body), FOLD_VERSION


def _conversation_values(conversations: Iterable[ConversationRow]) -> Iterator[Sequence[Any]]:
    for conversation in conversations:
        yield (
            conversation.id,
            conversation.created_at,
            conversation.created_by,
            conversation.last_message,
            conversation.message_count,
        )


def _participant_values(
    simulation: Simulation, conversations: Iterable[ConversationRow]
) -> Iterator[Sequence[Any]]:
    for conversation in conversations:
        for participant in conversation.participants.values():
            yield (
                conversation.id,
                simulation.mailboxes[participant.user],
                participant.name,
                folded(participant.name),
                participant.role.value,
                conversation.last_message,
                participant.waiting_since,
                participant.unread,
                participant.read_message,
                participant.read_at,
            )
