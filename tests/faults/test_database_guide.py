"""The guide for database administrators, done as it is written: every command and statement of it."""

from __future__ import annotations

import psycopg
import pytest

from tests.faults.furnish import furnish
from tests.faults.guide import Guide, shell
from tests.servers import serve

TEXT = "Secret of alder"
CSRF = "c" * 32

GUIDE = Guide("how-to/database.md")
blocks, administer = GUIDE.blocks, GUIDE.administer


@pytest.fixture(scope="module")
def clinics(cluster):
    return furnish(cluster)


def test_every_clinic_is_protected_and_a_superuser_is_told_that_nothing_counts(cluster, clinics):
    [script] = blocks("Check that every clinic is protected", "sh")
    run = shell(cluster, script)
    assert run.returncode == 0, run.stderr
    assert "alder: protected" in run.stdout
    run = shell(cluster, script, role="postgres")
    assert run.returncode != 0
    assert "superuser or BYPASSRLS: no policy applies to it" in run.stdout
    run = shell(cluster, "python example_project/manage.py check --database default", role="postgres")
    assert "(vclinic_messages.W021) The application connects as superuser or BYPASSRLS" in run.stderr


def test_what_an_owner_can_still_do_is_seen(cluster, clinics):
    table = "alder.vclinic_messages_message"
    with cluster.connect("portal") as connection:
        connection.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        assert connection.execute(f"SELECT body FROM {table}").fetchall() == [(TEXT,)]
    [script] = blocks("Check that every clinic is protected", "sh")
    run = shell(cluster, script)
    assert run.returncode != 0
    assert "Clinics that are not protected: alder." in run.stderr
    assert shell(cluster, "python example_project/manage.py messages_isolation --apply").returncode == 0
    with cluster.connect("portal") as connection:
        assert connection.execute(f"SELECT body FROM {table}").fetchall() == []


@pytest.fixture(scope="module")
def application_role(cluster, clinics):
    administer(cluster, "Two roles")
    list_of_clinics, sessions_and_people = blocks("Protect the portal's own tables", "sql")
    for role, block in {"postgres": list_of_clinics, "portal": sessions_and_people}.items():
        with cluster.connect(role) as connection:
            connection.execute(block)
    return "portal_app"


@pytest.fixture(scope="module")
def new_clinic(cluster, application_role):
    """A clinic that the owner made after the guide was followed."""
    script = """
        python -c 'import django; django.setup()
from example_project.clinics.schemas import ensure_clinic
ensure_clinic("cypress", "A clinic", domains=("cypress.localhost",))'
    """
    run = shell(cluster, script)
    assert run.returncode == 0, run.stderr
    return "cypress"


TABLE = "alder.vclinic_messages_message"


@pytest.mark.parametrize(
    "statement",
    [
        f"ALTER TABLE {TABLE} NO FORCE ROW LEVEL SECURITY",
        f"ALTER TABLE {TABLE} DISABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {TABLE} DISABLE TRIGGER ALL",
        f"DROP POLICY vcm_own_clinic ON {TABLE}",
        f"CREATE POLICY mine ON {TABLE} USING (true)",
        f"TRUNCATE {TABLE}",
        f"DROP TABLE {TABLE}",
        f"ALTER TABLE {TABLE} OWNER TO portal_app",
        "SET session_replication_role = replica",
        "SET ROLE portal",
        "CREATE OR REPLACE FUNCTION alder.vclinic_messages_refuse_change() RETURNS trigger"
        " LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE TABLE alder.mine (id int)",
        "CREATE TABLE public.vclinic_messages_message (id int)",
        "CREATE FUNCTION public.current_setting(text, boolean) RETURNS text RETURN 'on'",
        "CREATE TEMPORARY TABLE vclinic_messages_participant (id int)",
        "CREATE TEMPORARY VIEW vclinic_messages_participant AS SELECT 1",
        "UPDATE public.clinics_domain SET tenant_id = 1",
        "DELETE FROM public.clinics_clinic",
        "DROP SCHEMA alder CASCADE",
    ],
)
def test_the_applications_role_cannot_take_a_protection_off(cluster, application_role, statement):
    with cluster.connect(application_role) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)


def test_the_applications_role_sees_its_own_clinic_only(cluster, application_role):
    with cluster.connect(application_role) as connection:
        connection.execute("SET search_path = birch, public")
        assert connection.execute(f"SELECT body FROM {TABLE}").fetchall() == []
        own = "SELECT body FROM vclinic_messages_message"
        assert connection.execute(own).fetchall() == [("Secret of birch",)]


