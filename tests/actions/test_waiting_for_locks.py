"""A writer that has to wait for another decides nothing on old rows, and nobody deadlocks."""

from contextlib import contextmanager
from threading import Event, Thread

import pytest
from django.db import connection, transaction

from tests.actions.snapshot import age, last_audit, mailbox, waiting_since
from tests.conftest import in_clinic
from tests.polling import wait_until
from vclinic_messages import actions
from vclinic_messages.actions.mailboxes import lock_mailboxes
from vclinic_messages.actions.verifying_teams import team_problems
from vclinic_messages.errors import MessagesError
from vclinic_messages.models import AuditEvent, Mailbox, Message, Role
from vclinic_messages.testing import create_conversation, create_member, create_team, switch_messages


@pytest.fixture(autouse=True)
def clinic(committed):
    with in_clinic("alder"):
        yield


@pytest.fixture
def patient(clinic):
    return create_member(Role.PATIENT)


@pytest.fixture
def doctor(clinic):
    return create_member(Role.DOCTOR)


@contextmanager
def under_way(work):
    """Do something in a transaction of another connection, and commit it at the end of the block."""
    done, finish = Event(), Event()

    def run():
        try:
            with in_clinic("alder"), transaction.atomic():
                work()
                done.set()
                assert finish.wait(20)
        finally:
            done.set()
            connection.close()

    thread = Thread(target=run)
    thread.start()
    assert done.wait(20)
    try:
        yield
    finally:
        finish.set()
        thread.join(20)


def in_background(work):
    def run():
        try:
            with in_clinic("alder"):
                work()
        finally:
            connection.close()

    thread = Thread(target=run)
    thread.start()
    return thread


def wait_until_somebody_waits():
    def somebody_waits() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            return bool(cursor.fetchone()[0])

    wait_until(somebody_waits, seconds=20, failure="nobody waits")


def test_what_was_answered_meanwhile_is_not_recorded_as_needing_no_answer(patient, doctor):
    conversation = create_conversation(patient, doctor)
    with under_way(lambda: actions.send_message(conversation=conversation, sender=doctor, body="Come in")):
        closing = in_background(lambda: actions.no_answer_needed(conversation=conversation, actor=doctor))
        wait_until_somebody_waits()
    closing.join(20)
    assert waiting_since(conversation) is None
    assert last_audit().action == "sent"


def test_what_the_patient_wrote_meanwhile_is_closed_too(patient, doctor):
    conversation = create_conversation(doctor, patient)
    with under_way(lambda: actions.send_message(conversation=conversation, sender=patient, body="And this?")):
        closing = in_background(lambda: actions.no_answer_needed(conversation=conversation, actor=doctor))
        wait_until_somebody_waits()
    closing.join(20)
    assert waiting_since(conversation) is None
    assert last_audit().action == "no_answer_needed"


def test_the_deletion_of_an_account_waits_for_no_mailbox(patient, doctor):
    """Several accounts are deleted in another order than sends lock mailboxes: waiting could deadlock."""
    create_conversation(patient, doctor)
    box = mailbox(doctor).pk
    with under_way(lambda: lock_mailboxes([box])), transaction.atomic():
        doctor.delete()
        assert Mailbox.objects.get(pk=box).user_id is not None
        transaction.on_commit(lambda: None)
        transaction.set_rollback(True)
    assert Mailbox.objects.get(pk=box).user_id is not None


def test_a_mailbox_that_was_locked_is_severed_after_the_deletion(patient, doctor):
    create_conversation(patient, doctor)
    box = mailbox(doctor).pk
    with under_way(lambda: lock_mailboxes([box])):
        deleting = in_background(doctor.delete)
        wait_until_somebody_waits()
    deleting.join(20)
    assert Mailbox.objects.get(pk=box).user_id is None
    assert AuditEvent.objects.filter(action="severed").count() == 1


