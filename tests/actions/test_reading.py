"""mark_read and no_answer_needed: what they write."""

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
    AnsweredMeanwhile,
    ConversationNotFound,
    InvalidInput,
    MessagesDisabled,
    NotAMember,
    NotForThisRole,
)
from vclinic_messages.models import Message, Role
from vclinic_messages.testing import create_conversation, switch_messages


@pytest.fixture
def conversation(patient, doctor):
    """Three messages of the patient, none read by the doctor."""
    conversation = create_conversation(patient, doctor, "1")
    for body in "23":
        actions.send_message(conversation=conversation, sender=patient, body=body)
    return conversation


@pytest.fixture
def ids(conversation):
    return list(Message.objects.order_by("pk").values_list("pk", flat=True))


def read(conversation, reader, up_to):
    return actions.mark_read(conversation=conversation, reader=reader, up_to=up_to)


def test_reading_up_to_a_message_leaves_the_newer_ones_unread(conversation, doctor, ids):
    assert read(conversation, doctor, ids[1]) == 1
    mine = participant(conversation, doctor)
    assert (mine.unread_count, mine.last_read_message_id) == (1, ids[1])
    assert mine.last_read_at is not None
    assert read(conversation, doctor, ids[2]) == 0
    assert participant(conversation, doctor).unread_count == 0


def test_the_mark_only_moves_forward(conversation, doctor, ids):
    read(conversation, doctor, ids[2])
    before = rows()
    assert read(conversation, doctor, ids[0]) == 0
    assert read(conversation, doctor, ids[2]) == 0
    assert rows() == before


def test_the_writer_is_told_only_with_read_receipts(conversation, patient, doctor, ids):
    before = version(patient)
    read(conversation, doctor, ids[1])
    assert version(patient) == before
    switch_messages(read_receipts=True)
    read(conversation, doctor, ids[2])
    assert version(patient) == before + 1
    read(conversation, doctor, ids[2])
    assert version(patient) == before + 1


def test_reading_changes_the_version_and_not_the_order(conversation, doctor, ids):
    before = version(doctor)
    read(conversation, doctor, ids[0])
    assert version(doctor) == before + 1
    assert participant(conversation, doctor).last_message_id == ids[2]


def test_reading_writes_the_present_name_of_the_reader(conversation, doctor, ids):
    doctor.last_name = "Okafor-Lee"
    doctor.save()
    read(conversation, doctor, ids[0])
    assert mailbox(doctor).name == "Amara Okafor-Lee"


def test_reading_touches_nobody_else(conversation, patient, doctor, ids):
    before = participant(conversation, patient), mailbox(patient)
    waiting = waiting_since(conversation)
    read(conversation, doctor, ids[2])
    assert (participant(conversation, patient), mailbox(patient)) == before
    assert waiting_since(conversation) == waiting is not None


def test_the_answer_counts_conversations(conversation, patient, doctor, ids):
    other = create_conversation(patient, doctor)
    assert read(conversation, doctor, ids[0]) == 2
    assert read(conversation, doctor, ids[2]) == 1
    assert read(other, doctor, Message.objects.latest("pk").pk) == 0


def test_own_messages_are_never_unread(conversation, patient, ids):
    assert participant(conversation, patient).unread_count == 0
    assert read(conversation, patient, ids[0]) == 0
    assert_counters_are_true()


@pytest.mark.parametrize("up_to", [0, -1, 2**63 - 1, 2**63, 10**30])
def test_an_id_that_is_none_is_invalid(conversation, doctor, up_to):
    before = rows()
    with pytest.raises(InvalidInput) as refusal:
        read(conversation, doctor, up_to)
    assert set(refusal.value.errors) == {"message"}
    assert rows() == before


def test_an_id_of_another_conversation_is_invalid(conversation, patient, doctor):
    create_conversation(patient, doctor)
    with pytest.raises(InvalidInput):
        read(conversation, doctor, Message.objects.latest("pk").pk)


def test_reading_is_refused_in_the_contracts_order(conversation, doctor2, nobody):
    with pytest.raises(ConversationNotFound):
        read(conversation, doctor2, -1)
    with pytest.raises(ConversationNotFound):
        read(uuid.uuid4(), doctor2, -1)
    with pytest.raises(NotAMember):
        read(conversation, nobody, -1)
    switch_messages(False)
    with pytest.raises(MessagesDisabled):
        read(conversation, nobody, -1)


def test_who_may_no_longer_write_may_still_read(conversation, patient, doctor, ids):
    patient.delete()
    assert read(conversation, doctor, ids[2]) == 0
    doctor = change_roles(doctor, Role.ADMIN)
    assert read(conversation, doctor, ids[2]) == 0


