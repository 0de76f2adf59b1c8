"""start_conversation: what it writes."""

import pytest

from tests.actions.snapshot import (
    assert_counters_are_true,
    last_audit,
    mailbox,
    participant,
    rows,
    version,
    waiting_since,
)
from vclinic_messages import actions
from vclinic_messages.errors import InvalidInput, MessagesDisabled, NotAMember, SendingNotAllowed
from vclinic_messages.models import AuditEvent, Conversation, Message, Participant
from vclinic_messages.testing import create_conversation, switch_messages


def start(sender, recipient, body="Hello", **options):
    return actions.start_conversation(sender=sender, recipient=recipient, body=body, **options)


def test_a_conversation_begins_with_its_first_message(patient, doctor):
    conversation = start(patient, doctor)
    message = Message.objects.get()
    kept = Conversation.objects.get()
    assert kept == conversation
    assert (kept.created_by_id, kept.last_message_id, kept.message_count) == (patient.pk, message.pk, 1)
    assert (message.conversation_id, message.sender.user, message.body) == (kept.pk, patient, "Hello")
    assert (message.sender_name, message.sender_role, message.client_key) == (
        "Maya Ferreira",
        "patient",
        None,
    )


def test_both_take_part_with_name_and_role_as_they_are(patient, doctor):
    start(patient, doctor)
    message = Message.objects.get().pk
    columns = ("mailbox__user", "name", "role", "last_message", "unread_count")
    assert set(Participant.objects.values_list(*columns)) == {
        (patient.pk, "Maya Ferreira", "patient", message, 0),
        (doctor.pk, "Amara Okafor", "doctor", message, 1),
    }
    assert (mailbox(patient).name, mailbox(patient).version) == ("Maya Ferreira", 1)
    assert (mailbox(doctor).name, mailbox(doctor).version) == ("Amara Okafor", 1)


@pytest.mark.parametrize("form", [lambda user: user, lambda user: str(user.pk)], ids=["user", "key"])
def test_the_recipient_is_a_user_or_a_key(patient, doctor, form):
    conversation = start(patient, form(doctor))
    assert participant(conversation, doctor).role == "doctor"


def test_a_patients_conversation_waits_and_that_of_staff_does_not(patient, doctor, admin):
    waiting = start(patient, doctor)
    assert waiting_since(waiting) == Message.objects.get().sent_at
    for recipient in (patient, admin):
        started = start(doctor, recipient)
        assert not Participant.objects.filter(conversation=started, waiting_since__isnull=False).exists()


def test_each_start_makes_a_conversation_of_its_own(patient, doctor):
    assert start(patient, doctor) != start(patient, doctor)
    assert version(doctor) == 2
    assert Participant.objects.filter(mailbox__user=doctor).count() == 2
    assert_counters_are_true()


def test_a_start_is_recorded_without_its_text(patient, doctor):
    conversation = start(patient, doctor, "A secret of Maya")
    event = last_audit()
    assert (event.action, event.actor_id, event.actor_name) == ("started", patient.pk, "Maya Ferreira")
    assert (event.conversation_id, event.message_id) == (conversation.pk, Message.objects.get().pk)
    assert "secret" not in repr(list(AuditEvent.objects.values()))


@pytest.mark.parametrize("body", ["", " \n\t", "x" * 5001, "a\0b"])
def test_a_refused_start_leaves_no_row(patient, doctor, body):
    before = rows()
    with pytest.raises(InvalidInput):
        start(patient, doctor, body)
    assert rows() == before


def test_all_that_is_wrong_is_said_at_once(patient, patient2):
    before = rows()
    with pytest.raises(InvalidInput) as refusal:
        start(patient, patient2, "", key="not a key")
    codes = {field: [each.code for each in problems] for field, problems in refusal.value.errors.items()}
    assert codes == {
        "body": ["blank"],
        "recipient": ["recipient_not_allowed"],
        "idempotency_key": ["invalid_characters"],
    }
    assert rows() == before


def test_nothing_starts_while_messages_is_off(patient, doctor):
    switch_messages(False)
    before = rows()
    with pytest.raises(MessagesDisabled):
        start(patient, doctor)
    assert rows() == before


def test_nobody_starts_without_a_role(nobody, doctor):
    before = rows()
    with pytest.raises(NotAMember):
        start(nobody, doctor)
    assert rows() == before


def test_off_is_said_before_no_role_and_no_role_before_invalid(nobody, doctor):
    with pytest.raises(NotAMember):
        start(nobody, "unknown", "")
    switch_messages(False)
    with pytest.raises(MessagesDisabled):
        start(nobody, "unknown", "")


def test_a_patient_who_may_not_start_leaves_no_row(patient, doctor):
    switch_messages(patients_may_start=False)
    before = rows()
    with pytest.raises(SendingNotAllowed):
        start(patient, doctor)
    assert rows() == before


def test_an_id_of_a_conversation_counts_nothing(patient, doctor):
    ids = {create_conversation(patient, doctor).pk for _ in range(3)}
    assert all(each.version == 4 for each in ids)