def test_a_repair_waits_for_writers_without_holding_a_lock(patient, doctor):
    conversation = create_conversation(patient, doctor)
    box = mailbox(doctor).pk
    with under_way(lambda: lock_mailboxes([box])):
        repairing = in_background(lambda: actions.verify_counters(repair=True))
        # The repair must not keep others from the tables that it could already have locked.
        message = actions.send_message(
            conversation=create_conversation(patient, create_member("admin")), sender=patient, body="!"
        )
        assert message.pk
    repairing.join(20)
    assert not repairing.is_alive()
    assert conversation.pk


@pytest.mark.parametrize("what", ["a message", "a hold"])
def test_what_is_written_or_held_while_the_eraser_waits_stays(patient, doctor, what):
    conversation = create_conversation(patient, doctor, "Old", "Answered")
    switch_messages(retention_years=1)
    age(conversation, days=400)

    def keep():
        if what == "a message":
            actions.send_message(conversation=conversation, sender=doctor, body="New")
        else:
            actions.hold_conversation(conversation=conversation.pk, reason="Court", by="Lawyer")

    found = []
    with under_way(keep):
        eraser = in_background(lambda: found.append(actions.erase_expired()))
        wait_until_somebody_waits()
    eraser.join(20)
    assert [each.conversations for each in found] == [0]
    assert Message.objects.filter(body="Old").exists()


@pytest.mark.parametrize("whole", [False, True])
def test_a_conversation_that_the_patient_starts_at_that_moment_is_erased_too(patient, doctor, whole):
    create_conversation(patient, doctor, "Kumquat")
    box = mailbox(patient).pk
    with under_way(lambda: create_conversation(patient, doctor, "Kumquat again")):
        erasing = in_background(
            lambda: actions.erase_patient(mailbox=box, reason="A letter", by="Officer", whole=whole)
        )
        wait_until_somebody_waits()
    erasing.join(20)
    assert not erasing.is_alive()
    assert Message.objects.count() == (0 if whole else 2)
    assert not Message.objects.filter(body__startswith="Kumquat").exists()
    assert AuditEvent.objects.filter(action="erased").count() == 2


@pytest.fixture
def asked(clinic, patient, doctor):
    """A team of the doctor and a colleague, and what a patient asked it."""
    colleague = create_member(Role.ADMIN)
    team = create_team("Front desk", doctor, colleague)
    return team, create_conversation(patient, team, "Hello"), colleague


def refused_meanwhile(change, work):
    """Return what ``work`` raised that had to wait for ``change``."""
    raised = []

    def try_it():
        try:
            work()
        except MessagesError as refusal:
            raised.append(refusal.code)

    with under_way(change):
        trying = in_background(try_it)
        wait_until_somebody_waits()
    trying.join(20)
    assert not trying.is_alive()
    return raised


def test_whoever_leaves_a_team_while_sending_does_not_write_for_it(asked, doctor):
    team, conversation, colleague = asked
    raised = refused_meanwhile(
        lambda: actions.change_team(team=team, members=[colleague]),
        lambda: actions.send_message(conversation=conversation, sender=doctor, body="Yes"),
    )
    assert raised == ["not_found"]
    assert Message.objects.count() == 1


def test_nobody_writes_to_a_team_that_is_closed_meanwhile(asked, patient):
    team, conversation, _colleague = asked
    raised = refused_meanwhile(
        lambda: actions.close_team(team=team),
        lambda: actions.send_message(conversation=conversation, sender=patient, body="And now?"),
    )
    assert raised == ["sending_not_allowed"]
    assert Message.objects.count() == 1


def test_nobody_starts_a_conversation_with_a_team_that_is_closed_meanwhile(asked, patient2):
    team, _conversation, _colleague = asked
    raised = refused_meanwhile(
        lambda: actions.close_team(team=team),
        lambda: actions.start_conversation(sender=patient2, recipient=team, body="Hello"),
    )
    assert raised == ["invalid"]
    assert Message.objects.count() == 1


def test_a_conversation_is_not_handed_to_somebody_who_leaves_meanwhile(asked, doctor):
    team, conversation, colleague = asked
    raised = refused_meanwhile(
        lambda: actions.change_team(team=team, members=[doctor]),
        lambda: actions.assign(conversation=conversation, actor=doctor, to=colleague),
    )
    assert raised == ["invalid"]
    assert team_problems() == []
