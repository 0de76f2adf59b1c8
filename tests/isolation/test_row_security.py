"""SQL that names another clinic's schema: the database shows nothing of it, and changes nothing there."""

import re
from datetime import date

import psycopg
import pytest
from django.apps.registry import Apps
from django.db import DatabaseError, connection, models
from django_tenants.utils import schema_context

from tests.conftest import in_clinic
from tests.models.sql import execute, refused, rows
from tests.postgres import ROOT
from vclinic_messages import protections
from vclinic_messages.models import (
    Absence,
    AuditEvent,
    Conversation,
    Draft,
    Mailbox,
    Message,
    MessagesSettings,
    MessageWords,
    Participant,
    QuickReply,
    Reminder,
    Team,
    TeamMember,
)
from vclinic_messages.testing import create_conversation, create_member

MODELS = (
    Absence,
    AuditEvent,
    Conversation,
    Draft,
    Mailbox,
    Message,
    MessagesSettings,
    MessageWords,
    Participant,
    QuickReply,
    Reminder,
    Team,
    TeamMember,
)
TABLES = [model._meta.db_table for model in MODELS]

#: Which clinic looks, and which is looked at: one was migrated, the other is a copy.
PAIRS = [("alder", "birch"), ("birch", "alder"), ("birch", "cedar"), ("cedar", "template")]


@pytest.fixture(params=PAIRS, ids="-".join)
def pair(request, db):
    """Two clinics with something in every table; the connection is in the first."""
    mine, theirs = request.param
    for schema in (theirs, mine):
        with in_clinic(schema):
            conversation = create_conversation(
                create_member("patient"), create_member("doctor"), "Secret", "Answer"
            )
            fill_the_other_tables(conversation)
    with schema_context(mine):
        execute("SET CONSTRAINTS ALL IMMEDIATE")
        yield mine, theirs


def fill_the_other_tables(conversation):
    mailbox = Mailbox.objects.latest("pk")
    Draft.objects.create(author=mailbox, conversation=conversation, body="Secret")
    TeamMember.objects.create(team=Team.objects.create(name="Front desk"), mailbox=mailbox)
    Absence.objects.create(mailbox=mailbox, first_day=date(2026, 11, 20))
    QuickReply.objects.create(title="Opening hours", body="Secret")
    Reminder.objects.create(mailbox=mailbox)


def test_every_table_of_ours_is_tried():
    assert sorted(TABLES) == protections.table_names(), "a new table: give it rows in the fixture above"


@pytest.mark.parametrize("table", TABLES)
def test_another_clinics_table_shows_no_row(pair, table):
    mine, theirs = pair
    assert rows(f"SELECT count(*) FROM {mine}.{table}") > [(0,)]
    assert rows(f"SELECT * FROM {theirs}.{table}") == []
    assert rows(f"SELECT count(*) FROM {theirs}.{table}") == [(0,)]
    assert rows(f"TABLE {theirs}.{table}") == []
    assert rows(f"SELECT 1 FROM {mine}.{table} WHERE EXISTS (SELECT FROM {theirs}.{table})") == []
    assert rows(f"SELECT * FROM {theirs}.{table} FOR UPDATE") == []
    with connection.cursor() as cursor, cursor.copy(f"COPY {theirs}.{table} TO STDOUT") as copy:
        assert list(copy) == []


@pytest.mark.parametrize("table", TABLES)
def test_another_clinics_table_cannot_be_changed(pair, table):
    mine, theirs = pair
    before = rows_of(theirs, table)
    assert before
    column = rows(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = %s AND table_name = %s",
        theirs,
        table,
    )[0][0]
    assert execute(f'UPDATE {theirs}.{table} SET "{column}" = "{column}"') == 0
    assert execute(f"DELETE FROM {theirs}.{table}") == 0
    with refused("row-level security|row security", DatabaseError):
        execute(f"INSERT INTO {theirs}.{table} SELECT * FROM {mine}.{table}")
    with refused("append-only|belongs to another clinic"):
        execute(f"TRUNCATE {theirs}.{table} CASCADE")
    with refused("row-level security", psycopg.DatabaseError), connection.cursor() as cursor:
        cursor.copy(f"COPY {theirs}.{table} FROM STDIN").__enter__()
    assert rows_of(theirs, table) == before


def test_a_merge_into_another_clinic_changes_nothing(pair):
    mine, theirs = pair
    before = rows_of(theirs, "vclinic_messages_mailbox")
    merge = f"""
        MERGE INTO {theirs}.vclinic_messages_mailbox t USING {mine}.vclinic_messages_mailbox s
        ON t.user_id = s.user_id WHEN MATCHED THEN UPDATE SET version = 99
        WHEN NOT MATCHED THEN INSERT (user_id, name, version, opened_at)
        VALUES (s.user_id, 'Mallory', 99, now())
    """
    with refused("row-level security", DatabaseError):
        execute(merge)
    assert rows_of(theirs, "vclinic_messages_mailbox") == before


