"""What was sent and what was recorded cannot be changed, not even by SQL."""

import pytest
from django.db import connection, transaction

from tests.conftest import in_clinic
from tests.models.sql import execute, refused, rows
from vclinic_messages.models import AuditEvent, Message, Role
from vclinic_messages.testing import create_conversation, create_member

PRUNING = "SET LOCAL vclinic_messages.pruning = 'on'"


@pytest.fixture
def message(patient, doctor):
    create_conversation(patient, doctor, "The original text")
    execute("SET CONSTRAINTS ALL IMMEDIATE")  # TRUNCATE is refused for another reason while they wait
    return Message.objects.get()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE vclinic_messages_message SET body = 'another'",
        "UPDATE vclinic_messages_message SET sender_name = 'Another'",
        "UPDATE vclinic_messages_message SET body = body",
        "DELETE FROM vclinic_messages_message",
        "TRUNCATE vclinic_messages_message CASCADE",
        "TRUNCATE vclinic_messages_conversation CASCADE",
    ],
)
def test_the_database_refuses_to_change_messages(message, statement):
    with refused("append-only"):
        execute(statement)
    assert Message.objects.get().body == "The original text"


def test_the_switch_for_pruning_does_not_open_messages(message):
    with refused("append-only"):
        execute(PRUNING)
        execute("DELETE FROM vclinic_messages_message")


def test_python_cannot_change_messages_either(message):
    message.body = "another"
    with refused("append-only"):
        message.save()
    with refused("append-only"):
        Message.objects.update(body="another")
    assert Message.objects.get().body == "The original text"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE vclinic_messages_auditevent SET actor_name = 'Another'",
        "DELETE FROM vclinic_messages_auditevent",
        "TRUNCATE vclinic_messages_auditevent",
    ],
)
def test_the_database_refuses_to_change_the_audit_trail(message, statement):
    before = list(AuditEvent.objects.values_list("pk", "actor_name").order_by("pk"))
    with refused("append-only"):
        execute(statement)
    assert list(AuditEvent.objects.values_list("pk", "actor_name").order_by("pk")) == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE vclinic_messages_auditevent SET actor_name = 'Another'",
        "TRUNCATE vclinic_messages_auditevent",
    ],
)
def test_the_switch_for_pruning_opens_nothing_but_deletion(message, statement):
    with refused("append-only"):
        execute(PRUNING)
        execute(statement)


def test_pruning_deletes_audit_events(message):
    execute(PRUNING)
    assert execute("DELETE FROM vclinic_messages_auditevent") > 0
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("value", ["off", "", "true", "1"])
def test_only_the_word_on_is_the_switch(message, value):
    with refused("append-only"):
        execute("SELECT set_config('vclinic_messages.pruning', %s, true)", value)
        execute("DELETE FROM vclinic_messages_auditevent")


def test_the_switch_ends_with_its_transaction(committed):
    with in_clinic("alder"):
        create_conversation(create_member(Role.PATIENT), create_member(Role.DOCTOR))
        with transaction.atomic():
            execute(PRUNING)
        with refused("append-only"):
            execute("DELETE FROM vclinic_messages_auditevent")
        assert rows("SELECT current_setting('vclinic_messages.pruning', true)") == [("",)]
        assert not connection.in_atomic_block
