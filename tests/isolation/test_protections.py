"""That every clinic is protected is seen by commands and checks, and put right by the next migrate."""

import re
from datetime import date

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django_tenants.utils import schema_context

from example_project.clinics.schemas import ensure_clinic
from tests.models.sql import execute, refused, rows
from tests.postgres import CLINICS, ROOT
from vclinic_messages import protections
from vclinic_messages.actions import change_quick_reply, save_draft, set_absence
from vclinic_messages.checks import database, schemas
from vclinic_messages.models import Absence, AuditEvent, Message, MessagesSettings, QuickReply, Role, Team
from vclinic_messages.selectors import DraftPlace
from vclinic_messages.testing import create_conversation, create_member, create_team, switch_messages
from vclinic_messages.viewer import load_viewer

#: What can go missing, and how it is told.
LOSSES = {
    "ALTER TABLE vclinic_messages_message NO FORCE ROW LEVEL SECURITY": "FORCE ROW LEVEL SECURITY",
    "ALTER TABLE vclinic_messages_message DISABLE ROW LEVEL SECURITY": "row-level security",
    "DROP POLICY vcm_own_clinic ON vclinic_messages_message": "policy vcm_own_clinic",
    "ALTER POLICY vcm_own_clinic ON vclinic_messages_message USING (true)": "policy vcm_own_clinic",
    "ALTER POLICY vcm_own_clinic ON vclinic_messages_message TO pg_monitor": "policy vcm_own_clinic",
    "ALTER TABLE vclinic_messages_message DISABLE TRIGGER vcm_message_append_only": (
        "trigger vcm_message_append_only"
    ),
    "DROP TRIGGER vcm_message_no_truncate ON vclinic_messages_message": "trigger vcm_message_no_truncate",
}


def set_protections(settings, value):
    settings.VCLINIC_MESSAGES = {**settings.VCLINIC_MESSAGES, "PROTECTIONS": value}


def database_checks():
    return [(each.id, each.msg) for each in database.check_protections(databases=["default"])]


@pytest.mark.parametrize("schema", [*CLINICS, "template"])
def test_every_clinic_is_protected_however_it_was_made(db, schema):
    with schema_context(schema):
        assert len(protections.tables()) == len(protections.table_names())
        assert protections.gaps() == []


def test_the_demo_is_checked_and_has_nothing_to_complain_about(db):
    found = run_checks(databases=["default"])
    assert [each for each in found if (each.id or "").startswith("vclinic_messages")] == []
    call_command("messages_isolation", "--check")


@pytest.mark.parametrize(("loss", "told"), LOSSES.items(), ids=LOSSES)
def test_what_is_missing_is_told_with_the_clinic_and_put_right(db, loss, told, capsys):
    with schema_context("birch"):
        execute(loss)
    expected = (
        f"""Clinic 'birch' is not protected (PROTECTIONS is "required"): vclinic_messages_message: {told}."""
    )
    assert database_checks() == [("vclinic_messages.W020", expected)]
    with pytest.raises(CommandError, match=r"Clinics that are not protected: birch\."):
        call_command("messages_isolation", "--check")
    assert f"birch: not protected\n  vclinic_messages_message: {told}\n" in capsys.readouterr().out
    call_command("messages_isolation", "--apply", "--schema", "birch")
    assert capsys.readouterr().out.endswith("birch: protected\n")
    assert database_checks() == []


def test_a_changed_trigger_function_is_told_and_put_right(db):
    with schema_context("birch"):
        execute(
            "CREATE OR REPLACE FUNCTION vclinic_messages_refuse_delete_unless_pruning() RETURNS trigger"
            " LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'"
        )
    [(number, message)] = database_checks()
    assert number == "vclinic_messages.W020"
    assert message.endswith("vclinic_messages_auditevent: trigger vcm_audit_no_delete.")
    call_command("messages_isolation", "--apply", verbosity=0)
    assert database_checks() == []
    with schema_context("birch"):
        AuditEvent.objects.create(actor_name="Ruth Vance", action="opened")
        with refused("append-only"):
            execute("DELETE FROM vclinic_messages_auditevent")


def test_clinics_that_lack_the_same_are_told_together(db, monkeypatch):
    """A thousand clinics are one message; the command names every one of them."""
    monkeypatch.setattr(schemas, "MAX_NAMES", 2)
    for schema in ("alder", "birch", "cedar", "template"):
        with schema_context(schema):
            execute("SET CONSTRAINTS ALL IMMEDIATE")
            execute("ALTER TABLE vclinic_messages_message NO FORCE ROW LEVEL SECURITY")
    with schema_context("birch"):
        execute("ALTER TABLE vclinic_messages_mailbox NO FORCE ROW LEVEL SECURITY")
    (_, many), (_, one) = database_checks()
    assert many.startswith("3 clinics are not protected")
    assert many.endswith("FORCE ROW LEVEL SECURITY. Clinics: 'alder', 'cedar' and 1 more.")
    assert one.startswith("Clinic 'birch' is not protected")
    with pytest.raises(CommandError, match="alder, birch, cedar, template"):
        call_command("messages_isolation", "--check")


