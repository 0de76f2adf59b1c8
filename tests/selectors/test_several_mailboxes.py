"""A viewer who reads their own mailbox and a team's: one list, one count, one cursor."""

import pytest
from django.utils import timezone

from tests.actions.snapshot import mailbox
from tests.roles import change_roles
from vclinic_messages import selectors
from vclinic_messages.actions import refold
from vclinic_messages.models import Conversation, Mailbox, Message, Participant, Role, Team, TeamMember
from vclinic_messages.testing import create_conversation
from vclinic_messages.viewer import load_viewer


@pytest.fixture
def own(patient, doctor):
    """A conversation in the doctor's own mailbox, unread."""
    return create_conversation(patient, doctor, "For the doctor")


@pytest.fixture
def front_desk(own, doctor):
    """A team of which the doctor is a member, with a mailbox."""
    team = Team.objects.create(name="Front desk")
    TeamMember.objects.create(team=team, mailbox=mailbox(doctor))
    return Mailbox.objects.create(team=team, name=team.name)


def write_to(box, patient, text):
    """A conversation of the patient with a team, as the action for teams will write it."""
    conversation = Conversation.objects.create()
    sender = mailbox(patient)
    message = Message.objects.create(
        conversation=conversation,
        sender=sender,
        mailbox=sender,
        sender_name="Maya Ferreira",
        sender_role="patient",
        body=text,
    )
    Conversation.objects.filter(pk=conversation.pk).update(last_message=message, message_count=1)
    for each, role, unread in ((sender, "patient", 0), (box, "admin", 1)):
        Participant.objects.create(
            conversation=conversation,
            mailbox=each,
            name="Somebody",
            role=role,
            last_message=message,
            unread_count=unread,
            waiting_since=timezone.now() if role == "admin" else None,
        )
    return conversation


@pytest.fixture
def shared(front_desk, patient):
    return write_to(front_desk, patient, "For the front desk")


def test_both_mailboxes_are_loaded_the_own_first(shared, doctor, front_desk):
    viewer = load_viewer(doctor)
    assert viewer.mailbox_ids == [mailbox(doctor).pk, front_desk.pk]
    assert [each.team for each in viewer.mailboxes] == [None, front_desk.team_id]
    assert viewer.unread_conversations == 2


def test_the_list_merges_them_newest_first(own, shared, doctor):
    rows = selectors.inbox(load_viewer(doctor)).items
    assert [row.id for row in rows] == [shared.pk, own.pk]
    assert [row.unread_count for row in rows] == [1, 1]


def test_pages_go_through_both(own, shared, front_desk, patient, doctor):
    others = [write_to(front_desk, patient, f"No. {number}") for number in range(3)]
    viewer = load_viewer(doctor)
    found, before = [], None
    for _ in range(3):
        page = selectors.inbox(viewer, selectors.InboxQuery(limit=2, before=before))
        found += [row.id for row in page.items]
        before = page.next
    assert before is None
    assert found == [*(each.pk for each in reversed(others)), shared.pk, own.pk]


def test_a_search_looks_into_both(own, shared, doctor):
    refold()
    viewer = load_viewer(doctor)
    for word, expected in (("desk", [shared.pk]), ("for", [shared.pk, own.pk])):
        found = selectors.inbox(viewer, selectors.InboxQuery(search=word)).items
        assert [row.id for row in found] == expected


def test_a_conversation_in_both_is_listed_once(own, front_desk, doctor):
    Participant.objects.create(
        conversation=own,
        mailbox=front_desk,
        name="Front desk",
        role="admin",
        last_message_id=Conversation.objects.get(pk=own.pk).last_message_id,
    )
    [row] = selectors.inbox(load_viewer(doctor)).items
    assert row.me.mailbox == mailbox(doctor).pk


def test_the_cursor_has_a_position_in_each(own, shared, front_desk, doctor):
    viewer = load_viewer(doctor)
    mine = mailbox(doctor).pk
    news = selectors.live_state(viewer, selectors.Cursor({mine: 0, front_desk.pk: 0}))
    assert [event.conversation for event in news.events] == [own.pk, shared.pk]
    assert set(news.cursor.positions) == {mine, front_desk.pk}
    assert selectors.live_state(viewer, news.cursor).events == []
    # A mailbox that the cursor does not know yet starts at its end.
    joined = selectors.live_state(viewer, selectors.Cursor({mine: 0}))
    assert [event.conversation for event in joined.events] == [own.pk]


def test_what_the_team_wrote_is_no_news_for_its_members(shared, front_desk, doctor):
    message = Message.objects.create(
        conversation=shared,
        sender=mailbox(doctor),
        mailbox=front_desk,
        sender_name="A colleague",
        sender_role="doctor",
        body="An answer",
    )
    Participant.objects.filter(conversation=shared).update(last_message=message)
    Conversation.objects.filter(pk=shared.pk).update(last_message=message)
    events = selectors.live_state(load_viewer(doctor), selectors.Cursor({front_desk.pk: 0})).events
    assert events == []


def test_the_version_of_each_mailbox_is_in_the_tag(shared, front_desk, doctor):
    before = selectors.live_state_etag(load_viewer(doctor))
    Mailbox.objects.filter(pk=front_desk.pk).update(version=7)
    assert selectors.live_state_etag(load_viewer(doctor)) != before


def test_whoever_left_the_staff_reads_for_no_team(own, shared, doctor):
    former = change_roles(doctor, Role.PATIENT)
    viewer = load_viewer(former)
    assert viewer.mailbox_ids == [mailbox(former).pk]
    assert selectors.inbox(viewer).items == []