def test_staff_take_a_conversation_off_the_waiting_list(conversation, patient, doctor):
    before = version(doctor)
    actions.no_answer_needed(conversation=conversation, actor=doctor)
    assert waiting_since(conversation) is None
    assert version(doctor) == before + 1
    event = last_audit()
    assert (event.action, event.actor_id, event.actor_name) == ("no_answer_needed", doctor.pk, "Amara Okafor")
    assert (event.conversation_id, event.message_id) == (conversation.pk, None)


def test_it_waits_again_when_the_patient_writes_again(conversation, patient, doctor):
    actions.no_answer_needed(conversation=conversation, actor=doctor)
    message = actions.send_message(conversation=conversation, sender=patient, body="Still there?")
    assert waiting_since(conversation) == message.sent_at


def test_it_changes_nothing_else_and_only_once(conversation, doctor):
    actions.no_answer_needed(conversation=conversation, actor=doctor)
    assert participant(conversation, doctor).unread_count == 3
    before = rows()
    actions.no_answer_needed(conversation=conversation, actor=doctor)
    assert rows() == before


def test_undone_it_waits_as_long_as_before(conversation, doctor):
    since, before = waiting_since(conversation), version(doctor)
    actions.no_answer_needed(conversation=conversation, actor=doctor)
    actions.undo_no_answer_needed(conversation=conversation, actor=doctor)
    assert waiting_since(conversation) == since
    assert version(doctor) == before + 2
    assert (last_audit().action, last_audit().actor_id) == ("answer_needed", doctor.pk)
    assert actions.verify_counters() == []
    again = rows()
    actions.undo_no_answer_needed(conversation=conversation, actor=doctor)
    assert rows() == again


@pytest.mark.parametrize("writer", ["patient", "doctor"])
def test_it_is_not_undone_once_somebody_has_written(conversation, patient, doctor, writer):
    actions.no_answer_needed(conversation=conversation, actor=doctor)
    sender = {"patient": patient, "doctor": doctor}[writer]
    actions.send_message(conversation=conversation, sender=sender, body="One thing more")
    before = rows()
    with pytest.raises(AnsweredMeanwhile):
        actions.undo_no_answer_needed(conversation=conversation, actor=doctor)
    assert rows() == before


def test_a_repeat_of_undoing_is_refused_once_the_patient_has_written(conversation, patient, doctor):
    actions.no_answer_needed(conversation=conversation, actor=doctor)
    for _time in range(2):
        actions.undo_no_answer_needed(conversation=conversation, actor=doctor)
    actions.send_message(conversation=conversation, sender=patient, body="One thing more")
    before = rows()
    with pytest.raises(AnsweredMeanwhile):
        actions.undo_no_answer_needed(conversation=conversation, actor=doctor)
    assert rows() == before


def test_the_last_removal_alone_is_undone(conversation, patient, doctor):
    actions.no_answer_needed(conversation=conversation, actor=doctor)
    message = actions.send_message(conversation=conversation, sender=patient, body="Still there?")
    actions.no_answer_needed(conversation=conversation, actor=doctor)
    actions.undo_no_answer_needed(conversation=conversation, actor=doctor)
    assert waiting_since(conversation) == message.sent_at
    assert actions.verify_counters() == []


@pytest.mark.parametrize("decide", [actions.no_answer_needed, actions.undo_no_answer_needed])
def test_a_patient_is_not_asked_whether_an_answer_is_needed(conversation, patient, decide):
    before = rows()
    with pytest.raises(NotForThisRole):
        decide(conversation=conversation, actor=patient)
    assert rows() == before


@pytest.mark.parametrize(
    ("who", "error"),
    [("doctor2", ConversationNotFound), ("nobody", NotAMember), ("doctor", NotForThisRole)],
)
def test_only_staff_participants_in_their_role_decide(conversation, doctor, doctor2, nobody, who, error):
    doctor = change_roles(doctor, Role.ADMIN)
    actor = {"doctor": doctor, "doctor2": doctor2, "nobody": nobody}[who]
    before = rows()
    with pytest.raises(error):
        actions.no_answer_needed(conversation=conversation, actor=actor)
    assert rows() == before


def test_nothing_is_decided_while_messages_is_off(conversation, doctor):
    switch_messages(False)
    with pytest.raises(MessagesDisabled):
        actions.no_answer_needed(conversation=conversation, actor=doctor)
    assert waiting_since(conversation) is not None