#: Whatever a session can set for itself, in the hope of lifting a protection.
KEYS = [
    "SELECT",
    "SET vclinic_messages.pruning = 'on'",
    "SET vclinic_messages.erasing = 'on'",
    "SET row_security = off",
    "SET search_path = pg_temp, alder",
    "SET search_path = alder, public, pg_catalog",
    "SET vclinic_messages.pruning = 'on'; SET search_path = alder, public, pg_catalog",
]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    "change", ["DELETE FROM {}", "UPDATE {} SET id = id", "MERGE INTO {} t USING {} s ON t.id = s.id {}"]
)
@pytest.mark.parametrize("table", ["auditevent", "message"])
def test_the_applications_role_cannot_remove_or_change_what_was_recorded(
    cluster, application_role, table, change, key
):
    name = f"vclinic_messages_{table}"
    refusals = (psycopg.errors.RestrictViolation, psycopg.errors.InsufficientPrivilege)
    with cluster.connect(application_role) as connection:
        connection.execute("SET search_path = alder")
        before = connection.execute(f"TABLE {name}").fetchall()
        assert before
        with pytest.raises(refusals):
            connection.execute(key)
            connection.execute(change.format(name, name, "WHEN MATCHED THEN DELETE"))
        connection.execute("RESET ALL; SET search_path = alder")
        assert connection.execute(f"TABLE {name}").fetchall() == before


def test_one_statement_that_also_switches_pruning_on_removes_nothing(cluster, application_role):
    statement = """
        WITH s AS MATERIALIZED (SELECT set_config('vclinic_messages.pruning', 'on', true) AS x)
        DELETE FROM vclinic_messages_auditevent USING s WHERE x = 'on'
    """
    with cluster.connect(application_role) as connection:
        connection.execute("SET search_path = alder")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only the owner"):
            connection.execute(statement)


def test_the_audit_trail_is_pruned_as_the_owner_only(cluster, application_role):
    old = """
        INSERT INTO vclinic_messages_auditevent (at, actor_name, action, details, session)
        VALUES (now() - interval '9 years', 'Ruth Vance', 'opened', '{}', '')
    """
    with cluster.connect("portal") as connection:
        connection.execute("SET search_path = alder")
        connection.execute(old)
    prune = "python example_project/manage.py messages_prune_audit --older-than 8y --schema alder"
    run = shell(cluster, prune, role=application_role)
    assert run.returncode != 0
    assert "only the owner of vclinic_messages_auditevent may prune it" in run.stderr
    run = shell(cluster, prune)
    assert (run.returncode, run.stdout) == (0, "alder: 1 deleted.\n")


def test_texts_are_erased_as_the_owner_only(cluster, application_role, new_clinic):
    with cluster.connect("portal") as connection:
        connection.execute("SET search_path = alder")
        [(conversation, texts)] = connection.execute(
            "SELECT conversation_id, count(*) FROM vclinic_messages_message GROUP BY 1"
        ).fetchall()
    erase = (
        f"python example_project/manage.py messages_erase --schema alder --conversation {conversation} "
        "--reason 'A request' --by 'Ruth Vance' --yes"
    )
    run = shell(cluster, erase, role=application_role)
    assert (run.returncode, run.stderr) == (
        1,
        "CommandError: Only the role that owns the tables may erase. Run this command as that role.\n",
    )
    with cluster.connect("portal") as connection, pytest.raises(psycopg.errors.RestrictViolation):
        connection.execute("SET search_path = alder")
        connection.execute("SET vclinic_messages.erasing = 'on'")
        connection.execute("UPDATE vclinic_messages_message SET id = -id")
    with cluster.connect(application_role) as connection:
        connection.execute("SET search_path = alder")
        assert connection.execute("SELECT body FROM vclinic_messages_message").fetchall() == [(TEXT,)] * texts


@pytest.mark.parametrize("table", ["django_session", "auth_user", "auth_user_groups"])
@pytest.mark.parametrize("place", [("birch", "alder"), ("birch", "cypress"), ("cypress", "alder")])
def test_the_applications_role_finds_no_session_or_person_of_another_clinic(
    cluster, application_role, new_clinic, place, table
):
    mine, theirs = place
    _person_in(cluster, theirs)
    with cluster.connect(application_role) as connection:
        connection.execute(f"SET search_path = {mine}, public")
        assert connection.execute(f"SELECT count(*) FROM {theirs}.{table}").fetchone() == (0,)
        assert connection.execute(f"DELETE FROM {theirs}.{table}").rowcount == 0
        connection.execute(f"SET search_path = {theirs}, public")
        assert connection.execute(f"SELECT count(*) > 0 FROM {table}").fetchone() == (True,)