def test_a_policy_that_opens_more_is_told_and_left_to_whoever_made_it(db):
    with schema_context("birch"):
        execute("CREATE POLICY report ON vclinic_messages_message FOR SELECT USING (true)")
    call = pytest.raises(CommandError, match="birch")
    with call:
        call_command("messages_isolation", "--apply")
    [(number, message)] = database_checks()
    assert number == "vclinic_messages.W020"
    assert message.endswith("vclinic_messages_message: (a policy that allows more: report).")


@pytest.mark.parametrize("loss", LOSSES)
def test_the_next_migrate_puts_it_right(db, loss):
    with schema_context("birch"):
        execute(loss)
    call_command("migrate_schemas", schema_name="birch", interactive=False, verbosity=0)
    with schema_context("birch"):
        assert protections.gaps() == []


def test_a_clinic_copied_by_the_command_of_django_tenants_is_told_and_protected(db):
    """``clone_tenant`` copies one clinic into another and sends no signal at all."""
    from django_tenants.clone import CloneSchema

    connection.set_schema_to_public()
    CloneSchema().clone_schema("template", "elder", set_connection=False)
    ensure_clinic("elder", "Elder Clinic")
    [(number, message)] = database_checks()
    assert number == "vclinic_messages.W020"
    assert "'elder'" in message
    assert "FORCE ROW LEVEL SECURITY" in message
    call_command("messages_isolation", "--apply", verbosity=0)
    assert database_checks() == []


@pytest.mark.parametrize("is_renamed", [False, True])
def test_a_clinic_that_was_migrated_can_be_cloned_once_a_sequence_is_renamed(db, is_renamed):
    """As docs/how-to/life-of-a-clinic.md says. If this passes without renaming, shorten the page."""
    from django_tenants.clone import CloneSchema

    connection.set_schema_to_public()
    page = (ROOT / "docs" / "how-to" / "life-of-a-clinic.md").read_text().replace("riverside", "alder")
    [rename] = re.findall(r"--command='(ALTER SEQUENCE .+?)'", page, flags=re.DOTALL)
    if is_renamed:
        execute(rename)
        CloneSchema().clone_schema("alder", "elder", set_connection=False)
    else:
        with pytest.raises(DatabaseError, match="wagtailcore_pagerevision_id_seq"):
            CloneSchema().clone_schema("alder", "elder", set_connection=False)


def test_a_new_clinic_begins_with_the_settings_of_the_template(db):
    """The template's row is not visible to what copies it."""
    with schema_context("template"):
        hours = [{"day": 0, "from": "08:00", "to": "12:00"}]
        closed = [{"first": "2026-12-24", "last": "2026-12-26", "reason": "Christmas"}]
        switch_messages(
            False, phone="555-0300", emergency_notice="Call 911.", opening_hours=hours, closed_days=closed
        )
    connection.set_schema_to_public()
    ensure_clinic("fir", "Fir Clinic")
    with schema_context("fir"):
        settings = MessagesSettings.objects.get()
        assert (settings.enabled, settings.phone, settings.emergency_notice) == (
            False,
            "555-0300",
            "Call 911.",
        )
        # Hours are a setting. Closed days are dates of one clinic.
        assert (settings.opening_hours, settings.closed_days) == (hours, [])
        assert not Absence.objects.exists()
        assert protections.gaps() == []


@pytest.mark.parametrize("state", ["off", "triggers"])
def test_without_policies_a_new_clinic_begins_with_the_settings_only_too(db, settings, state):
    """Then cloning copies the rows of the template: people, quick replies and messages."""
    set_protections(settings, state)
    closed = [{"first": "2026-12-24", "last": "2026-12-26", "reason": "Christmas"}]
    with schema_context("template"):
        protections.release()
        protections.protect()
        switch_messages(phone="555-0300", closed_days=closed)
        doctor, patient = create_member(Role.DOCTOR), create_member(Role.PATIENT)
        team = create_team("Front desk", doctor)
        conversation = create_conversation(patient, doctor)
        save_draft(
            viewer=load_viewer(patient),
            place=DraftPlace(conversation=conversation.pk),
            body="Not finished",
            version=0,
        )
        change_quick_reply(title="Parking", body="Two hours are free.", team=team)
        set_absence(actor=None, who=doctor, first_day=date(2026, 12, 1), instead=team)
        execute("SET CONSTRAINTS ALL IMMEDIATE")
    connection.set_schema_to_public()
    ensure_clinic("fir", "Fir Clinic")
    with schema_context("fir"):
        found = {name: rows(f"SELECT count(*) FROM {name}")[0][0] for name in protections.table_names()}
        assert {name for name, count in found.items() if count} == {"vclinic_messages_messagessettings"}
        there = MessagesSettings.objects.get()
        assert (there.phone, there.closed_days) == ("555-0300", [])
        assert bool(protections.gaps()) is (state == "off")
    with schema_context("template"):
        assert MessagesSettings.objects.get().closed_days == closed
        assert Message.objects.exists()


