"""Idempotency keys: a repeat gives the first answer again, another request with the same key is refused."""

import pytest

from tests.actions.snapshot import rows
from tests.roles import change_roles
from vclinic_messages import actions
from vclinic_messages.errors import (
    ConversationNotFound,
    IdempotencyConflict,
    InvalidInput,
    MessagesDisabled,
    NotAMember,
)
from vclinic_messages.models import Message
from vclinic_messages.testing import create_conversation, switch_messages


@pytest.fixture
def conversation(patient, doctor):
    return create_conversation(patient, doctor)


def send(conversation, sender, body="Hello", key="key"):
    return actions.send_message(conversation=conversation, sender=sender, body=body, key=key)


def start(sender, recipient, body="Hello", key="key"):
    return actions.start_conversation(sender=sender, recipient=recipient, body=body, key=key)


def test_a_repeated_send_gives_the_first_message_and_writes_nothing(conversation, doctor):
    first = send(conversation, doctor)
    before = rows()
    assert send(conversation, doctor) == first
    assert send(conversation.pk, doctor) == first
    assert rows() == before


def test_a_repeated_start_gives_the_first_conversation_and_writes_nothing(patient, doctor):
    first = start(patient, doctor)
    before = rows()
    assert start(patient, doctor) == first
    assert start(patient, str(doctor.pk)) == first
    assert rows() == before


def test_a_repeat_with_other_line_ends_is_the_same_text(conversation, patient, doctor):
    assert send(conversation, doctor, "a\r\nb") == send(conversation, doctor, "a\nb")
    assert start(patient, doctor, "a\r\nb") == start(patient, doctor, "a\rb")


def test_repeats_after_other_messages_give_the_first_again(conversation, patient, doctor):
    first = send(conversation, doctor, key="one")
    send(conversation, doctor, "Another", key="two")
    send(conversation, patient, "Answer")
    assert send(conversation, doctor, key="one") == first


def test_a_repeated_start_after_answers_gives_the_conversation_again(patient, doctor):
    first = start(patient, doctor)
    send(first, doctor, "Answer")
    assert start(patient, doctor) == first


def test_a_key_is_each_persons_own(conversation, patient, doctor):
    assert send(conversation, patient) != send(conversation, doctor)


def test_two_keys_are_two_messages(conversation, doctor):
    assert send(conversation, doctor, key="a") != send(conversation, doctor, key="A")


def test_without_a_key_nothing_is_a_repeat(conversation, doctor):
    assert send(conversation, doctor, key=None) != send(conversation, doctor, key=None)


def conflict(request):
    before = rows()
    with pytest.raises(IdempotencyConflict):
        request()
    assert rows() == before


def test_another_text_is_a_conflict(conversation, patient, doctor):
    send(conversation, doctor, "Hello")
    conflict(lambda: send(conversation, doctor, "Hello!"))
    conflict(lambda: send(conversation, doctor, "Hello "))
    start(patient, doctor, "Hello")
    conflict(lambda: start(patient, doctor, "Hello!"))


def test_another_conversation_is_a_conflict(conversation, patient, doctor):
    other = create_conversation(patient, doctor)
    send(conversation, doctor)
    conflict(lambda: send(other, doctor))


@pytest.mark.parametrize("recipient", ["doctor2", "patient2", "unknown", "oneself", "no key"])
def test_another_recipient_is_a_conflict(patient, patient2, doctor, doctor2, recipient):
    start(patient, doctor)
    others = {
        "doctor2": doctor2,
        "patient2": patient2,
        "unknown": "999999",
        "oneself": patient,
        "no key": "not a key",
    }
    conflict(lambda: start(patient, others[recipient]))


def test_a_reply_with_the_key_of_a_start_is_a_conflict(patient, doctor):
    conversation = start(patient, doctor)
    conflict(lambda: send(conversation, patient))


def test_a_start_with_the_key_of_a_reply_is_a_conflict(conversation, patient, doctor):
    send(conversation, patient)
    conflict(lambda: start(patient, doctor))


def test_a_repeat_is_answered_after_the_recipient_has_left(conversation, patient, doctor):
    reply = send(conversation, patient, key="reply")
    begun = start(patient, doctor, key="start")
    change_roles(doctor)
    assert send(conversation, patient, key="reply") == reply
    assert start(patient, doctor, key="start") == begun


def test_a_repeat_is_answered_after_the_recipients_account_is_gone(patient, doctor):
    key = str(doctor.pk)
    begun = start(patient, doctor)
    doctor.delete()
    assert start(patient, key) == begun


def test_a_repeat_is_answered_after_the_clinic_stopped_starts(patient, doctor):
    begun = start(patient, doctor)
    switch_messages(patients_may_start=False, patients_may_write_to_doctors=False)
    assert start(patient, doctor) == begun


def test_a_repeat_is_refused_where_messages_is_off_or_the_sender_has_left(conversation, doctor):
    send(conversation, doctor)
    doctor = change_roles(doctor)
    with pytest.raises(NotAMember):
        send(conversation, doctor)
    switch_messages(False)
    with pytest.raises(MessagesDisabled):
        send(conversation, doctor)


def test_a_used_key_opens_no_conversation_of_others(conversation, doctor, doctor2, patient2):
    other = create_conversation(patient2, doctor2)
    send(conversation, doctor)
    with pytest.raises(ConversationNotFound):
        send(other, doctor)


@pytest.mark.parametrize("key", ["!", "~", "a" * 128, "3f0e9f6e-7c8e-4ab2-9d3e-0a5a6c1d2e3f", "'\";--%s\\"])
def test_a_key_has_1_to_128_visible_ascii_characters(conversation, doctor, key):
    send(conversation, doctor, key=key)
    assert Message.objects.latest("pk").client_key == key


@pytest.mark.parametrize(
    "key", ["", " ", "a b", "a" * 129, "é", "\x7f", "\t", "\n", "a\n", "\0", "\ud800", "😀"]
)
def test_anything_else_is_no_key(conversation, patient, doctor, key):
    before = rows()
    for request in (lambda: send(conversation, doctor, key=key), lambda: start(patient, doctor, key=key)):
        with pytest.raises(InvalidInput) as refusal:
            request()
        assert set(refusal.value.errors) == {"idempotency_key"}
    assert rows() == before


def test_a_refused_send_does_not_use_up_its_key(conversation, doctor):
    with pytest.raises(InvalidInput):
        send(conversation, doctor, "")
    assert send(conversation, doctor, "Hello").body == "Hello"
