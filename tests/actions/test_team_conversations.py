"""Conversations with a team: who may write, who reads, and what the counters say."""

import pytest
from django.db import connection
from django.db.utils import IntegrityError
from django.test.utils import CaptureQueriesContext

from tests.actions.snapshot import assert_counters_are_true
from tests.roles import change_roles
from vclinic_messages import actions, selectors
from vclinic_messages.actions import change_team, close_team, verify_counters
from vclinic_messages.errors import (
    AnsweredMeanwhile,
    ConversationNotFound,
    InvalidInput,
    SendingNotAllowed,
)
from vclinic_messages.models import Mailbox, Message, Participant, Role
from vclinic_messages.teams import recipient_id
from vclinic_messages.testing import create_conversation, create_team, switch_messages
from vclinic_messages.viewer import load_viewer


@pytest.fixture
def colleague(clinic, doctor2):
    return doctor2


@pytest.fixture
def team(admin, colleague):
    return create_team("Front desk", admin, colleague, description="Appointments, forms, bills")


@pytest.fixture
def asked(team, patient):
    return create_conversation(patient, team, "Can I come on Monday?")


def part(conversation, team):
    return Participant.objects.get(conversation=conversation, mailbox__team=team)


def listed(user):
    return [row.id for row in selectors.inbox(load_viewer(user)).items]


def send(conversation, sender, body="Yes", seen=None):
    return actions.send_message(conversation=conversation, sender=sender, body=body, seen=seen)


def start(sender, team, body="Hello", **more):
    return actions.start_conversation(sender=sender, recipient=team, body=body, **more)


def test_a_patient_writes_to_a_team(asked, team, patient):
    mine = Participant.objects.get(conversation=asked, mailbox__user=patient)
    shared = part(asked, team)
    assert (mine.role, shared.role, shared.name) == ("patient", "admin", "Front desk")
    assert (mine.unread_count, shared.unread_count) == (0, 1)
    assert shared.waiting_since is not None
    assert_counters_are_true()


def test_every_member_sees_it_as_the_same(asked, admin, colleague):
    for member in (admin, colleague):
        viewer = load_viewer(member)
        assert (viewer.unread_conversations, viewer.waiting_conversations) == (1, 1)
        [row] = selectors.inbox(viewer).items
        assert (row.id, row.unread_count, row.can_reply, row.is_for_team) == (asked.pk, 1, True, True)
        assert row.team.name == "Front desk"
        assert row.team.members == ["Henrik Solberg", "Ruth Adeyemi"]
        assert [each.name for each in row.others] == ["Maya Ferreira"]


def test_the_patient_sees_the_team_and_who_reads(asked, team, patient):
    [row] = selectors.inbox(load_viewer(patient)).items
    assert row.team.id == recipient_id(team.pk)
    assert row.team.members == ["Henrik Solberg", "Ruth Adeyemi"]
    assert not row.is_for_team
    [other] = row.others
    assert (other.id, other.name, other.role, other.description) == (
        recipient_id(team.pk),
        "Front desk",
        Role.ADMIN,
        "Appointments, forms, bills",
    )


def test_a_member_answers_for_the_team_with_their_own_role(asked, team, colleague, patient):
    message = send(asked, colleague)
    stored = Message.objects.get(pk=message.pk)
    assert (stored.sender.user_id, stored.mailbox.team_id) == (colleague.pk, team.pk)
    assert (stored.sender_name, stored.sender_role) == ("Henrik Solberg", "doctor")
    assert part(asked, team).waiting_since is None
    viewer = load_viewer(patient)
    summary = selectors.conversation(viewer, asked.pk)
    item = selectors.conversation_messages(viewer, summary).items[-1]
    assert (item.sender.id, item.sender.name, item.for_team.name) == (
        str(colleague.pk),
        "Henrik Solberg",
        "Front desk",
    )
    assert not item.sender.is_me
    assert_counters_are_true()
    assert verify_counters() == []


def test_what_a_colleague_wrote_is_neither_unread_nor_news(asked, admin, colleague):
    cursor = selectors.Cursor.present(load_viewer(admin))
    message = send(asked, colleague)
    viewer = load_viewer(admin)
    assert selectors.live_state(viewer, cursor).events == []
    summary = selectors.conversation(viewer, asked.pk)
    assert summary.unread_count == 1  # the question, which nobody has marked as read
    actions.mark_read(conversation=asked, reader=admin, up_to=message.pk)
    send(asked, colleague, "One more thing", seen=message.pk)
    assert load_viewer(admin).unread_conversations == 0


def test_reading_by_one_is_reading(asked, admin, colleague):
    assert actions.mark_read(conversation=asked, reader=admin, up_to=asked.last_message_id) == 0
    assert load_viewer(colleague).unread_conversations == 0


def test_the_unread_count_of_reading_is_that_of_all_mailboxes(asked, admin, patient):
    create_conversation(patient, admin, "For you alone")
    assert actions.mark_read(conversation=asked, reader=admin, up_to=asked.last_message_id) == 1