def test_a_clinic_in_use_keeps_what_was_copied_into_it(db, settings):
    set_protections(settings, "off")
    with schema_context("template"):
        protections.release()
        switch_messages()
        create_team("Front desk", create_member(Role.DOCTOR))
        execute("SET CONSTRAINTS ALL IMMEDIATE")
    with schema_context("birch"):
        protections.release()
        execute("INSERT INTO vclinic_messages_team SELECT * FROM template.vclinic_messages_team")
        change_quick_reply(title="Parking", body="Two hours are free.")
        execute("SET CONSTRAINTS ALL IMMEDIATE")
    call_command("migrate_schemas", schema_name="birch", interactive=False, verbosity=0)
    with schema_context("birch"):
        assert Team.objects.exists()
        assert QuickReply.objects.exists()


def test_where_the_engine_cannot_required_fails_and_if_possible_goes_on(db, settings, caplog):
    """A table that is not the application's: to it the engine refuses what it would anywhere."""
    with schema_context("birch"):
        execute("ALTER TABLE vclinic_messages_message NO FORCE ROW LEVEL SECURITY")
        with unable():
            with pytest.raises(DatabaseError):
                protections.protect()
            set_protections(settings, "if_possible")
            protections.protect()
            assert "Clinic birch is not protected" in caplog.text
    [(number, message)] = database_checks()
    assert number == "vclinic_messages.W020"
    assert '(PROTECTIONS is "if_possible")' in message
    call_command("messages_isolation", "--check")


def unable():
    """Statements that change a table fail, as under an engine that has no row-level security."""

    def refuse(execute, sql, params, many, context):
        if str(sql).startswith("ALTER TABLE"):
            sql, params = "SELECT citus_does_not_know_this()", None
        return execute(sql, params, many, context)

    return connection.execute_wrapper(refuse)


def test_off_makes_nothing_and_says_so(db, settings):
    set_protections(settings, "off")
    with schema_context("birch"):
        execute("ALTER TABLE vclinic_messages_message NO FORCE ROW LEVEL SECURITY")
        protections.protect()
        assert protections.gaps() != []
    call_command("messages_isolation", "--apply")
    assert database_checks() == [
        ("vclinic_messages.W022", 'PROTECTIONS is "off": only the search path keeps clinics apart.')
    ]


def test_triggers_alone_keep_messages_and_the_audit_trail(db, settings):
    """The value for Citus: no policy, but nobody changes what was recorded."""
    set_protections(settings, "triggers")
    with schema_context("birch"):
        protections.release()
        assert protections.gaps() == [
            "vclinic_messages_auditevent: trigger vcm_audit_no_update, trigger vcm_audit_no_delete,"
            " trigger vcm_audit_no_truncate",
            "vclinic_messages_message: trigger vcm_message_append_only, trigger vcm_message_no_truncate",
        ]
    with pytest.raises(CommandError, match=r"Clinics that are not protected: birch\."):
        call_command("messages_isolation", "--check")
    assert [number for number, _message in database_checks()] == ["vclinic_messages.W020"]
    call_command("messages_isolation", "--apply", verbosity=0)
    assert database_checks() == []
    with schema_context("birch"):
        assert [table for table in protections.tables() if table.is_enabled or table.is_forced] == []
        AuditEvent.objects.create(actor_name="Ruth Vance", action="opened")
        with refused("append-only"):
            execute("DELETE FROM vclinic_messages_auditevent")
        with refused("append-only"):
            execute("TRUNCATE vclinic_messages_auditevent")


@pytest.mark.parametrize("state", ["off", "triggers", "required"])
def test_migrations_run_to_and_fro_in_every_state(db, settings, state):
    set_protections(settings, state)
    with schema_context("birch"):
        execute("SET CONSTRAINTS ALL IMMEDIATE")
    for target in (["zero"], []):
        call_command(
            "migrate_schemas",
            "vclinic_messages",
            *target,
            schema_name="birch",
            interactive=False,
            verbosity=0,
        )
    with schema_context("birch"):
        is_off = state == "off"
        assert bool(protections.gaps()) is is_off
        kept = rows("SELECT to_regproc('vclinic_messages_refuse_change') IS NOT NULL")
        assert kept == [(not is_off,)]


def test_tables_in_public_are_told(db):
    execute("CREATE TABLE public.vclinic_messages_message (LIKE alder.vclinic_messages_message)")
    assert database_checks() == [
        ("vclinic_messages.W023", "The public schema contains tables of Messages: vclinic_messages_message.")
    ]


def test_checks_ask_the_database_only_where_they_are_told_to():
    assert database.check_protections(databases=None) == []


def test_an_unknown_clinic_is_told(db):
    for command in ("messages_isolation", "messages_verify"):
        with pytest.raises(CommandError, match="There is no clinic with the schema 'nowhere'"):
            call_command(command, "--schema", "nowhere")
