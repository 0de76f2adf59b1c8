"""Many people at once, with real commits: no deadlock, nothing lost, nothing twice, every number true."""

import random
from itertools import combinations
from threading import Event

import pytest
from django.db import transaction

from tests.actions.snapshot import assert_counters_are_true, waiting_since
from tests.actions.threads import at_once
from tests.conftest import in_clinic
from vclinic_messages import actions, selectors
from vclinic_messages.errors import IdempotencyConflict, Throttled
from vclinic_messages.models import AuditEvent, Conversation, Mailbox, Message, Participant, Role
from vclinic_messages.testing import create_conversation, create_member
from vclinic_messages.viewer import load_viewer


@pytest.fixture(autouse=True)
def clinic(committed):
    with in_clinic("alder"):
        yield


@pytest.fixture
def sends_per_minute(settings):
    def allow(count):
        settings.VCLINIC_MESSAGES = {**settings.VCLINIC_MESSAGES, "SENDS_PER_MINUTE": count}

    allow(100_000)
    return allow


@pytest.fixture
def patient(clinic):
    return create_member(Role.PATIENT)


@pytest.fixture
def doctor(clinic):
    return create_member(Role.DOCTOR)


def send(conversation, sender, body="Hello", **options):
    return actions.send_message(conversation=conversation, sender=sender, body=body, **options)


def test_twenty_threads_write_into_one_conversation(sends_per_minute, patient, doctor):
    conversation = create_conversation(patient, doctor)

    def write(number):
        for _ in range(5):
            send(conversation, patient if number % 2 else doctor)

    at_once(20, write)
    assert Message.objects.count() == 101
    assert Mailbox.objects.get(user=doctor).version == 101
    assert_counters_are_true()


def test_writers_and_readers_in_crossing_conversations_keep_every_number_true(sends_per_minute):
    people = [create_member(Role.DOCTOR) for _ in range(5)]
    conversations = [create_conversation(one, other) for one, other in combinations(people, 2)]

    participants = {
        each.pk: set(Participant.objects.filter(conversation=each).values_list("mailbox__user", flat=True))
        for each in conversations
    }

    def live(number):
        chance = random.Random(number)  # noqa: S311
        for _ in range(12):
            conversation = chance.choice(conversations)
            me = chance.choice([each for each in people if each.pk in participants[conversation.pk]])
            shown = Conversation.objects.get(pk=conversation.pk).last_message_id
            if number % 4 == 0:
                actions.mark_read(conversation=conversation, reader=me, up_to=shown)
            else:
                send(conversation, me, seen=chance.choice([shown, None]))

    at_once(20, live)
    assert Message.objects.count() == len(conversations) + 15 * 12
    assert_counters_are_true()


def test_people_who_never_wrote_before_write_to_each_other_at_once(sends_per_minute):
    people = [create_member(Role.DOCTOR) for _ in range(4)]
    pairs = [(one, other) for one in people for other in people if one != other]
    at_once(len(pairs), lambda number: create_conversation(*pairs[number]))
    assert Conversation.objects.count() == 12
    assert Mailbox.objects.count() == 4
    assert_counters_are_true()


def test_sending_reading_and_closing_at_once_do_not_block_each_other(sends_per_minute, patient, doctor):
    conversation = create_conversation(patient, doctor)

    def live(number):
        for _ in range(8):
            if number % 3 == 0:
                send(conversation, patient)
            elif number % 3 == 1:
                actions.no_answer_needed(conversation=conversation, actor=doctor)
            else:
                newest = Message.objects.filter(conversation=conversation).latest("pk")
                actions.mark_read(conversation=conversation, reader=doctor, up_to=newest.pk)

    at_once(12, live)
    assert_counters_are_true()
    last = AuditEvent.objects.filter(action__in=["started", "sent", "no_answer_needed"]).latest("pk")
    waits = waiting_since(conversation) is not None
    assert waits == (last.action != "no_answer_needed")


def test_a_reader_by_id_sees_every_message_once_and_in_order(sends_per_minute, patient, doctor):
    """Ids of a conversation rise in commit order, so ``?after=`` misses nothing, rollbacks or not."""
    conversation = create_conversation(patient, doctor)
    finished = Event()
    writers = 10

    def write(number):
        for turn in range(10):
            try:
                with transaction.atomic():
                    send(conversation, doctor)
                    if turn % 3 == 2:
                        raise InterruptedError
            except InterruptedError:
                pass

    def read():
        seen = [0]
        while True:
            last_round = finished.is_set()
            newer = Message.objects.filter(conversation=conversation, pk__gt=seen[-1]).order_by("pk")
            seen.extend(newer.values_list("pk", flat=True))
            if last_round:
                return seen[1:]

    def live(number):
        if number == writers:
            return read()
        try:
            return write(number)
        finally:
            if done.pop() == 0:
                finished.set()

    done = list(range(writers))
    *_written, seen = at_once(writers + 1, live)
    assert seen == list(Message.objects.order_by("pk").values_list("pk", flat=True))
    assert len(seen) == 1 + writers * 7
    assert_counters_are_true()


