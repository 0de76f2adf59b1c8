"""Erasing texts, names and conversations: what goes, what stays, and who may do it."""

from __future__ import annotations

import traceback
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tests.actions.snapshot import age, assert_counters_are_true, last_audit, mailbox, version
from tests.models.sql import execute, refused, rows
from vclinic_messages import actions
from vclinic_messages.actions.erasing import erased_name, erased_text
from vclinic_messages.errors import ConversationNotFound, InvalidInput
from vclinic_messages.models import AuditEvent, Conversation, Draft, Message, MessageWords, Participant, Role
from vclinic_messages.selectors.drafts import DraftPlace
from vclinic_messages.testing import create_conversation, create_member, create_team, switch_messages
from vclinic_messages.viewer import load_viewer

SECRET = "Kumquat rash since Tuesday"
WHY = {"reason": "Patient's letter of November 20", "by": "Data protection officer"}


@pytest.fixture
def conversation(patient, doctor):
    found = create_conversation(patient, doctor, SECRET, "An answer about the kumquat rash")
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    return found


def everything() -> str:
    """The content of all our tables as one text."""
    tables = [name for (name,) in rows("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")]
    ours = [name for name in tables if name.startswith("vclinic_messages_")]
    return "\n".join(str(rows(f'SELECT t::text FROM "{name}" t')) for name in ours).lower()


def test_a_mark_replaces_the_texts_and_everything_else_stays(conversation, patient, doctor):
    before = list(Message.objects.order_by("pk").values("pk", "sender", "sender_name", "sent_at"))
    unread = list(Participant.objects.order_by("pk").values("unread_count", "waiting_since", "name"))
    erased = actions.erase_conversation(conversation=conversation.pk, **WHY)
    assert (erased.conversations, erased.messages) == (1, 2)
    assert set(Message.objects.values_list("body", flat=True)) == {erased_text()}
    assert list(Message.objects.order_by("pk").values("pk", "sender", "sender_name", "sent_at")) == before
    assert list(Participant.objects.order_by("pk").values("unread_count", "waiting_since", "name")) == unread
    assert_counters_are_true()
    assert actions.verify_counters() == []
    assert "kumquat" not in everything()


def test_it_is_recorded_with_who_and_why(conversation):
    actions.erase_conversation(conversation=conversation.pk, **WHY)
    event = last_audit()
    assert (event.action, event.actor_name, event.conversation_id) == ("erased", WHY["by"], conversation.pk)
    assert event.details == {"reason": WHY["reason"], "messages": 2, "whole": False}


def test_drafts_are_emptied_and_their_version_rises(conversation, doctor):
    viewer = load_viewer(doctor)
    draft = actions.save_draft(
        viewer=viewer, place=DraftPlace(conversation=conversation.pk), body="kumquat", version=0
    )
    Draft.objects.update(other="kumquats", other_version=0)
    actions.erase_conversation(conversation=conversation.pk, **WHY)
    stored = Draft.objects.get(pk=draft.pk)
    assert (stored.body, stored.other, stored.version) == ("", "", draft.version + 1)


def test_open_pages_of_the_participants_are_told(conversation, patient, doctor):
    before = version(patient), version(doctor)
    actions.erase_conversation(conversation=conversation.pk, **WHY)
    assert (version(patient), version(doctor)) == (before[0] + 1, before[1] + 1)


def test_people_go_on_writing(conversation, patient):
    actions.erase_conversation(conversation=conversation.pk, **WHY)
    actions.send_message(conversation=conversation, sender=patient, body="Another question")
    assert list(Message.objects.order_by("pk").values_list("body", flat=True))[-1] == "Another question"
    assert_counters_are_true()


def test_a_whole_conversation_goes_and_others_stay(conversation, patient, admin, doctor):
    other = create_conversation(patient, admin, "About a bill")
    here = DraftPlace(conversation=conversation.pk)
    actions.save_draft(viewer=load_viewer(doctor), place=here, body="kumquat", version=0)
    taken = DraftPlace(recipient=str(admin.pk))
    actions.save_draft(viewer=load_viewer(doctor), place=taken, was=here, body="Taken along", version=1)
    assert Draft.objects.get(body="Taken along").origin == conversation
    actions.erase_conversation(conversation=conversation.pk, whole=True, **WHY)
    assert list(Conversation.objects.values_list("pk", flat=True)) == [other.pk]
    assert list(Message.objects.values_list("body", flat=True)) == ["About a bill"]
    assert MessageWords.objects.count() == 1
    assert actions.verify_counters() == []
    assert last_audit().details["whole"] is True
    assert "kumquat" not in everything()


