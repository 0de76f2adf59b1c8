"""What people and administrators do, over HTTP and by commands, in clinics on two workers."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, models
from django.test.utils import isolate_apps
from django_tenants.utils import schema_context

from tests.citus.conftest import new_clinic, people_of, worker_of, workers
from tests.live.streaming import listening
from tests.models.sql import execute, refused, rows
from vclinic_messages.checks import citus
from vclinic_messages.checks.reminders import check_reminder_address
from vclinic_messages.models import AuditEvent
from vclinic_messages.testing import switch_messages

API = "/messages/api/v1/"
CSRF = {"X-CSRFToken": "c" * 32}


def checks():
    return [(each.id, each.msg) for each in citus.check_citus(databases=["default"])]


def test_the_clinics_are_on_several_workers(committed):
    assert len(workers()) > 1, "a cluster of two workers or more is needed"
    assert len({worker_of(schema) for schema in ("alder", "birch", "cedar")}) > 1


@pytest.mark.parametrize("schema", ["alder", "birch"])
def test_a_conversation_goes_its_way(committed, portal, schema):
    people = people_of(schema)
    patient, doctor = (portal.client(schema, people.sessions[name]) for name in ("patient", "doctor"))
    for client in (patient, doctor):
        client.cookies.set("csrftoken", CSRF["X-CSRFToken"])
    with patient, doctor, listening(portal, schema, people.sessions["doctor"]) as stream:
        stream.wait_for("open")
        key = {**CSRF, "Idempotency-Key": "once"}
        data = {"recipient": str(people.doctor.pk), "body": "Zanzibar in the morning"}
        first, again = (patient.post(f"{API}conversations/", json=data, headers=key) for _ in range(2))
        assert first.status_code == again.status_code == 201, first.text
        assert first.json() == again.json()
        stream.wait_for("poke")
        address = first.json()["id"]
        [row] = doctor.get(f"{API}conversations/?show=waiting").json()["results"]
        assert row["id"] == address
        draft = f"{API}conversations/{address}/draft/"
        assert doctor.put(draft, json={"body": "Dear", "version": 0}, headers=CSRF).status_code == 200
        path = f"{API}conversations/{address}/messages/"
        sent = doctor.post(path, json={"body": "An answer"}, headers=CSRF)
        assert sent.status_code == 201, sent.text
        read = {"message": sent.json()["id"]}
        assert patient.post(f"{API}conversations/{address}/read/", json=read, headers=CSRF).is_success
        [found] = patient.get(f"{API}conversations/?q=zanzib").json()["results"]
        assert found["id"] == address
        assert patient.get(f"{API}live/state/").json()["unread_conversations"] == 0
        for path in (
            "/messages/",
            f"/messages/{address}/",
            f"/messages/{address}/?at={read['message']}",
            "/",
        ):
            assert doctor.get(path).status_code == 200, path


def test_wagtail_shows_reports_exports_and_settings(committed, portal):
    people = people_of("birch")
    with portal.client("birch", people.sessions["manager"]) as client:
        for path in (
            "/cms/",
            "/cms/messages/waiting/",
            "/cms/messages/activity/",
            "/cms/messages/activity/?export=csv",
            "/cms/messages/audit/?export=xlsx",
            "/cms/messages/export-list/",
            "/cms/settings/vclinic_messages/messagessettings/",
        ):
            response = client.get(path, follow_redirects=True)
            assert response.status_code == 200, (path, response.text[:500])
            assert response.content


@pytest.mark.parametrize(
    "command", ["messages_verify", "messages_isolation --check", "messages_refold", "messages_prune_drafts"]
)
def test_a_command_visits_every_worker(committed, command):
    output = StringIO()
    call_command(*command.split(), stdout=output)
    for schema in ("alder", "birch", "cedar"):
        assert f"{schema}: " in output.getvalue()


def test_a_clinic_whose_reminders_have_no_address_is_told(committed, settings):
    settings.VCLINIC_MESSAGES = {**settings.VCLINIC_MESSAGES, "REMINDER_BASE_URL": ""}
    with schema_context("birch"):
        switch_messages(reminders=True)
    try:
        connection.set_schema_to_public()
        [found] = check_reminder_address(databases=["default"])
        assert "'birch'" in found.msg
    finally:
        with schema_context("birch"):
            switch_messages(reminders=False)


def test_old_events_are_pruned_and_nothing_else_is_removed_or_changed(committed):
    old = """
        INSERT INTO vclinic_messages_auditevent (at, actor_name, action, details, session)
        VALUES (now() - interval '9 years', 'Ruth Vance', 'opened', '{}', '')
    """
    with schema_context("alder"):
        execute(old)
        for statement in (
            "DELETE FROM vclinic_messages_auditevent",
            "UPDATE vclinic_messages_message SET body = ''",
        ):
            with refused("append-only", Exception):
                execute(statement)
    output = StringIO()
    call_command("messages_prune_audit", "--older-than=8y", "--schema=alder", stdout=output)
    assert output.getvalue() == "alder: 1 deleted.\n"
    with schema_context("alder"), refused("append-only", Exception):
        AuditEvent.objects.all().delete()


def test_a_new_clinic_is_sharded_filled_migrated_and_deleted(committed):
    with new_clinic("walnut"):
        assert worker_of("walnut") in workers()
        size = {"patients": 20, "staff": 3, "conversations": 30, "messages": 200}
        call_command("load_messages", schema="walnut", **size, stdout=StringIO())
        call_command("messages_verify", schema="walnut", stdout=StringIO())
        with schema_context("walnut"):
            add_columns()
        assert checks() == []
    assert rows("SELECT to_regnamespace('walnut')") == [(None,)]


def add_columns():
    """Add columns to a table on a worker, as a later migration does."""
    with isolate_apps("example_project.portal"):

        class Conversation(models.Model):  # noqa: DJ008
            class Meta:
                app_label = "portal"
                db_table = "vclinic_messages_conversation"

        class Added(models.Model):  # noqa: DJ008
            size = models.PositiveIntegerField(default=7)
            code = models.CharField(max_length=9, unique=True, null=True)
            other = models.ForeignKey(Conversation, models.CASCADE, null=True)

            class Meta:
                app_label = "portal"
                db_table = "vclinic_messages_mailbox"

        for name in ("size", "code"):
            with connection.schema_editor() as editor:
                editor.add_field(Added, Added._meta.get_field(name))
        with connection.schema_editor() as editor:
            editor.remove_field(Added, Added._meta.get_field("size"))


def test_a_clinic_that_is_not_sharded_and_one_that_forces_policies_are_told(committed, settings):
    from django_tenants.signals import post_schema_sync

    from example_project.citus.apps import shard

    post_schema_sync.disconnect(shard, dispatch_uid="citus")
    try:
        with new_clinic("willow"):
            [(number, message)] = checks()
            assert number == "vclinic_messages.W034"
            assert "not sharded: 'willow'" in message
            with schema_context("willow"):
                execute("ALTER TABLE vclinic_messages_message FORCE ROW LEVEL SECURITY")
            assert [number for number, _message in checks()] == [
                "vclinic_messages.W034",
                "vclinic_messages.E035",
            ]
    finally:
        post_schema_sync.connect(shard, dispatch_uid="citus")
    assert checks() == []
    settings.VCLINIC_MESSAGES = {**settings.VCLINIC_MESSAGES, "PROTECTIONS": "required"}
    [(number, _message)] = checks()
    assert number == "vclinic_messages.E035"
