"""``live/state/``: what is new since a cursor. Asking does not extend a session."""

import pytest
from django.contrib.sessions.models import Session

from tests.api.caller import refusal
from tests.pages.visitor import Visitor, only
from vclinic_messages import actions
from vclinic_messages.models import Message, Role
from vclinic_messages.testing import create_conversation, create_member, switch_messages


@pytest.fixture
def state(api, doctor):
    caller = api(doctor)

    def get(query="", **headers):
        return caller.get(f"live/state/{query}", **headers)

    return get


def test_it_has_exactly_the_contracts_keys(state, conversation):
    response = state("?after=0")
    assert response.status_code == 200
    assert response.json() == {
        "cursor": 1,
        "unread_conversations": 1,
        "events": [
            {
                "seq": 1,
                "conversation": str(conversation.pk),
                "url": f"/messages/{conversation.pk}/",
                "sender": "Maya Ferreira",
            }
        ],
        "more": False,
        "reset": False,
        "stream": False,
        "poll": 20,
    }


def test_the_first_request_gets_no_old_events(state, conversation):
    data = state().json()
    assert (data["cursor"], data["events"], data["unread_conversations"]) == (1, [], 1)


def test_the_cursor_of_an_empty_mailbox_is_zero(state):
    data = state().json()
    assert (data["cursor"], data["events"], data["more"], data["reset"]) == (0, [], False, False)


def test_it_never_contains_a_text(state, patient, doctor):
    create_conversation(patient, doctor, "A secret of Maya")
    assert b"secret" not in state("?after=0").content


def test_it_contains_only_newer_conversations(state, conversation, patient):
    cursor = state().json()["cursor"]
    assert state(f"?after={cursor}").json()["events"] == []
    actions.send_message(conversation=conversation, sender=patient, body="More")
    [event] = state(f"?after={cursor}").json()["events"]
    assert event["seq"] == cursor + 1


def test_it_does_not_contain_the_viewers_own_messages(state, conversation, doctor):
    cursor = state().json()["cursor"]
    actions.send_message(conversation=conversation, sender=doctor, body="Answer")
    data = state(f"?after={cursor}").json()
    assert (data["cursor"], data["events"]) == (cursor + 1, [])


def test_it_does_not_contain_what_was_read_elsewhere(state, conversation, doctor):
    actions.mark_read(conversation=conversation, reader=doctor, up_to=Message.objects.get().pk)
    data = state("?after=0").json()
    assert (data["events"], data["unread_conversations"]) == ([], 0)


def test_it_contains_a_conversation_once_with_its_newest_sender(state, conversation, patient):
    for _ in range(3):
        actions.send_message(conversation=conversation, sender=patient, body="More")
    [event] = state("?after=0").json()["events"]
    assert event["seq"] == 4


def test_a_cursor_that_is_ahead_is_reset(state, conversation):
    data = state("?after=1000").json()
    assert (data["cursor"], data["events"], data["reset"]) == (1, [], True)


def test_many_conversations_come_in_portions(state, unlimited, doctor):
    for _ in range(45):
        create_conversation(create_member(Role.PATIENT), doctor)
    cursor, told = 0, []
    for more in (True, True, False):
        data = state(f"?after={cursor}").json()
        assert data["more"] is more
        told += [event["seq"] for event in data["events"]]
        cursor = data["cursor"]
    assert told == list(range(1, 46))
    assert cursor == 45


@pytest.mark.parametrize("after", ["", "x", "-1", "1.5", "9" * 20, "9223372036854775808", "%00"])
def test_an_invalid_cursor_is_refused(state, conversation, after):
    assert refusal(state(f"?after={after}")) == (400, "invalid_cursor")


def test_nothing_new_is_a_304_without_a_body(state, conversation):
    first = state("?after=1")
    assert first.headers["Cache-Control"] == "private, no-cache"
    tag = first.headers["ETag"]
    for known in (tag, tag.removeprefix("W/"), f'"other", {tag}'):
        again = state("?after=1", If_None_Match=known)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == tag


@pytest.mark.parametrize("query", ["", "?after=0", "?after=2"])
def test_only_the_current_cursor_gets_a_304(state, conversation, query):
    tag = state("?after=1").headers["ETag"]
    assert state(query, If_None_Match=tag).status_code == 200


def test_another_tag_gets_the_state(state, conversation):
    for tag in ('"other"', 'W/"other"', "", "nonsense"):
        assert state("?after=1", If_None_Match=tag).status_code == 200


def test_a_page_comes_with_the_tag_of_the_state_that_it_shows(state, conversation, doctor):
    def tag():
        return only(Visitor(doctor).get("/"), "[data-vcm-live]")["data-tag"]

    before = tag()
    assert state("?after=1").headers["ETag"] == before
    switch_messages(phone="555-0300")
    assert state("?after=1").headers["ETag"] == tag() != before


@pytest.mark.parametrize("change", ["reading", "settings", "message"])
def test_every_change_gets_the_state(state, conversation, patient, doctor, change):
    tag = state("?after=1").headers["ETag"]
    if change == "reading":
        actions.mark_read(conversation=conversation, reader=doctor, up_to=Message.objects.get().pk)
    elif change == "settings":
        switch_messages(phone="555-0300")
    else:
        actions.send_message(conversation=conversation, sender=patient, body="More")
    response = state("?after=1", If_None_Match=tag)
    assert response.status_code == 200
    assert response.headers["ETag"] != tag


def test_a_tag_of_one_person_does_not_match_for_another(state, api, conversation, patient):
    tag = state("?after=1").headers["ETag"]
    assert api(patient).get("live/state/?after=1", If_None_Match=tag).status_code == 200


def test_a_known_tag_does_not_hide_that_messages_is_off(state, conversation, doctor):
    tag = state("?after=1").headers["ETag"]
    switch_messages(False)
    assert refusal(state("?after=1", If_None_Match=tag)) == (403, "messages_disabled")
    switch_messages()
    doctor.groups.clear()
    assert refusal(state("?after=1", If_None_Match=tag)) == (403, "not_a_member")


def test_a_portal_may_hide_who_wrote(state, conversation, settings):
    settings.VCLINIC_MESSAGES = {
        **settings.VCLINIC_MESSAGES,
        "LIVE": {"SHOW_SENDER": False, "POLL_SECONDS": 60},
    }
    data = state("?after=0").json()
    assert data["events"][0]["sender"] is None
    assert data["poll"] == 60


def test_polling_does_not_extend_the_session(state, conversation, settings):
    settings.SESSION_SAVE_EVERY_REQUEST = True
    before = Session.objects.get().expire_date
    for query in ("", "?after=0", "?after=x"):
        state(query)
    assert Session.objects.get().expire_date == before


def test_other_calls_still_extend_it(api, conversation, doctor, settings):
    settings.SESSION_SAVE_EVERY_REQUEST = True
    caller = api(doctor)
    before = Session.objects.get().expire_date
    assert "sessionid" in caller.get("conversations/").cookies
    assert Session.objects.get().expire_date > before
