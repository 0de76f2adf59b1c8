"""Taking, handing over, and who is writing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.roles import change_roles
from vclinic_messages import actions, selectors
from vclinic_messages.actions import change_team
from vclinic_messages.errors import ConversationNotFound, InvalidInput, NotForThisRole
from vclinic_messages.models import AuditEvent, Role, TeamMember
from vclinic_messages.testing import create_conversation, create_team
from vclinic_messages.viewer import load_viewer


@pytest.fixture
def team(admin, doctor2):
    return create_team("Front desk", admin, doctor2)


@pytest.fixture
def asked(team, patient):
    return create_conversation(patient, team, "Can I come on Monday?")


def seen_by(user, conversation):
    return selectors.conversation(load_viewer(user), conversation.pk)


def taker(user, conversation):
    found = seen_by(user, conversation).assigned_to
    return found and found.name


def assign(conversation, actor, to):
    actions.assign(conversation=conversation, actor=actor, to=to)


def test_a_member_takes_hands_over_and_gives_back(asked, admin, doctor2, patient):
    assign(asked, admin, admin)
    assert taker(doctor2, asked) == "Ruth Adeyemi"
    assert taker(patient, asked) is None
    assign(asked, admin, str(doctor2.pk))
    assert taker(admin, asked) == "Henrik Solberg"
    assert selectors.inbox(load_viewer(admin)).items[0].assigned_to.id == str(doctor2.pk)
    assign(asked, doctor2, None)
    assert taker(admin, asked) is None
    names = [each.details["name"] for each in AuditEvent.objects.filter(action="assigned").order_by("pk")]
    assert names == ["Ruth Adeyemi", "Henrik Solberg", ""]


def test_nothing_new_is_not_recorded(asked, admin):
    assign(asked, admin, admin)
    assign(asked, admin, admin)
    assert AuditEvent.objects.filter(action="assigned").count() == 1


def test_only_within_the_team(asked, admin, doctor, patient):
    for outsider in (doctor, patient):
        with pytest.raises(InvalidInput) as refusal:
            assign(asked, admin, outsider)
        assert refusal.value.errors["to"][0].code == "invalid_choice"
    with pytest.raises(ConversationNotFound):
        assign(asked, doctor, doctor)
    with pytest.raises(NotForThisRole):
        assign(asked, patient, None)


def test_not_to_somebody_who_is_no_longer_staff(asked, admin, doctor2):
    change_roles(doctor2, Role.PATIENT)
    with pytest.raises(InvalidInput):
        assign(asked, admin, doctor2)


def test_not_in_a_personal_conversation(conversation, doctor):
    with pytest.raises(NotForThisRole):
        assign(conversation, doctor, doctor)


def answers(conversation, holder, team, admin):
    actions.send_message(
        conversation=conversation, sender=holder, body="Yes", seen=conversation.last_message_id
    )


def leaves(conversation, holder, team, admin):
    change_team(team=team, members=[admin])
    change_team(team=team, members=[admin, holder])


def loses_the_role(conversation, holder, team, admin):
    change_roles(holder, Role.PATIENT)


@pytest.mark.parametrize("ends", [answers, leaves, loses_the_role])
def test_it_ends_with_its_holder(asked, admin, doctor2, team, ends):
    assign(asked, admin, doctor2)
    ends(asked, doctor2, team, admin)
    assert taker(admin, asked) is None


def test_a_colleagues_answer_leaves_it(asked, admin, doctor2, team):
    assign(asked, admin, doctor2)
    answers(asked, admin, team, admin)
    assert taker(admin, asked) == "Henrik Solberg"


def test_colleagues_see_who_writes_and_nobody_else(asked, admin, doctor2, patient, heard):
    heard.clear()
    actions.note_writing(viewer=load_viewer(admin), conversation=asked.pk)
    assert heard.poked() == {str(admin.pk), str(doctor2.pk)}
    assert [each.name for each in seen_by(doctor2, asked).writing] == ["Ruth Adeyemi"]
    assert seen_by(admin, asked).writing == ()
    assert seen_by(patient, asked).writing == ()


def test_at_most_one_poke_in_twenty_seconds(asked, admin, heard):
    viewer = load_viewer(admin)
    actions.note_writing(viewer=viewer, conversation=asked.pk)
    heard.clear()
    actions.note_writing(viewer=viewer, conversation=asked.pk)
    assert heard.poked() == set()
    TeamMember.objects.update(writing_at=timezone.now() - timedelta(seconds=21))
    actions.note_writing(viewer=viewer, conversation=asked.pk)
    assert str(admin.pk) in heard.poked()


def test_it_ends_by_itself_and_with_the_send(asked, admin, doctor2, team):
    actions.note_writing(viewer=load_viewer(admin), conversation=asked.pk)
    TeamMember.objects.update(writing_at=timezone.now() - timedelta(seconds=21))
    assert seen_by(doctor2, asked).writing == ()
    actions.note_writing(viewer=load_viewer(admin), conversation=asked.pk)
    answers(asked, admin, team, admin)
    assert seen_by(doctor2, asked).writing == ()


def test_writing_in_a_personal_conversation_tells_nobody(conversation, doctor, heard):
    heard.clear()
    actions.note_writing(viewer=load_viewer(doctor), conversation=conversation.pk)
    assert heard.poked() == set()


def test_writing_needs_to_read(asked, doctor):
    with pytest.raises(ConversationNotFound):
        actions.note_writing(viewer=load_viewer(doctor), conversation=asked.pk)
