"""Every stored counter can be recounted; wrong ones are found, and repaired on request."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from example_project.demo_data.clinics import CLINICS
from example_project.demo_data.fill import add_conversations, add_people, add_teams
from example_project.demo_data.load import Size, load
from tests.actions.snapshot import assert_counters_are_true, rows, version
from tests.models.sql import execute
from vclinic_messages import actions
from vclinic_messages.models import Conversation, Message, Participant
from vclinic_messages.testing import create_conversation


@pytest.fixture
def conversation(patient, doctor):
    """Four messages; the doctor has read two of the patient's, who waits."""
    conversation = create_conversation(patient, doctor, "One", "Two", "Three")
    last = Message.objects.latest("pk").pk
    actions.mark_read(conversation=conversation, reader=doctor, up_to=last)
    actions.send_message(conversation=conversation, sender=patient, body="Four")
    return conversation


SPOILS = {
    "message count": lambda c: Conversation.objects.filter(pk=c.pk).update(message_count=7),
    "last message": lambda c: Conversation.objects.filter(pk=c.pk).update(
        last_message=Message.objects.earliest("pk")
    ),
    "no waiting": lambda c: Participant.objects.update(waiting_since=None),
    "waiting later": lambda c: Participant.objects.filter(role="doctor").update(waiting_since=timezone.now()),
    "patient waits": lambda c: Participant.objects.filter(role="patient").update(
        waiting_since=timezone.now()
    ),
    "unread": lambda c: Participant.objects.filter(role="doctor").update(unread_count=5),
    "order": lambda c: Participant.objects.filter(role="doctor").update(
        last_message=Message.objects.earliest("pk")
    ),
}


def test_what_the_actions_wrote_is_right(conversation, doctor):
    assert actions.verify_counters() == []
    actions.no_answer_needed(conversation=conversation, actor=doctor)
    assert actions.verify_counters() == []


@pytest.mark.parametrize("spoil", SPOILS)
def test_what_is_wrong_is_found_left_alone_and_set_right_on_request(conversation, doctor, spoil):
    truth = rows()
    SPOILS[spoil](conversation)
    spoilt = rows()
    found = actions.verify_counters()
    assert found
    assert rows() == spoilt
    assert actions.verify_counters(repair=True) == found
    assert actions.verify_counters() == []
    assert_counters_are_true()
    for name in ("Conversation", "Participant", "Message", "AuditEvent"):
        assert rows()[name] == truth[name]


def test_who_was_shown_a_wrong_number_is_told_to_look_again(conversation, doctor):
    before = version(doctor)
    SPOILS["unread"](conversation)
    actions.verify_counters(repair=True)
    assert version(doctor) > before


def test_nobody_waits_where_the_trail_is_pruned_and_nothing_contradicts(conversation, doctor):
    actions.no_answer_needed(conversation=conversation, actor=doctor)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL vclinic_messages.pruning = 'on'")
        cursor.execute("DELETE FROM vclinic_messages_auditevent")
    assert actions.verify_counters() == []
    Participant.objects.filter(role="doctor").update(waiting_since=timezone.now())
    assert [each.column for each in actions.verify_counters()] == ["waiting_since"]


def test_the_command_names_what_is_wrong_and_repairs(conversation, capsys):
    call_command("messages_verify")
    assert "alder: all counters are correct\n" in capsys.readouterr().out
    SPOILS["message count"](conversation)
    with pytest.raises(CommandError, match="Wrong counters: 1"):
        call_command("messages_verify", "--schema", "alder")
    told = f"  conversation {conversation.pk}: message_count is 7, but should be 4\n"
    assert capsys.readouterr().out == f"alder: wrong counters: 1\n{told}"
    call_command("messages_verify", "--schema", "alder", "--repair")
    assert capsys.readouterr().out.startswith("alder: wrong counters: 1, corrected\n")
    call_command("messages_verify")


def test_the_demos_conversations_are_right(clinic):
    data = CLINICS[0]
    users = add_people(data.people)
    add_conversations(data.conversations, users, add_teams(data.teams, users), timezone.now())
    assert actions.verify_counters() == []
    execute("SET CONSTRAINTS ALL DEFERRED")
    load(Size(20, 6, 40, 300, heavy_user="doctor", heavy_conversations=12))
    assert actions.verify_counters() == []