@pytest.mark.parametrize("joins", [True, False])
def test_only_members_read(asked, team, doctor, admin, joins):
    if joins:
        change_team(team=team, members=[admin, doctor])
        assert listed(doctor) == [asked.pk]
        send(asked, doctor)
        return
    assert listed(doctor) == []
    with pytest.raises(ConversationNotFound):
        selectors.conversation(load_viewer(doctor), asked.pk)
    with pytest.raises(ConversationNotFound):
        send(asked, doctor)
    with pytest.raises(ConversationNotFound):
        actions.mark_read(conversation=asked, reader=doctor, up_to=asked.last_message_id)
    with pytest.raises(ConversationNotFound):
        actions.no_answer_needed(conversation=asked, actor=doctor)


def leave(team, person, others):
    change_team(team=team, members=others)
    return person


def lose_the_role(team, person, others):
    return change_roles(person, Role.PATIENT)


@pytest.mark.parametrize("ends", [leave, lose_the_role])
def test_whoever_leaves_or_loses_the_role_reads_nothing_any_more(asked, team, admin, colleague, ends):
    send(asked, colleague)
    former = ends(team, colleague, [admin])
    viewer = load_viewer(former)
    assert viewer.unread_conversations == viewer.waiting_conversations == 0
    assert selectors.inbox(viewer, selectors.InboxQuery(search="Monday")).items == []
    assert listed(former) == []
    assert selectors.live_state(viewer, selectors.Cursor({part(asked, team).mailbox_id: 0})).events == []
    for attempt in (
        lambda: send(asked, former),
        lambda: actions.mark_read(conversation=asked, reader=former, up_to=asked.last_message_id),
        lambda: actions.download_conversation(viewer=viewer, conversation=asked.pk, format="json"),
        lambda: actions.print_conversation(viewer=viewer, conversation=asked.pk),
        lambda: actions.save_draft(
            viewer=viewer, place=selectors.DraftPlace(conversation=asked.pk), body="a", version=0
        ),
        lambda: actions.no_answer_needed(conversation=asked, actor=former),
    ):
        with pytest.raises(ConversationNotFound):
            attempt()
    [row] = selectors.inbox(load_viewer(admin)).items
    assert row.team.members == ["Ruth Adeyemi"]


@pytest.mark.parametrize(
    ("role", "is_open", "allowed"),
    [
        (Role.PATIENT, True, True),
        (Role.PATIENT, False, False),
        (Role.DOCTOR, True, True),
        (Role.DOCTOR, False, True),
        (Role.ADMIN, True, True),
        (Role.ADMIN, False, True),
    ],
)
@pytest.mark.parametrize("to_doctors", [True, False])
def test_who_may_write_to_a_team(team, patient, doctor, role, is_open, allowed, to_doctors):
    switch_messages(patients_may_write_to_doctors=to_doctors)
    change_team(team=team, is_open_to_patients=is_open)
    sender = patient if role is Role.PATIENT else change_roles(doctor, role)
    assert [each.name for each in selectors.teams(load_viewer(sender))] == (["Front desk"] if allowed else [])
    if allowed:
        assert start(sender, recipient_id(team.pk)).participants.count() == 2
    else:
        with pytest.raises(InvalidInput) as refusal:
            start(sender, team)
        assert refusal.value.errors["recipient"][0].code == "recipient_not_allowed"


def test_members_do_not_write_to_their_own_team(team, admin):
    with pytest.raises(InvalidInput):
        start(admin, team)
    assert selectors.teams(load_viewer(admin)) == []


def test_a_team_without_present_members_receives_nothing(asked, team, admin, colleague, patient):
    change_roles(admin)
    change_roles(colleague, Role.PATIENT)
    assert selectors.teams(load_viewer(patient)) == []
    with pytest.raises(InvalidInput):
        start(patient, team)
    with pytest.raises(SendingNotAllowed) as refusal:
        send(asked, patient)
    assert refusal.value.reason == "other_left"
    assert not selectors.conversation(load_viewer(patient), asked.pk).can_reply


@pytest.mark.parametrize("recipient", ["team:", "team:7", "team:00000000-0000-0000-0000-000000000000"])
def test_a_team_that_does_not_exist_is_refused_like_a_person(patient, recipient):
    with pytest.raises(InvalidInput) as refusal:
        start(patient, recipient)
    assert refusal.value.errors["recipient"][0].code == "recipient_not_allowed"


def test_a_closed_team_is_read_only(asked, team, admin, patient):
    close_team(team=team)
    assert listed(admin) == [asked.pk]
    for person, reason in ((admin, "team_closed"), (patient, "other_left")):
        summary = selectors.conversation(load_viewer(person), asked.pk)
        assert summary.cannot_reply.reason == reason
        with pytest.raises(SendingNotAllowed) as refusal:
            send(asked, person)
        assert refusal.value.reason == reason
    with pytest.raises(InvalidInput):
        start(patient, team)
    # It waits still, and a member takes it off the list.
    assert load_viewer(admin).waiting_conversations == 1
    actions.no_answer_needed(conversation=asked, actor=admin)
    assert load_viewer(admin).waiting_conversations == 0


