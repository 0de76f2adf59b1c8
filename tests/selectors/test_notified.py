"""Who is to be notified of a message."""

from __future__ import annotations

import pytest
from django.db import connection

from tests.faults.guide import Guide
from tests.roles import change_roles
from vclinic_messages.actions import mark_read, send_message
from vclinic_messages.models import Message, Role
from vclinic_messages.selectors import users_to_notify
from vclinic_messages.signals import message_sent
from vclinic_messages.testing import create_conversation, create_team


def newest(conversation):
    return Message.objects.filter(conversation=conversation).latest("pk")


def test_the_reader_until_they_have_read_it(conversation, patient, doctor):
    message = newest(conversation)
    assert users_to_notify(message) == [doctor.pk]
    mark_read(conversation=conversation, reader=doctor, up_to=message.pk)
    assert users_to_notify(message) == []
    answer = send_message(conversation=conversation, sender=doctor, body="Good morning")
    assert users_to_notify(answer) == [patient.pk]


def test_the_members_of_a_team(patient, doctor, admin):
    front_desk = create_team("Front desk", doctor, admin)
    conversation = create_conversation(patient, front_desk, "Good morning")
    assert set(users_to_notify(newest(conversation))) == {doctor.pk, admin.pk}
    answer = send_message(conversation=conversation, sender=admin, body="Good morning")
    assert users_to_notify(answer) == [patient.pk]


def test_nobody_who_can_no_longer_read_it(patient, doctor, doctor2):
    conversation = create_conversation(patient, doctor, "Good morning")
    of_team = create_conversation(patient, create_team("Front desk", doctor, doctor2), "Good morning")
    change_roles(doctor, Role.PATIENT)  # reads no patient any more
    assert users_to_notify(newest(conversation)) == []
    assert users_to_notify(newest(of_team)) == [doctor2.pk]
    change_roles(doctor2)
    assert users_to_notify(newest(of_team)) == []
    doctor.delete()
    assert users_to_notify(newest(conversation)) == []


def test_somebody_who_was_staff_and_is_a_patient(doctor, admin):
    change_roles(doctor, Role.PATIENT)
    conversation = create_conversation(doctor, admin, "May I come?")
    answer = send_message(conversation=conversation, sender=admin, body="Please do")
    assert users_to_notify(answer) == [doctor.pk]


@pytest.fixture
def pushed(monkeypatch):
    """Whom the receiver in the documentation pushes to, with a queue that only notes."""
    told = []

    class Queue:
        @staticmethod
        def delay(schema, user):
            told.append((schema, user))

    [code] = Guide("how-to/phone-app.md").blocks("Push", "python")
    names = {"send_push": Queue}
    exec(code.replace("from portal.tasks import send_push\n", ""), names)  # noqa: S102
    yield told
    message_sent.disconnect(names["wake_devices"])


def test_the_receiver_of_the_documentation(
    pushed, conversation, doctor, patient, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        send_message(conversation=conversation, sender=doctor, body="Good morning")
    assert pushed == [(connection.schema_name, patient.pk)]
