"""Whoever is no longer staff reads no patient, and keeps their own conversations as a patient."""

import pytest

from tests.actions.snapshot import mailbox, rows
from tests.api.caller import Caller, refusal
from tests.pages.visitor import Visitor
from tests.roles import change_roles
from vclinic_messages import actions, selectors
from vclinic_messages.errors import ConversationNotFound
from vclinic_messages.models import Message, Role
from vclinic_messages.testing import create_conversation, switch_messages
from vclinic_messages.viewer import load_viewer

TEXT = "Only for my doctor"


@pytest.fixture
def as_staff(patient, doctor):
    """A conversation in which the doctor took part as a doctor, unread."""
    return create_conversation(patient, doctor, TEXT)


@pytest.fixture
def former(as_staff, doctor):
    """The doctor, who has left the staff and is a patient of the clinic now."""
    return change_roles(doctor, Role.PATIENT)


@pytest.fixture
def as_patient(former, admin):
    """A conversation that they begin as a patient, and that has been answered."""
    return create_conversation(former, admin, "May I come?", "Please do")


def test_it_is_in_no_list_search_or_count(former, as_staff):
    viewer = load_viewer(former)
    assert viewer.unread_conversations == 0
    for query in (
        selectors.InboxQuery(),
        selectors.InboxQuery(show=selectors.Show.UNREAD),
        selectors.InboxQuery(show=selectors.Show.WAITING),
        selectors.InboxQuery(search="doctor"),
        selectors.InboxQuery(after=0),
    ):
        assert selectors.inbox(viewer, query).items == []
    assert selectors.recent_recipients(viewer) == []


def test_it_is_no_news(former, as_staff):
    viewer = load_viewer(former)
    state = selectors.live_state(viewer, selectors.Cursor({mailbox(former).pk: 0}))
    assert (state.events, str(state.cursor)) == ([], f"{mailbox(former).pk}-0")


@pytest.mark.parametrize(
    "act",
    [
        lambda user, it: selectors.conversation(load_viewer(user), it),
        lambda user, it: actions.open_conversation(viewer=load_viewer(user), conversation=it),
        lambda user, it: actions.download_conversation(
            viewer=load_viewer(user), conversation=it, format="json"
        ),
        lambda user, it: actions.send_message(conversation=it, sender=user, body="Hello"),
        lambda user, it: actions.mark_read(
            conversation=it, reader=user, up_to=Message.objects.earliest("pk").pk
        ),
        lambda user, it: actions.no_answer_needed(conversation=it, actor=user),
    ],
    ids=["look", "open", "download", "send", "read", "no answer needed"],
)
def test_it_does_not_exist_for_any_action(former, as_staff, act):
    before = rows()
    with pytest.raises(ConversationNotFound):
        act(former, as_staff.pk)
    assert rows() == before


def test_every_address_answers_as_to_a_stranger(former, as_staff, patient2):
    api = f"conversations/{as_staff.pk}/"
    for user in (former, patient2):
        caller, visitor = Caller(user), Visitor(user)
        for path in (api, f"{api}messages/"):
            assert refusal(caller.get(path)) == (404, "not_found")
        for path, data in [
            ("messages/", {"body": "Hi"}),
            ("read/", {"message": 1}),
            ("no-answer-needed/", {}),
        ]:
            assert refusal(caller.post(api + path, data)) == (404, "not_found")
        for path in ("", "print/", "download/?format=json", "download/?format=fhir"):
            response = visitor.get(f"/messages/{as_staff.pk}/{path}")
            assert response.status_code == 404
            assert TEXT not in response.content.decode()


def test_their_own_conversations_as_a_patient_stay(former, as_staff, as_patient):
    viewer = load_viewer(former)
    assert [row.id for row in selectors.inbox(viewer).items] == [as_patient.pk]
    assert viewer.unread_conversations == 1
    newest = Message.objects.latest("pk").pk
    state = selectors.live_state(viewer, selectors.Cursor({mailbox(former).pk: 0}))
    assert [event.conversation for event in state.events] == [as_patient.pk]
    assert actions.mark_read(conversation=as_patient, reader=former, up_to=newest) == 0
    actions.send_message(conversation=as_patient, sender=former, body="Thank you")


def test_as_staff_again_they_read_both(former, as_staff, as_patient):
    again = change_roles(former, Role.DOCTOR)
    found = selectors.inbox(load_viewer(again)).items
    assert {row.id for row in found} == {as_staff.pk, as_patient.pk}


def test_another_role_of_the_staff_reads_on(as_staff, doctor):
    moved = change_roles(doctor, Role.ADMIN)
    [row] = selectors.inbox(load_viewer(moved)).items
    assert row.cannot_reply.reason == "role_changed"


def test_switching_messages_off_comes_first(former, as_staff):
    switch_messages(False)
    assert refusal(Caller(former).get(f"conversations/{as_staff.pk}/")) == (403, "messages_disabled")