def test_a_patient_goes_with_all_conversations_and_the_name(conversation, patient, doctor, admin):
    name = mailbox(patient).name.lower()
    create_conversation(patient, admin, "The kumquat again")
    actions.save_draft(
        viewer=load_viewer(doctor), place=DraftPlace(recipient=str(patient.pk)), body="kumquat", version=0
    )
    assert name in everything()
    erased = actions.erase_patient(mailbox=mailbox(patient).pk, **WHY)
    assert (erased.conversations, erased.messages) == (2, 3)
    left = everything()
    assert name not in left and "kumquat" not in left
    assert mailbox(patient).name == erased_name()
    assert mailbox(doctor).name.lower() in left
    assert actions.verify_counters() == []


def test_a_patient_whose_account_is_deleted_goes_too(conversation, patient, doctor):
    box = mailbox(patient)
    patient.delete()
    assert box.name in last_audit().details["name"]
    actions.erase_patient(mailbox=box.pk, **WHY)
    assert box.name.lower() not in everything()


def test_another_person_with_the_key_of_a_deleted_account_keeps_their_name(conversation, patient, doctor):
    key, old = patient.pk, mailbox(patient).pk
    patient.delete()
    successor = create_member(Role.PATIENT, pk=key, first_name="Quentin", last_name="Successor")
    create_conversation(successor, doctor, "Hello")
    actions.erase_patient(mailbox=old, **WHY)
    mine = AuditEvent.objects.filter(actor=key).order_by("pk")
    assert [event.actor_name for event in mine if event.actor_name != erased_name()] == ["Quentin Successor"]
    assert Message.objects.order_by("pk").last().body == "Hello"


def test_staff_are_not_erased(conversation, doctor):
    with pytest.raises(InvalidInput) as refusal:
        actions.erase_patient(mailbox=mailbox(doctor).pk, **WHY)
    assert refusal.value.errors["patient"][0].code == "not_a_patient"
    assert Message.objects.filter(body=SECRET).exists()


def test_a_conversation_in_which_they_wrote_as_staff_may_be_on_hold(conversation, patient, doctor, admin):
    """Somebody who was staff before, and wrote for themselves and for a team."""
    patient.groups.set(admin.groups.all())
    mine = create_conversation(patient, doctor, "About a colleague")
    shared = create_conversation(create_member(Role.PATIENT), create_team("Front desk", patient), "Hello")
    actions.send_message(conversation=shared, sender=patient, body="Good morning")
    for held in (mine, shared):
        actions.hold_conversation(conversation=held.pk, **WHY)
        with pytest.raises(InvalidInput) as refusal:
            actions.erase_patient(mailbox=mailbox(patient).pk, **WHY)
        assert refusal.value.errors["conversation"][0].code == "on_hold"
        actions.release_conversation(conversation=held.pk, **WHY)
    assert Message.objects.filter(body=SECRET).exists()
    actions.erase_patient(mailbox=mailbox(patient).pk, **WHY)
    assert not Message.objects.filter(sender=mailbox(patient)).exclude(sender_name=erased_name()).exists()


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_a_reason_is_needed(conversation, reason):
    with pytest.raises(InvalidInput):
        actions.erase_conversation(conversation=conversation.pk, reason=reason, by="Somebody")
    assert Message.objects.filter(body=SECRET).exists()


def test_a_conversation_that_does_not_exist(conversation):
    with pytest.raises(ConversationNotFound):
        actions.erase_conversation(conversation=uuid4(), **WHY)


def test_nothing_of_a_conversation_on_hold_is_erased(conversation, patient):
    actions.hold_conversation(conversation=conversation.pk, **WHY)
    assert (last_audit().action, last_audit().details) == ("held", {"reason": WHY["reason"]})
    for erase in (
        lambda: actions.erase_conversation(conversation=conversation.pk, **WHY),
        lambda: actions.erase_conversation(conversation=conversation.pk, whole=True, **WHY),
        lambda: actions.erase_patient(mailbox=mailbox(patient).pk, **WHY),
    ):
        with pytest.raises(InvalidInput) as refusal:
            erase()
        assert refusal.value.errors["conversation"][0].code == "on_hold"
    assert Message.objects.filter(body=SECRET).exists()
    actions.release_conversation(conversation=conversation.pk, **WHY)
    assert last_audit().action == "released"
    assert actions.erase_conversation(conversation=conversation.pk, **WHY).messages == 2


