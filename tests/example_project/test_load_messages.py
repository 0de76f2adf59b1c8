"""`manage.py load_messages` writes correct counters, and refuses a clinic that people use."""

from __future__ import annotations

import threading
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django_tenants.utils import schema_context

from example_project.clinics.models import Clinic
from vclinic_messages.actions import send_message
from vclinic_messages.models import AuditEvent, Conversation, Message, Participant, Role
from vclinic_messages.testing import create_conversation, create_member, switch_messages

SCHEMA = "alder"
SIZE = {"patients": 6, "staff": 3, "conversations": 20, "messages": 75}


@pytest.fixture
def clinic(committed):
    """A clinic without messages."""
    yield SCHEMA
    Clinic.objects.filter(schema_name=SCHEMA).update(made_up_messages=0)


def load(**options):
    connection.set_schema_to_public()
    out = StringIO()
    call_command("load_messages", schema=SCHEMA, stdout=out, **{**SIZE, **options})
    return out.getvalue()


def verify():
    call_command("messages_verify", schema=SCHEMA, stdout=StringIO())


def test_it_creates_the_given_number_of_rows_with_correct_counters(clinic):
    said = load(heavy_user=("busy", 9))
    with schema_context(clinic):
        assert Message.objects.count() == 75
        assert Conversation.objects.count() == 20
        assert Participant.objects.filter(mailbox__user__username="busy").count() == 9
        assert User.objects.filter(groups__name="Patients").count() == 6
        assert AuditEvent.objects.exclude(message_id=None).count() == 75
    assert said.startswith("alder: 75 messages in 20 conversations of 9 people")
    assert "rows per second" in said
    verify()


def test_people_can_continue_loaded_conversations(clinic):
    load(heavy_user=("busy", 9))
    with schema_context(clinic):
        switch_messages()
        busy = User.objects.get(username="busy")
        participant = Participant.objects.filter(mailbox__user=busy).earliest("last_message")
        send_message(conversation=participant.conversation_id, sender=busy, body="Hello")
        assert Participant.objects.filter(mailbox__user=busy).latest("last_message").pk == participant.pk
    verify()


def test_row_security_is_forced_again_afterwards(clinic):
    load()
    with schema_context(clinic), connection.cursor() as cursor:
        cursor.execute(
            "SELECT bool_and(relforcerowsecurity) FROM pg_class WHERE oid = ANY(%s::regclass[])",
            [[model._meta.db_table for model in (Message, Conversation, Participant)]],
        )
        assert cursor.fetchone() == (True,)


def test_it_can_be_repeated(clinic):
    load(heavy_user=("busy", 9))
    load(heavy_user=("busy", 9))
    with schema_context(clinic):
        assert Message.objects.count() == 150
        assert Participant.objects.filter(mailbox__user__username="busy").count() == 18
    verify()


@pytest.fixture
def clinic_in_use(clinic):
    """A clinic in which people have written."""
    with schema_context(clinic):
        switch_messages()
        create_conversation(create_member(Role.PATIENT), create_member(Role.DOCTOR), "Hello")
    return clinic


def test_a_clinic_in_which_people_have_written_is_refused(clinic_in_use):
    with pytest.raises(CommandError, match="'alder' is in use: people have written 1 messages"):
        load()
    with schema_context(clinic_in_use):
        assert Message.objects.count() == 1
        assert not User.objects.filter(username__startswith="load-").exists()


def test_an_option_allows_to_load_into_a_clinic_in_use(clinic_in_use):
    load(even_if_in_use=True)
    with schema_context(clinic_in_use):
        assert Message.objects.count() == 76
    verify()


def test_a_loaded_clinic_in_which_people_have_written_since_is_refused(clinic):
    load(heavy_user=("busy", 9))
    with schema_context(clinic):
        switch_messages()
        busy = User.objects.get(username="busy")
        send_message(
            conversation=Participant.objects.filter(mailbox__user=busy).first().conversation_id,
            sender=busy,
            body="Hello",
        )
    with pytest.raises(CommandError, match="is in use"):
        load()


def test_a_clinic_in_which_somebody_is_writing_is_refused(clinic, monkeypatch):
    monkeypatch.setattr("example_project.clinics.management.commands.load_messages.LOCK_SECONDS", 1)
    writing, refused = threading.Event(), threading.Event()

    def write():
        with schema_context(clinic), transaction.atomic():
            Conversation.objects.create()
            writing.set()
            refused.wait(20)
            transaction.set_rollback(True)
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    assert writing.wait(20)
    try:
        with pytest.raises(CommandError, match="somebody is writing"):
            load()
    finally:
        refused.set()
        writer.join()
    with schema_context(clinic):
        assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"schema": "nowhere"}, "There is no clinic 'nowhere'. There are: alder, birch, cedar."),
        ({"messages": 3}, "at least as many messages as conversations"),
        ({"heavy_user": ("busy", 21)}, "cannot take part in more conversations than"),
    ],
)
def test_impossible_sizes_are_refused(clinic, options, said):
    with pytest.raises(CommandError, match=said):
        call_command("load_messages", **{"schema": SCHEMA, **SIZE, **options})


def test_a_patient_cannot_be_the_heavy_user(clinic):
    with schema_context(clinic):
        create_member(Role.PATIENT, username="maya")
    with pytest.raises(CommandError, match="'maya' is not a member of the staff"):
        load(heavy_user=("maya", 3))