@pytest.mark.parametrize("schema", ["alder", "cypress"])
def test_the_portal_works_as_the_applications_role_in_old_and_new_clinics(
    cluster, application_role, new_clinic, schema
):
    session, conversation = _person_in(cluster, schema)
    environment = {"DATABASE_URL": cluster.url(application_role)}
    with serve(**environment) as portal, portal.client(schema, session) as client:
        client.cookies.set("csrftoken", CSRF)
        path = f"/messages/api/v1/conversations/{conversation}/messages/"
        sent = client.post(path, json={"body": "Hello"}, headers={"X-CSRFToken": CSRF})
        assert sent.status_code == 201, sent.text
        assert client.get(path).json()["results"][0]["body"] == "Hello"
        assert client.get("/messages/").status_code == 200
        assert client.get(f"/messages/{conversation}/").status_code == 200


def _person_in(cluster, schema):
    script = f"""
        python -c 'import django; django.setup()
from django_tenants.utils import schema_context
from tests.faults.furnish import _pair
with schema_context("{schema}"):
    pair = _pair("{schema}")
print(pair["session"], pair["conversation"])'
    """
    run = shell(cluster, script)
    assert run.returncode == 0, run.stderr
    return run.stdout.split()


@pytest.fixture(scope="module")
def clinic_role(cluster, clinics):
    """What a request of alder says to the database at its start."""
    setup, request = blocks("A role for each clinic", "sql")
    with cluster.connect() as connection:
        connection.execute(setup)
        connection.execute(setup[setup.index("DO $$") :])
    start, end = request.strip().splitlines()
    assert end == "RESET ROLE;"
    return start


ELSEWHERE = "SELECT body FROM birch.vclinic_messages_message"


@pytest.mark.parametrize(
    "statement",
    [
        ELSEWHERE,
        f"SET search_path = birch; {ELSEWHERE}",
        "WITH path AS MATERIALIZED (SELECT set_config('search_path', 'birch', true) AS value)"
        " SELECT body FROM path, birch.vclinic_messages_message WHERE value <> ''",
        "WITH role AS MATERIALIZED (SELECT set_config('role', 'clinic_birch', true) AS value)"
        " SELECT body FROM role, birch.vclinic_messages_message WHERE value <> ''",
        "SELECT 1 FROM birch.auth_user",
        "UPDATE vclinic_messages_message SET body = ''",
        "DELETE FROM vclinic_messages_message",
        "TRUNCATE vclinic_messages_message CASCADE",
        "UPDATE vclinic_messages_auditevent SET actor_name = ''",
        "DELETE FROM vclinic_messages_auditevent",
        "ALTER TABLE vclinic_messages_message DISABLE TRIGGER ALL",
        "DROP TABLE vclinic_messages_message",
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE vclinic_messages_participant (id int)",
        "UPDATE public.clinics_domain SET tenant_id = 1",
    ],
)
def test_the_role_of_a_clinic_is_refused_elsewhere_and_changes_no_record(cluster, clinic_role, statement):
    with cluster.connect("portal_web") as connection:
        connection.execute(clinic_role)
        connection.execute("SET search_path = alder, public")
        assert connection.execute("SELECT count(*) > 0 FROM vclinic_messages_message").fetchone() == (True,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)


