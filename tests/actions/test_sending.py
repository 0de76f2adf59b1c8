"""send_message: what it writes, and what ``seen`` marks read."""

import uuid

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
from tests.roles import change_roles
from vclinic_messages import actions
from vclinic_messages.errors import (
    ConversationNotFound,
    InvalidInput,
    MessagesDisabled,
    NotAMember,
    SendingNotAllowed,
)
from vclinic_messages.models import AuditEvent, Conversation, Message, Participant, Role
from vclinic_messages.testing import create_conversation, switch_messages


@pytest.fixture
def conversation(patient, doctor):
    return create_conversation(patient, doctor)


def send(conversation, sender, body="Hello", **options):
    return actions.send_message(conversation=conversation, sender=sender, body=body, **options)


def newest():
    return Message.objects.latest("pk").pk


def test_a_message_is_written_with_all_its_counters(conversation, patient, doctor):
    message = send(conversation, doctor, "Come in")
    kept = Message.objects.get(pk=message.pk)
    assert kept.sender == kept.mailbox == mailbox(doctor)
    assert (kept.sender_name, kept.sender_role) == ("Amara Okafor", "doctor")
    assert (kept.body, kept.conversation_id) == ("Come in", conversation.pk)
    now = Conversation.objects.get(pk=conversation.pk)
    assert (now.last_message_id, now.message_count) == (message.pk, 2)
    for person in (patient, doctor):
        row = participant(conversation, person)
        assert (row.last_message_id, row.unread_count) == (message.pk, 1)
        assert version(person) == 2
    assert_counters_are_true()


def test_a_conversation_is_named_by_its_id_too(conversation, doctor):
    assert send(conversation.pk, doctor).conversation_id == conversation.pk


def test_a_message_is_recorded_without_its_text(conversation, doctor):
    message = send(conversation, doctor, "A secret of Maya")
    event = last_audit()
    assert (event.action, event.actor_id, event.actor_name) == ("sent", doctor.pk, "Amara Okafor")
    assert (event.conversation_id, event.message_id) == (conversation.pk, message.pk)
    assert "secret" not in repr(list(AuditEvent.objects.values()))


def test_a_conversation_waits_from_the_patients_first_unanswered_message(conversation, patient, doctor):
    first = Message.objects.get()
    send(conversation, patient)
    assert waiting_since(conversation) == first.sent_at
    send(conversation, doctor)
    assert waiting_since(conversation) is None
    again = send(conversation, patient)
    assert waiting_since(conversation) == again.sent_at


def test_a_mailbox_is_in_the_order_of_the_last_messages(conversation, patient, doctor, admin):
    other = create_conversation(admin, patient)
    mine = Participant.objects.filter(mailbox__user=patient).order_by("-last_message")
    assert [each.conversation for each in mine] == [other, conversation]
    send(conversation, doctor)
    assert [each.conversation for each in mine.all()] == [conversation, other]
    assert_counters_are_true()


def test_a_patients_message_waits_for_the_staff_alone(conversation, patient, doctor):
    assert participant(conversation, patient).waiting_since is None
    assert participant(conversation, doctor).waiting_since == Message.objects.get().sent_at


def test_a_send_writes_the_present_names_of_all_participants(conversation, patient, doctor):
    patient.last_name = "Weber"
    patient.save()
    send(conversation, doctor)
    assert mailbox(patient).name == "Maya Weber"
    assert participant(conversation, patient).name == "Maya Ferreira"
    assert Message.objects.earliest("pk").sender_name == "Maya Ferreira"


def test_sending_alone_marks_nothing_read(conversation, doctor):
    send(conversation, doctor)
    assert (
        participant(conversation, doctor).unread_count,
        participant(conversation, doctor).last_read_message_id,
    ) == (
        1,
        None,
    )


def test_seen_marks_read_what_was_shown_and_no_more(conversation, patient, doctor):
    shown = newest()
    send(conversation, patient, "This one arrived in between")
    message = send(conversation, doctor, seen=shown)
    mine = participant(conversation, doctor)
    assert (mine.unread_count, mine.last_read_message_id, mine.last_read_at) == (1, shown, message.sent_at)
    assert_counters_are_true()


def test_seen_never_moves_the_mark_back(conversation, patient, doctor):
    first = newest()
    send(conversation, patient)
    actions.mark_read(conversation=conversation, reader=doctor, up_to=newest())
    mark = participant(conversation, doctor).last_read_message_id
    send(conversation, patient)
    send(conversation, doctor, seen=first)
    mine = participant(conversation, doctor)
    assert (mine.last_read_message_id, mine.unread_count) == (mark, 1)
    assert_counters_are_true()


