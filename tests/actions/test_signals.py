"""Signals: after the commit, never for what was rolled back, and a receiver that fails harms nothing."""

import sys
import types

import pytest
from django.db import transaction

from tests.conftest import in_clinic
from tests.faults.guide import Guide
from vclinic_messages import actions, signals
from vclinic_messages.errors import InvalidInput
from vclinic_messages.models import Conversation, Message, MessagesSettings, Role
from vclinic_messages.testing import create_conversation, create_member, create_team

NAMES = ("conversation_started", "message_sent", "conversation_read", "feature_switched")


@pytest.fixture
def heard():
    """What the signals told: their names and arguments, in order."""
    told = []
    receivers = {}
    for name in NAMES:

        def receiver(sender, signal, name=name, **arguments):
            told.append((name, sender, arguments))

        receivers[name] = receiver
        getattr(signals, name).connect(receiver)
    yield told
    for name, receiver in receivers.items():
        getattr(signals, name).disconnect(receiver)


@pytest.fixture
def people(committed):
    with in_clinic("alder"):
        yield create_member(Role.PATIENT), create_member(Role.DOCTOR)


def test_a_start_tells_of_the_conversation_and_of_its_message(people, heard):
    patient, doctor = people
    conversation = actions.start_conversation(sender=patient, recipient=doctor, body="Hello")
    told = {"conversation": conversation, "message": Message.objects.get()}
    assert heard[-2:] == [
        ("conversation_started", Conversation, told),
        ("message_sent", Conversation, told),
    ]


def test_sending_and_reading_tell_of_themselves(people, heard):
    patient, doctor = people
    conversation = create_conversation(patient, doctor)
    heard.clear()
    message = actions.send_message(conversation=conversation, sender=doctor, body="Hello", key="key")
    actions.mark_read(conversation=conversation, reader=patient, up_to=message.pk)
    assert heard == [
        ("message_sent", Conversation, {"conversation": conversation, "message": message}),
        (
            "conversation_read",
            Conversation,
            {"conversation": conversation, "reader": patient, "up_to": message.pk},
        ),
    ]


def test_nothing_new_tells_nothing(people, heard):
    patient, doctor = people
    conversation = create_conversation(patient, doctor)
    message = actions.send_message(conversation=conversation, sender=doctor, body="Hello", key="key")
    actions.mark_read(conversation=conversation, reader=patient, up_to=message.pk)
    heard.clear()
    actions.send_message(conversation=conversation, sender=doctor, body="Hello", key="key")
    actions.mark_read(conversation=conversation, reader=patient, up_to=message.pk)
    actions.change_settings(phone="555-0177")
    with pytest.raises(InvalidInput):
        actions.send_message(conversation=conversation, sender=doctor, body="")
    assert heard == []


def test_the_switch_tells_who_turned_it(people, heard):
    _patient, doctor = people
    actions.change_settings(actor=doctor, enabled=False)
    assert heard == [("feature_switched", MessagesSettings, {"enabled": False, "actor": doctor})]


def test_signals_wait_for_the_commit_of_the_callers_transaction(people, heard):
    patient, doctor = people
    with transaction.atomic():
        conversation = create_conversation(patient, doctor)
        actions.mark_read(conversation=conversation, reader=doctor, up_to=Message.objects.get().pk)
        assert heard == []
    assert [name for name, _sender, _arguments in heard] == [
        "conversation_started",
        "message_sent",
        "conversation_read",
    ]


def test_what_was_rolled_back_is_never_told(people, heard):
    patient, doctor = people

    def change_one_s_mind():
        with transaction.atomic():
            create_conversation(patient, doctor)
            actions.change_settings(enabled=False)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change_one_s_mind()
    assert heard == []
    assert not Message.objects.exists()
    assert MessagesSettings.objects.get().enabled


def test_a_receiver_that_fails_does_not_disturb_the_send(people, heard, caplog):
    patient, doctor = people

    def failing(**arguments):
        raise ValueError("of the portal")

    signals.message_sent.connect(failing)
    try:
        create_conversation(patient, doctor, "A secret of Maya")
    finally:
        signals.message_sent.disconnect(failing)
    assert Message.objects.count() == 1
    assert "of the portal" in caplog.text
    assert "secret" not in caplog.text


@pytest.fixture
def devices(monkeypatch):
    """The receiver of docs/how-to/phone-app.md as it stands. Collects whose devices it wakes."""
    [code] = Guide("how-to/phone-app.md").blocks("Push", "python")
    woken = []
    tasks = types.ModuleType("portal.tasks")
    tasks.send_push = types.SimpleNamespace(delay=lambda *arguments: woken.append(arguments))
    monkeypatch.setitem(sys.modules, "portal.tasks", tasks)
    page = {}
    exec(code, page)  # noqa: S102
    yield woken
    signals.message_sent.disconnect(page["wake_devices"])


def test_the_receiver_for_phones_wakes_whoever_has_not_read(people, devices):
    patient, doctor = people
    create_conversation(patient, doctor, "Hello", "Good morning")
    assert devices == [("alder", doctor.pk), ("alder", patient.pk)]


def test_the_receiver_for_phones_wakes_all_members_of_a_team_but_the_writer(people, devices):
    patient, doctor = people
    colleague = create_member(Role.ADMIN)
    conversation = create_conversation(patient, create_team("Front desk", doctor, colleague))
    assert sorted(devices) == sorted([("alder", doctor.pk), ("alder", colleague.pk)])
    devices.clear()
    seen = conversation.last_message_id
    actions.send_message(conversation=conversation, sender=doctor, body="Good morning", seen=seen)
    assert devices == [("alder", patient.pk)]
