"""Migrations run backwards and forwards, in a clinic made by migrating and in a copy of one."""

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django_tenants.utils import schema_context

from tests.models.sql import execute, refused, rows
from tests.postgres import CLINICS
from vclinic_messages.models import AuditEvent, Message, MessagesSettings
from vclinic_messages.testing import create_conversation, switch_messages


def migrate(clinic, *target):
    """In the clinic; the connection is in it afterwards."""
    call_command(
        "migrate_schemas", "vclinic_messages", *target, schema_name=clinic, interactive=False, verbosity=0
    )
    connection.set_schema(clinic)


def our_tables():
    found = rows(
        "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename LIKE %s",
        "vclinic_messages_%",
    )
    return {name for (name,) in found}


def test_the_guards_can_be_taken_off_and_put_on_again(clinic, request):
    migrate(clinic, "0001")
    assert rows("SELECT to_regproc('vclinic_messages_refuse_change')") == [(None,)]
    migrate(clinic)
    assert MessagesSettings.objects.get().enabled
    with refused("vcm_settings_once"):
        MessagesSettings.objects.create()
    create_conversation(request.getfixturevalue("patient"), request.getfixturevalue("doctor"))
    with refused("append-only"):
        execute("DELETE FROM vclinic_messages_message")
    with refused("append-only"):
        execute("DELETE FROM vclinic_messages_auditevent")


def test_the_app_can_be_removed_and_installed_again(clinic, request):
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    migrate(clinic, "zero")
    assert our_tables() == set()
    migrate(clinic)
    assert not MessagesSettings.objects.get().enabled
    switch_messages()
    create_conversation(request.getfixturevalue("patient"), request.getfixturevalue("doctor"))
    assert Message.objects.count() == 1


@pytest.mark.parametrize("schema", [*CLINICS, "template"])
def test_a_new_clinic_starts_with_messages_off(db, schema):
    with schema_context(schema):
        assert MessagesSettings.objects.get().enabled is False
        assert not AuditEvent.objects.exists()


def test_public_holds_no_table_of_ours(db):
    assert our_tables() == set()


def test_the_migrations_make_the_models():
    loader = MigrationLoader(None)
    changes = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps)).changes(
        graph=loader.graph
    )
    assert "vclinic_messages" not in changes
