"""messages_verify about teams: what is wrong is found, and what lapses is not."""

import uuid
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from vclinic_messages import actions
from vclinic_messages.actions.verifying_teams import team_problems
from vclinic_messages.models import Mailbox, Message, Participant, Team, TeamMember
from vclinic_messages.testing import create_conversation, create_team


@pytest.fixture
def team(admin, doctor):
    return create_team("Front desk", admin, doctor)


@pytest.fixture
def asked(team, patient, admin):
    """A conversation of the team, answered once and taken."""
    conversation = create_conversation(patient, team, "Hello")
    actions.send_message(conversation=conversation, sender=admin, body="Yes?", seen=None)
    actions.send_message(conversation=conversation, sender=patient, body="Thanks")
    actions.assign(conversation=conversation, actor=admin, to=admin)
    return conversation


def shared(team):
    return Mailbox.objects.get(team=team)


def part(asked, team):
    return Participant.objects.filter(conversation=asked, mailbox=shared(team))


def messages():
    """The messages, which only tests can change."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE vclinic_messages_message DISABLE TRIGGER USER")
    return Message.objects


def test_a_sound_clinic_has_no_problems(asked, conversation):
    assert team_problems() == []


def test_what_lapses_is_not_wrong(asked, team, admin, doctor):
    admin.groups.clear()
    assert team_problems() == []
    doctor.delete()
    actions.close_team(team=team)
    assert team_problems() == []
    actions.change_team(team=team, members=[])
    assert team_problems() == []


def test_a_holder_who_is_no_member_is_found(asked, team, doctor2, conversation):
    create_conversation(doctor2, Team.objects.get(), "I am no member")
    other = Mailbox.objects.get(user=doctor2)
    part(asked, team).update(assigned_to=other)
    what = "a conversation taken by somebody who does not belong to its team"
    assert team_problems() == [f"{what}: {part(asked, team).get().pk}"]


def test_a_holder_in_a_conversation_of_persons_is_found(team, conversation, doctor):
    own = Participant.objects.get(conversation=conversation, mailbox__user=doctor)
    Participant.objects.filter(pk=own.pk).update(assigned_to=own.mailbox)
    assert len(team_problems()) == 1


def test_a_team_without_mailbox_is_found(clinic):
    team = Team.objects.create(name="Nobody")
    assert team_problems() == [f"a team without a mailbox: {team.pk}"]


def test_a_team_in_a_team_is_found(team):
    member = TeamMember.objects.create(team=team, mailbox=shared(team))
    assert team_problems() == [f"a member that is a team: {member.pk}"]


def test_a_member_who_writes_elsewhere_is_found(team, conversation):
    for place in (conversation.pk, uuid.uuid4()):
        TeamMember.objects.filter(team=team).update(writing_in=place)
        assert len(team_problems()) == 2


def test_a_team_as_a_patient_is_found(asked, team, patient):
    Participant.objects.filter(conversation=asked).exclude(mailbox=shared(team)).update(role="doctor")
    part(asked, team).update(role="patient")
    assert team_problems() == [f"a team that takes part as a patient: {part(asked, team).get().pk}"]


def test_messages_from_a_wrong_mailbox_are_found(asked, team, patient, admin, conversation):
    answer = messages().get(body="Yes?")
    messages().filter(pk=answer.pk).update(sender=shared(team))
    assert team_problems() == [f"a message whose sender is a team: {answer.pk}"]
    own = Mailbox.objects.get(user=admin)
    messages().filter(pk=answer.pk).update(sender=own, mailbox=Mailbox.objects.get(user=patient))
    assert team_problems() == [f"a message written from the mailbox of another person: {answer.pk}"]
    messages().filter(pk=answer.pk).update(mailbox=own)
    assert team_problems() == [f"a message written from a mailbox that does not take part: {answer.pk}"]


def test_the_command_fails_and_lists_them_without_a_text(asked, team, clinic):
    broken = Team.objects.create(name="Nobody")
    output = StringIO()
    with pytest.raises(CommandError, match="Wrong about teams: 1"):
        call_command("messages_verify", schema="alder", stdout=output)
    assert f"a team without a mailbox: {broken.pk}" in output.getvalue()
    assert "Hello" not in output.getvalue()
