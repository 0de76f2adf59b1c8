"""Commands over all clinics go on past one that cannot be reached, name it, and fail at the end."""

from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tests.models.sql import execute
from tests.servers import database_url

COMMANDS = {
    "messages_verify": "{}: all counters are correct\n",
    "messages_refold": "{}: rows that were out of date: 0\n",
    "messages_prune_audit --older-than 9y": "{}: 0 deleted.\n",
    "messages_prune_drafts": "{}: 0 deleted.\n",
}


@pytest.fixture
def unreachable(committed):
    """Another session has locked a clinic's tables, and nobody waits for it: this is an OperationalError."""
    connection.set_schema_to_public()
    execute("SET lock_timeout = '100ms'")
    with psycopg.connect(database_url()) as other:
        ours = ("message", "mailbox", "draft", "auditevent", "messagessettings")
        for table in ("auth_group", *(f"vclinic_messages_{each}" for each in ours)):
            other.execute(f"LOCK TABLE birch.{table} IN ACCESS EXCLUSIVE MODE")
        yield "birch"
        other.rollback()
    connection.close()


@pytest.mark.parametrize("command", COMMANDS)
def test_the_other_clinics_have_their_turn(unreachable, command):
    name, *arguments = command.split()
    output = StringIO()
    with pytest.raises(CommandError, match=r"Clinics that could not be reached: birch\.$"):
        call_command(name, *arguments, stdout=output)
    report = output.getvalue()
    assert "birch: cannot be reached: " in report
    for schema in ("alder", "cedar", "template"):
        assert COMMANDS[command].format(schema) in report


def test_groups_are_not_made_where_the_clinic_cannot_be_reached(unreachable):
    with pytest.raises(CommandError, match=r"Clinics that could not be reached: birch\.$"):
        call_command("messages_create_groups", schema=unreachable, stdout=StringIO())


def test_the_doctor_looks_at_the_other_clinics(unreachable):
    output = StringIO()
    with pytest.raises(CommandError, match=r"Clinics that could not be reached: birch\.$"):
        call_command("messages_doctor", stdout=output)
    report = output.getvalue()
    assert "  They stopped, because a clinic cannot be reached (" in report
    for schema in ("alder", "cedar", "template"):
        assert f"{schema} (Messages is " in report