def test_a_reader_by_cursor_hears_of_every_conversations_last_change(sends_per_minute, doctor):
    others = [create_member(Role.PATIENT) for _ in range(6)]
    conversations = [create_conversation(doctor, other) for other in others]
    mailbox = Mailbox.objects.get(user=doctor).pk
    finished = Event()
    done = list(range(len(others)))

    def write(number):
        try:
            for _ in range(10):
                send(conversations[number], others[number])
        finally:
            if done.pop() == 0:
                finished.set()

    def listen():
        heard, cursor = {}, selectors.Cursor({mailbox: 0})
        while True:
            last_round = finished.is_set()
            state = selectors.live_state(load_viewer(doctor), cursor)
            assert state.cursor.positions[mailbox] >= cursor.positions[mailbox]
            assert not state.reset
            cursor = state.cursor
            heard.update({event.conversation: event.message for event in state.events})
            if last_round and not state.events:
                return heard

    def live(number):
        return listen() if number == len(others) else write(number)

    *_written, heard = at_once(len(others) + 1, live)
    assert heard == dict(Conversation.objects.values_list("pk", "last_message"))


def test_one_key_from_twenty_threads_sends_one_message(patient, doctor):
    conversation = create_conversation(patient, doctor)
    sent = at_once(20, lambda number: send(conversation, doctor, key="key").pk)
    assert len(set(sent)) == 1
    assert Message.objects.filter(sender__user=doctor).count() == 1
    assert_counters_are_true()


def test_one_key_from_twenty_threads_starts_one_conversation(patient, doctor):
    def start(number):
        return actions.start_conversation(sender=patient, recipient=doctor, body="Hello", key="key").pk

    assert len(set(at_once(20, start))) == 1
    assert Conversation.objects.count() == Message.objects.count() == 1
    assert Participant.objects.count() == Mailbox.objects.count() == 2
    assert AuditEvent.objects.filter(action="started").count() == 1
    assert_counters_are_true()


def test_a_key_repeated_at_once_is_answered_even_when_it_reached_the_limit(sends_per_minute, patient, doctor):
    sends_per_minute(1)

    def start(number):
        return actions.start_conversation(sender=patient, recipient=doctor, body="Hello", key="key").pk

    assert len(set(at_once(10, start))) == 1


def test_one_key_for_two_conversations_at_once_sends_one_message(patient, doctor):
    conversations = [create_conversation(patient, doctor) for _ in range(2)]

    def attempt(number):
        try:
            return send(conversations[number % 2], doctor, key="key").conversation_id
        except IdempotencyConflict:
            return None

    accepted = set(at_once(10, attempt)) - {None}
    assert len(accepted) == 1
    assert Message.objects.filter(sender__user=doctor).count() == 1
    assert_counters_are_true()


def test_parallel_sends_do_not_exceed_the_limit(sends_per_minute, patient, doctor):
    sends_per_minute(5)
    conversations = [create_conversation(doctor, patient) for _ in range(4)]

    def attempt(number):
        try:
            if number % 5 == 4:
                create_conversation(patient, doctor)
            else:
                send(conversations[number % 4], patient)
        except Throttled:
            return False
        return True

    assert sum(at_once(20, attempt)) == 5
    assert Message.objects.filter(sender__user=patient).count() == 5
    assert_counters_are_true()


def test_people_write_while_names_are_folded_again(sends_per_minute):
    """A refold locks one row at a time, so it and a send never wait for each other in a circle."""
    people = [create_member(Role.DOCTOR) for _ in range(6)]
    conversations = [create_conversation(one, other) for one, other in combinations(people, 2)]

    def work(number):
        for _ in range(6):
            if number == 0:
                for model in (Mailbox, Participant):
                    for row in model.objects.all():
                        model.objects.filter(pk=row.pk).update(folded_name="")
                actions.refold()
                continue
            for conversation in random.sample(conversations, 10):
                participants = list(conversation.participants.order_by("pk"))
                send(conversation, participants[number % 2].mailbox.user)

    at_once(4, work)
    actions.refold()
    assert not Participant.objects.filter(folded_name="").exists()
    assert_counters_are_true()
