"""Who may write to whom."""

import pytest

from vclinic_messages import actions, policies
from vclinic_messages.directory import get_directory
from vclinic_messages.errors import InvalidInput, SendingNotAllowed
from vclinic_messages.models import Conversation, MessagesSettings, Participant, Role
from vclinic_messages.testing import create_member, switch_messages

PAIRS = [(sender, recipient) for sender in Role for recipient in Role]
ALLOWED = [pair for pair in PAIRS if pair != (Role.PATIENT, Role.PATIENT)]


@pytest.mark.parametrize(("sender", "recipient"), ALLOWED)
def test_every_pair_except_two_patients_may_start(clinic, sender, recipient):
    people = create_member(sender), create_member(recipient)
    conversation = actions.start_conversation(sender=people[0], recipient=people[1], body="Hello")
    participants = Participant.objects.filter(conversation=conversation)
    assert sorted(participants.values_list("mailbox__user", "role")) == [
        (people[0].pk, sender.value),
        (people[1].pk, recipient.value),
    ]


def test_a_patient_never_writes_to_a_patient(patient, patient2):
    with pytest.raises(InvalidInput) as refusal:
        actions.start_conversation(sender=patient, recipient=patient2, body="Hello")
    assert refusal.value.errors["recipient"][0].code == "recipient_not_allowed"
    assert not Conversation.objects.exists()


@pytest.mark.parametrize("who", ["oneself", "no role", "inactive", "deleted", "unknown"])
def test_the_refusal_does_not_tell_why_a_recipient_is_not_allowed(patient, patient2, doctor, nobody, who):
    inactive = create_member(Role.DOCTOR, is_active=False)
    gone = create_member(Role.DOCTOR)
    key = gone.pk
    gone.delete()
    recipient = {
        "oneself": doctor,
        "no role": nobody,
        "inactive": inactive,
        "deleted": str(key),
        "unknown": "999999",
    }[who]
    with pytest.raises(InvalidInput) as refusal:
        actions.start_conversation(sender=doctor, recipient=recipient, body="Hello")
    with pytest.raises(InvalidInput) as same:
        actions.start_conversation(sender=patient, recipient=patient2, body="Hello")
    assert refusal.value.errors == same.value.errors
    assert not Conversation.objects.exists()


@pytest.mark.parametrize(
    "key",
    ["", " ", "abc", "1.0", "-1", "0", "1e3", "99999999999999999999999", "\0", "\ud800", "１", "9" * 5000],
)
def test_a_text_that_is_not_a_key_names_nobody(clinic, doctor, key):
    with pytest.raises(InvalidInput) as refusal:
        actions.start_conversation(sender=doctor, recipient=key, body="Hello")
    assert refusal.value.errors["recipient"][0].code == "recipient_not_allowed"


@pytest.mark.parametrize("form", ["0{}", " {}", "{} ", "+{}", "{}.0"])
def test_a_key_in_another_spelling_names_nobody(patient, doctor, form):
    with pytest.raises(InvalidInput):
        actions.start_conversation(sender=doctor, recipient=form.format(patient.pk), body="Hello")


def test_a_clinic_may_allow_patients_only_to_answer(patient, doctor):
    switch_messages(patients_may_start=False)
    with pytest.raises(SendingNotAllowed) as refusal:
        actions.start_conversation(sender=patient, recipient=doctor, body="Hello")
    assert refusal.value.reason == "starting_disabled"
    assert "555-0100" in str(refusal.value.detail)
    assert not Conversation.objects.exists()
    conversation = actions.start_conversation(sender=doctor, recipient=patient, body="Hello")
    actions.send_message(conversation=conversation, sender=patient, body="Hello back")


def test_a_clinic_may_forbid_patients_to_write_to_doctors(patient, doctor, admin):
    switch_messages(patients_may_write_to_doctors=False)
    with pytest.raises(InvalidInput) as refusal:
        actions.start_conversation(sender=patient, recipient=doctor, body="Hello")
    assert refusal.value.errors["recipient"][0].code == "recipient_not_allowed"
    actions.start_conversation(sender=patient, recipient=admin, body="Hello")
    actions.start_conversation(sender=doctor, recipient=patient, body="Hello")
    actions.start_conversation(sender=doctor, recipient=admin, body="Hello")


@pytest.mark.parametrize("role", [Role.DOCTOR, Role.ADMIN])
def test_restrictions_for_patients_do_not_apply_to_staff(role):
    settings = MessagesSettings(patients_may_start=False, patients_may_write_to_doctors=False)
    assert policies.start_refusal(role, settings) is None
    assert policies.addressable_roles(role, settings) == tuple(Role)


@pytest.mark.parametrize(
    ("role", "filters"),
    [
        (Role.PATIENT, ["all", "doctors", "admins", "teams"]),
        (Role.DOCTOR, ["all", "doctors", "admins", "patients", "teams"]),
        (Role.ADMIN, ["all", "doctors", "admins", "patients", "teams"]),
    ],
)
def test_only_staff_may_filter_for_patients(role, filters):
    assert policies.recipient_filters(role) == filters


def test_a_directory_that_lists_the_sender_does_not_let_them_write_to_themselves(settings, doctor):
    settings.VCLINIC_MESSAGES = {"DIRECTORY": "tests.directory.portals.ListsEverybody"}
    (myself,) = get_directory().describe([doctor.pk])
    with pytest.raises(InvalidInput):
        policies.check_recipient(doctor, doctor, myself, role=Role.DOCTOR, settings=MessagesSettings())
