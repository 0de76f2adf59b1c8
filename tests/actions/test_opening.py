"""Opening a conversation is recorded: once per person, conversation and session."""

from __future__ import annotations

import pytest

from tests.api.caller import Caller
from tests.api.statements import statements
from tests.conftest import in_clinic
from tests.pages.visitor import Visitor
from vclinic_messages import actions
from vclinic_messages.errors import ConversationNotFound
from vclinic_messages.models import AuditEvent, Role
from vclinic_messages.testing import create_conversation, create_member
from vclinic_messages.viewer import load_viewer


@pytest.fixture
def conversation(patient, doctor):
    return create_conversation(patient, doctor, "Good morning", "Good morning to you")


@pytest.fixture
def address(conversation):
    return f"/messages/{conversation.pk}/"


def openings():
    found = AuditEvent.objects.filter(action="opened").order_by("pk")
    return list(found.values_list("actor_name", "conversation_id"))


def test_a_session_opens_a_conversation_once(conversation, address, doctor):
    visitor = Visitor(doctor)
    for _ in range(2):
        assert visitor.get(address).status_code == 200
        assert visitor.ask(address, "vcm-main").status_code == 200
        assert visitor.ask(f"{address}?after=0", "vcm-messages").status_code == 200
        assert visitor.get(f"{address}print/").status_code == 200
    assert openings() == [("Amara Okafor", conversation.pk)]


def test_another_session_person_or_conversation_counts_anew(conversation, address, doctor, patient, admin):
    for person in (doctor, doctor, patient):
        Visitor(person).get(address)
    other = create_conversation(admin, doctor)
    visitor = Visitor(doctor)
    visitor.get(address)
    visitor.get(f"/messages/{other.pk}/")
    assert sorted(openings()) == sorted(
        [("Amara Okafor", conversation.pk)] * 3
        + [("Maya Ferreira", conversation.pk), ("Amara Okafor", other.pk)]
    )


def test_the_api_opens_too_and_pages_of_the_same_session_do_not_count_again(conversation, address, doctor):
    caller = Caller(doctor)
    api = f"conversations/{conversation.pk}/"
    for path in (api, f"{api}messages/", f"{api}messages/?after=0"):
        assert caller.get(path).status_code == 200
    assert len(openings()) == 1
    visitor = Visitor()
    visitor.client.cookies = caller.client.cookies
    visitor.get(address)
    assert len(openings()) == 1


def test_the_list_opens_nothing(conversation, doctor):
    Visitor(doctor).get("/messages/")
    Caller(doctor).get("conversations/")
    assert openings() == []


def test_a_strangers_attempt_is_no_opening(conversation, address, patient2):
    assert Visitor(patient2).get(address).status_code == 404
    with pytest.raises(ConversationNotFound):
        actions.open_conversation(viewer=load_viewer(patient2), conversation=conversation.pk)
    assert openings() == []


def test_the_event_does_not_give_the_session_away(conversation, address, doctor):
    visitor = Visitor(doctor)
    visitor.get(address)
    key = visitor.client.cookies["sessionid"].value
    mark = AuditEvent.objects.get(action="opened").session
    assert len(mark) == 24
    assert mark not in key
    assert key not in mark


def test_without_a_session_it_is_once_a_day(conversation, doctor):
    for _ in range(2):
        actions.open_conversation(viewer=load_viewer(doctor), conversation=conversation.pk)
    assert len(openings()) == 1


def test_two_tabs_at_once_are_one_opening(conversation, doctor):
    viewer = load_viewer(doctor, "session")
    actions.open_conversation(viewer=viewer, conversation=conversation.pk)
    event = AuditEvent.objects.get(action="opened")
    event.pk = None
    AuditEvent.objects.bulk_create([event], ignore_conflicts=True)
    assert len(openings()) == 1


def test_the_first_opening_costs_one_statement_more(conversation, address, doctor):
    visitor = Visitor(doctor)
    visitor.get("/messages/")
    first = statements(lambda: visitor.get(address))
    again = statements(lambda: visitor.get(address))
    assert first["own"] == again["own"] + 1
    assert first["own"] <= 6


def test_outside_of_a_transaction_it_costs_no_more(committed):
    """With an id it is found in the transaction of the note."""
    with in_clinic("alder"):
        doctor = create_member(Role.DOCTOR)
        conversation = create_conversation(create_member(Role.PATIENT), doctor)
        viewer = load_viewer(doctor, "session")

        def open_it():
            actions.open_conversation(viewer=viewer, conversation=conversation.pk)

        first, again = statements(open_it), statements(open_it)
        assert (first["own"], again["own"]) == (2, 1)
        assert len(openings()) == 1