@pytest.mark.parametrize("schema", ["alder", "birch"])
def test_without_a_role_no_clinic_can_be_read(cluster, clinic_role, schema):
    with cluster.connect("portal_web") as connection:
        assert connection.execute("SELECT count(*) > 0 FROM public.clinics_domain").fetchone() == (True,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(f"SELECT 1 FROM {schema}.vclinic_messages_message")


def test_as_the_role_of_its_clinic_messages_are_written_and_read(cluster, clinic_role):
    script = f"""
        python -c 'import django; django.setup()
from django.db import connection
from django_tenants.utils import schema_context
from tests.faults.furnish import _pair
with schema_context("alder"):
    with connection.cursor() as cursor:
        cursor.execute("{clinic_role}")
    print(_pair("alder")["conversation"])'
    """
    run = shell(cluster, script, role="portal_web")
    assert run.returncode == 0, run.stderr
    with cluster.connect("portal_web") as connection:
        connection.execute(clinic_role)
        connection.execute("SET search_path = alder, public")
        query = "SELECT body FROM vclinic_messages_message WHERE conversation_id = %s"
        assert connection.execute(query, [run.stdout.strip()]).fetchall() == [(TEXT,)]


def test_a_dump_by_the_owner_refuses_and_the_tempting_option_dumps_no_message(cluster, clinics):
    run = shell(cluster, "pg_dump --username=portal portal")
    assert run.returncode != 0
    assert "row-level security" in run.stderr
    run = shell(cluster, "pg_dump --username=portal --enable-row-security portal")
    assert run.returncode == 0
    assert "COPY alder.vclinic_messages_message" in run.stdout
    assert TEXT not in run.stdout


def test_the_backup_of_the_guide_comes_back_with_every_text_and_protection(cluster, clinics, tmp_path):
    administer(cluster, "Back up")
    dump, look = blocks("Back up", "sh")
    run = shell(cluster, dump, BACKUP=str(tmp_path / "portal.dump"))
    assert run.returncode == 0, run.stderr
    run = shell(cluster, look, database="portal_restored")
    assert run.returncode == 0, run.stderr
    assert "alder: protected" in run.stdout
    assert "alder: all counters are correct" in run.stdout
    with cluster.connect("portal", "portal_restored") as connection:
        assert connection.execute(f"SELECT body FROM {TABLE}").fetchall() == []
        connection.execute("SET search_path = alder")
        assert (TEXT,) in connection.execute(f"SELECT body FROM {TABLE}").fetchall()
        with pytest.raises(psycopg.errors.RestrictViolation):
            connection.execute(f"DELETE FROM {TABLE}")
    run = shell(cluster, f'pg_dump --username=portal_backup --data-only portal >"{tmp_path}/data.sql"')
    assert run.returncode == 0
    run = shell(
        cluster, f'psql --username=portal -v ON_ERROR_STOP=1 --dbname=portal_restored <"{tmp_path}/data.sql"'
    )
    assert run.returncode != 0


def test_the_servers_log_holds_a_refused_text_until_it_is_told_not_to(cluster, clinics):
    def fail(text):
        with cluster.connect("portal") as connection, pytest.raises(psycopg.errors.NotNullViolation):
            connection.execute("SET search_path = alder")
            connection.execute(f"INSERT INTO vclinic_messages_message (body) VALUES ('{text}')")

    fail("Text before")
    administer(cluster, "Keep texts out of the server's log")
    fail("Text after")
    log = cluster.log.read_text()
    assert "Text before" in log
    assert "Text after" not in log


def test_counting_again(cluster, clinics):
    [script] = blocks("Recount the counters", "sh")
    run = shell(cluster, script)
    assert run.returncode == 0, run.stdout


def test_what_searches_read_is_rebuilt(cluster, clinics):
    [verify] = blocks("Recount the counters", "sh")
    [refold] = blocks("Rebuild what searches read", "sh")
    with cluster.connect("portal") as connection:
        connection.execute("SET search_path = alder")
        connection.execute("DELETE FROM vclinic_messages_messagewords")
    run = shell(cluster, verify)
    assert run.returncode != 0
    assert "Run messages_refold" in run.stderr
    assert "alder: rows that were out of date: 0" not in shell(cluster, refold).stdout
    assert shell(cluster, verify).returncode == 0


def test_a_mailbox_without_an_account_is_reported_and_disconnected(cluster, clinics):
    [verify] = blocks("Recount the counters", "sh")
    [sever] = blocks("Accounts that were deleted", "sh")
    insert = """
        INSERT INTO vclinic_messages_mailbox (user_id, name, folded_name, version, opened_at)
        VALUES (987654, 'Ruth Vance', ' ruth vance', 0, now())
    """
    with cluster.connect("portal") as connection:
        connection.execute("SET search_path = alder")
        connection.execute(insert)
    run = shell(cluster, verify)
    assert run.returncode != 0
    assert "Mailboxes without an account: 1." in run.stderr
    run = shell(cluster, sever)
    assert run.returncode != 0
    assert "Add --yes" in run.stdout
    assert "--sever --yes" in run.stderr
    run = shell(cluster, f"{sever.strip()} --yes --schema alder")
    assert run.returncode == 0, run.stderr
    with cluster.connect("portal") as connection:
        connection.execute("SET search_path = alder")
        found = connection.execute("SELECT name FROM vclinic_messages_mailbox WHERE user_id IS NULL")
        assert found.fetchall() == [("Ruth Vance",)]
    assert shell(cluster, verify).returncode == 0