def test_a_repeat_with_the_same_key_sends_once(asked, team, patient, admin):
    first = start(patient, team, "Again", key="k1")
    assert start(patient, recipient_id(team.pk), "Again", key="k1").pk == first.pk
    answer = actions.send_message(conversation=first, sender=admin, body="Yes", key="k2")
    again = actions.send_message(conversation=first, sender=admin, body="Yes", key="k2")
    assert again.pk == answer.pk


def test_two_patients_never_share_a_conversation(asked, patient2):
    box = Mailbox.objects.create(user=patient2, name="Joana Lopes")
    with pytest.raises(IntegrityError, match="vcm_one_patient"):
        Participant.objects.create(conversation=asked, mailbox=box, name="Joana Lopes", role="patient")


def test_a_member_who_has_not_seen_the_colleagues_answer_is_refused(asked, admin, colleague):
    question = asked.last_message_id
    answer = send(asked, admin, "Yes, at nine", seen=question)
    for seen in (question, None):
        with pytest.raises(AnsweredMeanwhile) as refusal:
            send(asked, colleague, "Yes, at ten", seen=seen)
        assert refusal.value.message == answer.pk
    assert Message.objects.count() == 2
    send(asked, colleague, "Yes, at ten", seen=answer.pk)
    # Their own messages they know.
    send(asked, colleague, "Bring the form", seen=answer.pk)


def test_personal_conversations_are_unaffected(conversation, doctor, patient):
    send(conversation, doctor)
    send(conversation, patient)
    send(conversation, doctor)


def test_a_patient_is_never_refused_for_an_answer(asked, admin, patient):
    send(asked, admin, seen=asked.last_message_id)
    send(asked, patient)


def test_whoever_wrote_to_a_team_and_joins_it_sees_one_conversation(team, admin, doctor):
    conversation = start(doctor, team)
    change_team(team=team, members=[admin, doctor])
    assert listed(doctor) == [conversation.pk]
    summary = selectors.conversation(load_viewer(doctor), conversation.pk)
    assert not summary.is_for_team
    actions.mark_read(conversation=conversation, reader=doctor, up_to=conversation.last_message_id)
    assert load_viewer(doctor).unread_conversations == 0


def test_a_list_can_be_narrowed_to_a_mailbox(asked, team, admin, patient):
    own = create_conversation(patient, admin, "For you alone")
    viewer = load_viewer(admin)
    for mailbox, expected in ((viewer.own_mailbox, own.pk), (part(asked, team).mailbox_id, asked.pk)):
        rows = selectors.inbox(viewer, selectors.InboxQuery(mailbox=mailbox)).items
        assert [row.id for row in rows] == [expected]
    assert selectors.inbox(viewer, selectors.InboxQuery(mailbox=0)).items == []


def test_all_members_are_poked(asked, team, admin, colleague, patient, heard):
    heard.clear()
    send(asked, patient)
    assert heard.poked() == {str(admin.pk), str(colleague.pk), str(patient.pk)}


def test_a_draft_of_a_new_message_to_a_team(team, patient):
    viewer = load_viewer(patient)
    place = selectors.DraftPlace(recipient=recipient_id(team.pk))
    saved = actions.save_draft(viewer=viewer, place=place, body="Not yet", version=0)
    viewer = load_viewer(patient)
    [draft] = selectors.draft_items(selectors.new_message_drafts(viewer))
    assert (draft.recipient, draft.recipient_name) == (recipient_id(team.pk), "Front desk")
    [row] = selectors.inbox(viewer, selectors.InboxQuery(with_new_message_drafts=True)).new_message_drafts
    assert (row.recipient.id, row.recipient.name) == (recipient_id(team.pk), "Front desk")
    start(patient, team, "Not yet", draft=saved.version)
    assert not selectors.new_message_drafts(viewer).exists()


def test_a_members_draft_is_their_own(asked, admin, colleague):
    place = selectors.DraftPlace(conversation=asked.pk)
    actions.save_draft(viewer=load_viewer(admin), place=place, body="Not yet", version=0)
    assert (
        selectors.draft_at(load_viewer(admin), selectors.DraftPlace(conversation=asked.pk)).body == "Not yet"
    )
    assert selectors.draft_at(load_viewer(colleague), selectors.DraftPlace(conversation=asked.pk)) is None


def test_a_member_sends_in_at_most_eight_statements(asked, admin):
    with CaptureQueriesContext(connection) as captured:
        send(asked, admin, seen=asked.last_message_id)
    # The NOTIFY names our channel.
    assert sum("vclinic_messages" in query["sql"] for query in captured.captured_queries) <= 8