def test_seen_leaves_the_others_marks_alone(conversation, patient, doctor):
    send(conversation, doctor, seen=newest())
    theirs = participant(conversation, patient)
    assert (theirs.unread_count, theirs.last_read_message_id, theirs.last_read_at) == (1, None, None)


@pytest.mark.parametrize("seen", [0, -1, 2**63 - 1, 2**63, 10**30])
def test_seen_must_be_a_message_of_the_conversation(conversation, doctor, seen):
    before = rows()
    with pytest.raises(InvalidInput) as refusal:
        send(conversation, doctor, seen=seen)
    assert refusal.value.errors["seen"][0].code == "invalid_choice"
    assert rows() == before


def test_seen_of_another_conversation_is_refused(conversation, patient, doctor):
    create_conversation(patient, doctor)
    elsewhere = newest()
    before = rows()
    with pytest.raises(InvalidInput):
        send(conversation, doctor, seen=elsewhere)
    assert rows() == before


@pytest.mark.parametrize("who", ["an outsider", "another patient", "no conversation"])
def test_what_one_takes_no_part_in_does_not_exist(conversation, doctor, doctor2, patient2, who):
    sender, where = {
        "an outsider": (doctor2, conversation),
        "another patient": (patient2, conversation),
        "no conversation": (doctor, uuid.uuid4()),
    }[who]
    before = rows()
    with pytest.raises(ConversationNotFound):
        send(where, sender)
    assert rows() == before


def test_refusals_come_in_the_contracts_order(conversation, doctor2, nobody):
    with pytest.raises(ConversationNotFound):
        send(conversation, doctor2, "", key="", seen=-1)
    with pytest.raises(NotAMember):
        send(conversation, nobody, "", key="", seen=-1)
    switch_messages(False)
    with pytest.raises(MessagesDisabled):
        send(conversation, nobody, "", key="", seen=-1)


def test_all_that_is_wrong_is_said_at_once(conversation, doctor):
    with pytest.raises(InvalidInput) as refusal:
        send(conversation, doctor, "", key="", seen=-1)
    assert set(refusal.value.errors) == {"body", "idempotency_key", "seen"}


@pytest.mark.parametrize(
    ("changed", "roles", "writer", "reason"),
    [
        ("patient", [Role.DOCTOR], "patient", "role_changed"),
        ("doctor", [Role.ADMIN], "doctor", "role_changed"),
        ("doctor", [], "patient", "other_left"),
        ("patient", [], "doctor", "other_left"),
        ("doctor", [Role.PATIENT, Role.DOCTOR], "patient", "other_left"),
    ],
)
def test_a_change_of_roles_stops_the_conversation(
    conversation, patient, doctor, changed, roles, writer, reason
):
    people = {"patient": patient, "doctor": doctor}
    people[changed] = change_roles(people[changed], *roles)
    before = rows()
    with pytest.raises(SendingNotAllowed) as refusal:
        send(conversation, people[writer])
    assert refusal.value.reason == reason
    assert "555-0100" in str(refusal.value.detail)
    assert rows() == before


def test_a_doctor_who_joined_the_clinic_staff_still_hears_the_patient(conversation, patient, doctor):
    change_roles(doctor, Role.ADMIN)
    send(conversation, patient)
    assert participant(conversation, doctor).unread_count == 2


def test_a_clinic_that_keeps_patients_from_doctors_stops_their_answers(conversation, patient, doctor):
    switch_messages(patients_may_write_to_doctors=False)
    with pytest.raises(SendingNotAllowed) as refusal:
        send(conversation, patient)
    assert refusal.value.reason == "role_not_addressable"
    send(conversation, doctor)


def test_a_name_is_kept_as_it_was_when_it_was_sent(conversation, doctor):
    send(conversation, doctor, "Before")
    doctor.last_name = "Okafor-Lee"
    doctor.save()
    send(conversation, doctor, "After")
    names = Message.objects.filter(sender__user=doctor).order_by("pk").values_list("sender_name", flat=True)
    assert list(names) == ["Amara Okafor", "Amara Okafor-Lee"]


def test_a_very_long_name_does_not_stop_a_message(conversation, doctor, settings):
    from example_project.people.models import Profile

    doctor.first_name, doctor.last_name = "A" * 150, "B" * 150
    doctor.save()
    Profile.objects.create(user=doctor, title="Dr.")
    assert len(send(conversation, doctor).sender_name) <= 255
