"""The sending limit: how many messages a person may send in 60 seconds."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.actions.snapshot import mailbox, message_row
from vclinic_messages import actions
from vclinic_messages.errors import InvalidInput, SendingNotAllowed, Throttled
from vclinic_messages.models import Conversation, Message
from vclinic_messages.policies import oldest_counted_send, seconds_until_next_send
from vclinic_messages.testing import create_conversation


@pytest.fixture(autouse=True)
def three_a_minute(settings):
    settings.VCLINIC_MESSAGES = {**settings.VCLINIC_MESSAGES, "SENDS_PER_MINUTE": 3}


def sent(conversation, sender, *seconds_ago):
    for seconds in seconds_ago:
        message = message_row(conversation, sender, "Hello")
        message.sent_at = timezone.now() - timedelta(seconds=seconds)
        message.save()


def wait(user):
    oldest_counted = next(iter(oldest_counted_send(mailbox(user).pk).values_list("sent_at", flat=True)), None)
    return seconds_until_next_send(oldest_counted)


def test_the_limit_counts_starts_and_replies_together(patient, doctor, admin):
    conversation = create_conversation(patient, doctor)
    actions.start_conversation(sender=patient, recipient=admin, body="Hello")
    actions.send_message(conversation=conversation, sender=patient, body="Hello")
    with pytest.raises(Throttled) as refusal:
        actions.send_message(conversation=conversation, sender=patient, body="Hello")
    assert 1 <= refusal.value.retry_after <= 60
    with pytest.raises(Throttled):
        actions.start_conversation(sender=patient, recipient=admin, body="Hello")
    assert Message.objects.count() == 3
    assert Conversation.objects.count() == 2


def test_every_person_has_their_own_limit(patient, doctor):
    conversation = create_conversation(patient, doctor, "1")
    sent(conversation, patient, 1, 1)
    actions.send_message(conversation=conversation, sender=doctor, body="Hello")


def test_the_wait_ends_when_the_oldest_counted_message_is_a_minute_old(patient, doctor):
    conversation = create_conversation(doctor, patient)
    sent(conversation, patient, 50, 30, 10)
    assert wait(patient) in (9, 10)
    sent(conversation, patient, 5)
    assert wait(patient) in (29, 30)


def test_messages_older_than_a_minute_do_not_count(patient, doctor):
    conversation = create_conversation(doctor, patient)
    sent(conversation, patient, 300, 200, 61, 60, 20, 10)
    assert wait(patient) is None
    actions.send_message(conversation=conversation, sender=patient, body="Hello")
    assert wait(patient) is not None


def test_refused_sends_do_not_count(patient, doctor, patient2):
    conversation = create_conversation(doctor, patient)
    for _ in range(5):
        with pytest.raises(InvalidInput):
            actions.send_message(conversation=conversation, sender=patient, body=" ")
        with pytest.raises(InvalidInput):
            actions.start_conversation(sender=patient, recipient=patient2, body="Hello")
    actions.send_message(conversation=conversation, sender=patient, body="Hello")


def test_idempotent_repeats_neither_count_nor_wait(patient, doctor):
    conversation = create_conversation(doctor, patient)
    first = actions.send_message(conversation=conversation, sender=patient, body="Hello", key="k")
    for _ in range(5):
        assert actions.send_message(conversation=conversation, sender=patient, body="Hello", key="k") == first
    sent(conversation, patient, 1, 1)
    with pytest.raises(Throttled):
        actions.send_message(conversation=conversation, sender=patient, body="Hello", key="new")
    assert actions.send_message(conversation=conversation, sender=patient, body="Hello", key="k") == first


def test_other_errors_are_reported_before_the_limit(patient, doctor):
    conversation = create_conversation(doctor, patient)
    sent(conversation, patient, 1, 1, 1)
    with pytest.raises(InvalidInput):
        actions.send_message(conversation=conversation, sender=patient, body=" ")
    doctor.groups.clear()
    with pytest.raises(SendingNotAllowed):
        actions.send_message(conversation=conversation, sender=patient, body="Hello")


def test_a_portal_sets_the_limit(settings, patient, doctor):
    settings.VCLINIC_MESSAGES = {**settings.VCLINIC_MESSAGES, "SENDS_PER_MINUTE": 1}
    conversation = create_conversation(patient, doctor)
    with pytest.raises(Throttled):
        actions.send_message(conversation=conversation, sender=patient, body="Hello")


@pytest.mark.parametrize(("ahead", "waits"), [(1, True), (59, True), (61, False), (3600, False)])
def test_a_clock_that_went_back_costs_at_most_a_minute(patient, doctor, ahead, waits):
    """The messages of the last minute were sent by a clock that was ahead."""
    conversation = create_conversation(doctor, patient)
    sent(conversation, patient, -ahead, -ahead, -ahead)
    assert (wait(patient) is not None and wait(patient) <= 60) if waits else wait(patient) is None
