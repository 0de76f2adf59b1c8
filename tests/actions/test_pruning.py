"""Removing old events of the audit trail, on record."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from django_tenants.utils import schema_context

from tests.actions.snapshot import last_audit
from tests.models.sql import execute, refused
from vclinic_messages import actions
from vclinic_messages.models import AuditEvent, Message
from vclinic_messages.testing import create_conversation


def age(days, **which):
    execute("ALTER TABLE vclinic_messages_auditevent DISABLE TRIGGER USER")
    AuditEvent.objects.filter(**which).update(at=timezone.now() - timedelta(days=days))
    execute("ALTER TABLE vclinic_messages_auditevent ENABLE TRIGGER USER")


@pytest.fixture
def events(patient, doctor):
    """A message sent 400 days ago, its answer today."""
    create_conversation(patient, doctor, "One", "Two")
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    age(400, action="started")


def test_what_is_older_goes_and_the_removal_is_recorded(events):
    assert actions.prune_audit(older_than=timedelta(days=365)) == 1
    assert not AuditEvent.objects.filter(action="started").exists()
    assert AuditEvent.objects.filter(action="sent").count() == 1
    event = last_audit()
    assert (event.action, event.actor_name, event.details["removed"]) == ("pruned", "", 1)
    assert Message.objects.count() == 2


def test_the_person_who_does_it_is_named(events, admin):
    actions.prune_audit(older_than=timedelta(days=365), actor=admin)
    assert (last_audit().actor_id, last_audit().actor_name) == (admin.pk, "Ruth Adeyemi")


def test_the_switch_is_off_again_in_the_same_transaction(events):
    actions.prune_audit(older_than=timedelta(days=365))
    with refused("append-only"):
        execute("DELETE FROM vclinic_messages_auditevent")


@pytest.mark.parametrize("days", [0, -1])
def test_everything_is_no_age(events, days):
    before = AuditEvent.objects.count()
    with pytest.raises(ValueError, match="positive"):
        actions.prune_audit(older_than=timedelta(days=days))
    assert AuditEvent.objects.count() == before


def test_the_command_does_it_in_every_clinic(events, other_clinic, capsys):
    call_command("messages_prune_audit", "--older-than", "1y")
    connection.set_schema("alder")
    assert last_audit().details["removed"] == 1
    with schema_context(other_clinic):
        assert last_audit().details["removed"] == 0
    assert "alder: 1 deleted." in capsys.readouterr().out


def test_the_command_does_it_in_one_clinic(events, other_clinic):
    call_command("messages_prune_audit", "--older-than", "52w", "--schema", "alder")
    with schema_context(other_clinic):
        assert last_audit().action == "switched"
    with schema_context("alder"):
        assert last_audit().action == "pruned"


@pytest.mark.parametrize("age", ["", "0", "0d", "-1d", "1m", "d", "1.5y"])
def test_what_is_no_age(db, age):
    with pytest.raises(CommandError, match="is not a valid age"):
        call_command("messages_prune_audit", f"--older-than={age}")


def test_a_clinic_that_is_none(db):
    with pytest.raises(CommandError, match="no clinic"):
        call_command("messages_prune_audit", "--older-than", "1y", "--schema", "public")