def test_a_repeated_hold_is_recorded_once(conversation):
    for _repeat in range(2):
        actions.hold_conversation(conversation=conversation.pk, **WHY)
    assert AuditEvent.objects.filter(action="held").count() == 1


class TestRetention:
    def test_nothing_goes_without_a_setting(self, conversation):
        age(conversation, days=20_000)
        assert actions.erase_expired().conversations == 0

    def test_the_texts_of_what_is_older_go_once(self, conversation, patient, admin):
        recent = create_conversation(patient, admin, "Recent", "Answered")
        switch_messages(retention_years=10)
        age(conversation, days=3660)
        age(recent, days=3640)
        assert actions.erase_expired().messages == 2
        assert actions.erase_expired().messages == 0
        assert set(Message.objects.filter(conversation=recent).values_list("body", flat=True)) == {
            "Recent",
            "Answered",
        }
        assert AuditEvent.objects.filter(action="erased").count() == 1
        assert "10" in last_audit().details["reason"]

    def test_whole_conversations_go_where_the_clinic_says_so(self, conversation):
        switch_messages(retention_years=1, retention_removes_all=True)
        age(conversation, days=400)
        assert actions.erase_expired().conversations == 1
        assert not Conversation.objects.exists()

    def test_what_waits_or_is_on_hold_stays(self, conversation, patient, admin):
        waiting = create_conversation(patient, admin, "Still waiting")
        switch_messages(retention_years=1)
        for each in (conversation, waiting):
            age(each, days=400)
        actions.hold_conversation(conversation=conversation.pk, **WHY)
        assert actions.erase_expired().conversations == 0
        actions.release_conversation(conversation=conversation.pk, **WHY)
        assert actions.erase_expired().conversations == 1
        assert Message.objects.filter(body="Still waiting").exists()

    def test_an_erased_conversation_that_went_on_is_erased_again(self, conversation, patient, doctor):
        switch_messages(retention_years=1)
        actions.erase_conversation(conversation=conversation.pk, **WHY)
        for writer, body in ((patient, "More"), (doctor, "Answer")):
            actions.send_message(conversation=conversation, sender=writer, body=body)
        Conversation.objects.update(erased_at=timezone.now() - timedelta(days=500))
        age(conversation, days=400)
        assert actions.erase_expired().conversations == 1
        assert set(Message.objects.values_list("body", flat=True)) == {erased_text()}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE vclinic_messages_message SET sent_at = now()",
        "UPDATE vclinic_messages_message SET sender_id = 0",
        "UPDATE vclinic_messages_message SET sender_role = 'admin', body = 'another'",
        "UPDATE vclinic_messages_auditevent SET at = now()",
        "UPDATE vclinic_messages_auditevent SET action = 'sent'",
        "DELETE FROM vclinic_messages_auditevent",
        "TRUNCATE vclinic_messages_message CASCADE",
    ],
)
def test_the_switch_for_erasing_opens_texts_and_names_only(conversation, statement):
    execute("SET LOCAL vclinic_messages.erasing = 'on'")
    with refused("append-only"):
        execute(statement)


def test_the_switch_is_off_again_in_the_same_transaction(conversation):
    actions.erase_conversation(conversation=conversation.pk, **WHY)
    assert connection.in_atomic_block
    with refused("append-only"):
        execute("UPDATE vclinic_messages_message SET body = 'another'")


@pytest.mark.parametrize("action", [actions.erase_conversation, actions.hold_conversation])
def test_what_the_database_refuses_quotes_no_reason(conversation, action):
    """Without row security, the server quotes the row of the audit trail."""
    table = "ALTER TABLE vclinic_messages_auditevent"
    rule = "ADD CONSTRAINT vcm_test_rule CHECK (action NOT IN ('erased', 'held'))"
    execute(f"{table} {rule}, DISABLE ROW LEVEL SECURITY")
    with pytest.raises(IntegrityError, match="vcm_test_rule") as error, transaction.atomic():
        action(conversation=conversation.pk, **WHY)
    assert WHY["reason"] not in "".join(traceback.format_exception(error.value))