def test_a_participant_cannot_be_put_into_another_clinics_conversation(pair):
    _mine, theirs = pair
    mailbox = Mailbox.objects.earliest("pk").pk
    [(conversation,)] = rows_of(theirs, "vclinic_messages_conversation", "id")
    insert = """
        INSERT INTO {}vclinic_messages_participant
            (conversation_id, mailbox_id, name, folded_name, role, unread_count)
        VALUES (%s, %s, 'Mallory', ' mallory', 'doctor', 0)
    """
    with refused("foreign key"):
        execute(insert.format(""), conversation, mailbox)
        execute("SET CONSTRAINTS ALL IMMEDIATE")
    with refused("row-level security", DatabaseError):
        execute(insert.format(f"{theirs}."), conversation, mailbox)


def test_one_owns_no_row_of_another_schema_by_python_either(pair):
    """A model whose table names another schema: what a careless report would do."""
    _mine, theirs = pair

    class Elsewhere(models.Model):  # noqa: DJ008
        body = models.TextField()

        class Meta:
            app_label = "tests_isolation"
            apps = Apps()
            db_table = f'{theirs}"."vclinic_messages_message'

    assert list(Elsewhere.objects.values_list("body")) == []
    assert Elsewhere.objects.filter(body__contains="Secret").count() == 0


def test_one_clinic_may_empty_its_own_drafts_but_never_messages_or_the_audit_trail(pair):
    with refused("append-only"):
        execute("TRUNCATE vclinic_messages_message CASCADE")
    with refused("append-only"):
        execute("TRUNCATE vclinic_messages_auditevent")
    execute("TRUNCATE vclinic_messages_draft")
    assert not Draft.objects.exists()


def test_outside_every_clinic_nothing_is_visible(pair):
    _mine, theirs = pair
    with schema_context("public"):
        for table in TABLES:
            assert rows(f"SELECT * FROM {theirs}.{table}") == []


def test_a_clinic_whose_table_is_hidden_by_another_shows_nothing(pair):
    """Two clinics on one search path: only the first one's tables are meant by their plain names."""
    mine, theirs = pair
    execute(f"SET LOCAL search_path = {mine}, {theirs}, public")
    assert rows(f"SELECT count(*) FROM {theirs}.vclinic_messages_message") == [(0,)]
    assert rows(f"SELECT count(*) FROM {mine}.vclinic_messages_message") == [(2,)]
    connection.search_path_set_schemas = None


def test_one_statement_that_also_sets_the_search_path_reads_another_clinic(pair):
    """What no policy can stop, as the documentation says: a guard against mistakes, not against injection."""
    _mine, theirs = pair
    page = (ROOT / "docs/explanation/isolation.md").read_text()
    [section] = re.findall(
        r"^### What row-level security does not stop\n(.*?)^#", page, re.DOTALL | re.MULTILINE
    )
    [statement] = re.findall(r"```sql\n(.*?)```", section, re.DOTALL)
    assert ("Secret",) in rows(statement.replace("other_clinic", theirs).rstrip().rstrip(";"))
    connection.search_path_set_schemas = None


#: Everything in the trigger functions that could be a call of a function.
CALLED = sorted(set(re.findall(r"(\w+)\(", " ".join(protections.FUNCTIONS.values()))))


@pytest.fixture
def impostors(pair):
    """Functions and operators that say yes, found before those of PostgreSQL that the triggers call."""
    mine, theirs = pair
    signatures = rows(
        """
        SELECT proname, pg_get_function_identity_arguments(oid), prorettype::regtype::text FROM pg_proc
        WHERE pronamespace = 'pg_catalog'::regnamespace AND proname = ANY(%s)
        """,
        CALLED,
    )
    assert {name for name, _arguments, _result in signatures} >= {"current_setting", "pg_table_is_visible"}
    for name, arguments, result in signatures:
        value = "{}" if result == "jsonb" else "on"
        body = f"LANGUAGE sql AS $$ SELECT '{value}'::{result} $$"
        execute(f"CREATE FUNCTION {mine}.{name}({arguments}) RETURNS {result} {body}")
    for kind in ("text", "oid"):
        execute(f"CREATE FUNCTION {mine}.same({kind}, {kind}) RETURNS boolean RETURN true")
        execute(f"CREATE OPERATOR {mine}.= (FUNCTION = {mine}.same, LEFTARG = {kind}, RIGHTARG = {kind})")
    execute(f"SET LOCAL search_path = {mine}, pg_catalog")
    assert rows("SELECT current_setting('no.such_setting', true), 'one'::text = 'two'") == [("on", True)]
    yield mine, theirs
    connection.search_path_set_schemas = None


def test_policies_and_triggers_call_no_function_or_operator_of_somebody_else(impostors):
    _mine, theirs = impostors
    assert rows(f"SELECT * FROM {theirs}.vclinic_messages_draft") == []
    with refused("belongs to another clinic"):
        execute(f"TRUNCATE {theirs}.vclinic_messages_draft")
    with refused("append-only"):
        execute("DELETE FROM vclinic_messages_auditevent")
    execute("SET LOCAL vclinic_messages.erasing = 'on'")
    with refused("append-only"):
        execute("UPDATE vclinic_messages_auditevent SET action = 'read'")


def rows_of(schema, table, columns="*"):
    with schema_context(schema):
        return sorted(rows(f"SELECT {columns} FROM {table}"), key=str)
