"""Accounts that are gone: the record stays, and reads as it was."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tests.actions.snapshot import last_audit, rows
from vclinic_messages import actions, selectors
from vclinic_messages.errors import ConversationNotFound, SendingNotAllowed, Throttled
from vclinic_messages.models import Draft, Mailbox, Message
from vclinic_messages.testing import create_conversation
from vclinic_messages.viewer import load_viewer


@pytest.fixture
def conversation(patient, doctor):
    return create_conversation(patient, doctor, "Hello", "Hello back")


@pytest.mark.parametrize("how", ["one", "many"])
def test_deleting_an_account_keeps_the_record(conversation, patient, doctor, how):
    before = rows()
    if how == "one":
        doctor.delete()
    else:
        type(doctor).objects.filter(pk=doctor.pk).delete()
    assert Mailbox.objects.filter(user=None).count() == 1
    after = rows()
    for table in ("Conversation", "Participant", "Message"):
        assert after[table] == before[table]
    assert after["AuditEvent"][:-1] == before["AuditEvent"]


def test_the_other_reads_on_under_the_name_they_had(conversation, patient, doctor):
    doctor.delete()
    viewer = load_viewer(patient)
    [row] = selectors.inbox(viewer).items
    [gone] = row.others
    assert (gone.id, gone.name, gone.role, gone.description) == (None, "Amara Okafor", "doctor", "")
    assert row.cannot_reply is not None
    assert row.cannot_reply.reason == "other_left"
    assert "555-0100" in row.cannot_reply.detail
    senders = [item.sender for item in selectors.conversation_messages(viewer, row).items]
    assert [(sender.id, sender.name) for sender in senders] == [
        (str(patient.pk), "Maya Ferreira"),
        (None, "Amara Okafor"),
    ]
    with pytest.raises(SendingNotAllowed):
        actions.send_message(conversation=conversation, sender=patient, body="Hello?")


def test_someone_inactive_keeps_an_id_and_cannot_be_answered(conversation, patient, doctor):
    doctor.is_active = False
    doctor.save()
    [row] = selectors.inbox(load_viewer(patient)).items
    assert row.others[0].id == str(doctor.pk)
    assert row.cannot_reply is not None
    assert row.cannot_reply.reason == "other_left"


def test_a_conversation_of_two_departed_people_can_still_be_counted(conversation, patient, doctor):
    patient.delete()
    doctor.delete()
    assert set(Mailbox.objects.values_list("user", "name")) == {
        (None, "Maya Ferreira"),
        (None, "Amara Okafor"),
    }
    assert actions.verify_counters() == []


def make_again(user):
    """A new account with the key and the role of a deleted one."""
    key, groups = user.pk, list(user.groups.all())
    user.delete()
    again = type(user).objects.create_user(f"{user.username}-again", pk=key)
    again.groups.set(groups)
    return again


def test_an_account_that_is_made_again_with_its_old_key_starts_empty(conversation, patient, doctor):
    key = "key-of-the-deleted-account"
    actions.send_message(conversation=conversation, sender=doctor, body="Hello", key=key)
    again = make_again(doctor)
    viewer = load_viewer(again)
    assert (viewer.mailboxes, viewer.unread_conversations) == ((), 0)
    assert selectors.inbox(viewer).items == []
    with pytest.raises(ConversationNotFound):
        selectors.conversation(viewer, conversation.pk)
    with pytest.raises(ConversationNotFound):
        actions.send_message(conversation=conversation, sender=again, body="Hello")
    with pytest.raises(ConversationNotFound):
        actions.mark_read(conversation=conversation, reader=again, up_to=Message.objects.latest("pk").pk)
    new = actions.start_conversation(sender=again, recipient=patient, body="Hello", key=key)
    assert new != conversation
    [row] = selectors.inbox(load_viewer(again)).items
    assert row.id == new.pk


def test_the_sending_limit_of_a_deleted_account_is_not_inherited(conversation, patient, doctor, settings):
    settings.VCLINIC_MESSAGES = {**settings.VCLINIC_MESSAGES, "SENDS_PER_MINUTE": 2}
    actions.send_message(conversation=conversation, sender=doctor, body="Second")
    with pytest.raises(Throttled):
        actions.send_message(conversation=conversation, sender=doctor, body="Third")
    actions.start_conversation(sender=make_again(doctor), recipient=patient, body="First")


def test_the_others_see_the_messages_of_a_deleted_account_as_its_own(conversation, patient, doctor):
    again = make_again(doctor)
    viewer = load_viewer(patient)
    [row] = selectors.inbox(viewer).items
    senders = [item.sender.id for item in selectors.conversation_messages(viewer, row).items]
    assert senders == [str(patient.pk), None]
    assert str(again.pk) not in senders


def test_severing_deletes_the_drafts_and_is_recorded(conversation, doctor):
    mailbox, key = Mailbox.objects.get(user=doctor), doctor.pk
    Draft.objects.create(author=mailbox, conversation=conversation, body="Not sent")
    doctor.delete()
    assert not Draft.objects.exists()
    event = last_audit()
    assert (event.action, event.actor_name) == ("severed", "")
    assert event.details == {"mailbox": mailbox.pk, "name": "Amara Okafor", "account": str(key)}


def delete_behind_djangos_back(user):
    """As a portal with shared users does from another clinic, or a hand in the database."""
    with connection.cursor() as cursor:
        for table in ("auth_user_groups", "auth_user_user_permissions"):
            cursor.execute(f"DELETE FROM {table} WHERE user_id = %s", [user.pk])
        cursor.execute("DELETE FROM people_profile WHERE user_id = %s", [user.pk])
        cursor.execute("DELETE FROM auth_user WHERE id = %s", [user.pk])


def test_the_command_reports_mailboxes_without_an_account_and_severs_them(conversation, doctor, capsys):
    delete_behind_djangos_back(doctor)
    with pytest.raises(CommandError, match="--sever"):
        call_command("messages_verify", "--schema", "alder")
    assert "mailboxes without an account: 1" in capsys.readouterr().out
    assert Mailbox.objects.filter(user__isnull=True).count() == 0
    call_command("messages_verify", "--schema", "alder", "--sever", "--yes")
    assert Mailbox.objects.filter(user__isnull=True).count() == 1
    assert last_audit().action == "severed"
    call_command("messages_verify", "--schema", "alder")


def test_the_command_refuses_to_sever_many(conversation, patient, doctor, capsys):
    """One of two accounts is more than 1 %: a restored user table looks like that."""
    delete_behind_djangos_back(doctor)
    with pytest.raises(CommandError, match="--yes"):
        call_command("messages_verify", "--schema", "alder", "--sever")
    assert not Mailbox.objects.filter(user__isnull=True).exists()
