"""``live/state/``: what is new since a cursor. Asking does not extend a session."""

import pytest
from django.contrib.sessions.models import Session

from tests.actions.snapshot import mailbox
from tests.api.caller import refusal
from tests.options import set_live_options
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


@pytest.fixture
def position(doctor):
    """Return a function that writes a cursor: the doctor knows everything up to this message."""
    return lambda message: f"{mailbox(doctor).pk}-{message}"


@pytest.fixture
def nothing_known(conversation, position):
    return f"?after={position(0)}"


@pytest.fixture
def everything_known(conversation, position):
    return f"?after={position(Message.objects.get().pk)}"


def test_it_has_exactly_the_contracts_keys(state, conversation, nothing_known, position):
    response = state(nothing_known)
    message = Message.objects.get().pk
    assert response.status_code == 200
    assert response.json() == {
        "cursor": position(message),
        "unread_conversations": 1,
        "events": [
            {
                "message": message,
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


def test_the_first_request_gets_no_old_events(state, conversation, position):
    data = state().json()
    cursor = position(Message.objects.get().pk)
    assert (data["cursor"], data["events"], data["unread_conversations"]) == (cursor, [], 1)


def test_the_first_message_that_somebody_ever_gets_is_an_event(state, patient, doctor):
    """They have no mailbox when they get their first cursor."""
    data = state().json()
    assert (data["events"], data["more"], data["reset"]) == ([], False, False)
    assert state(f"?after={data['cursor']}").json()["cursor"] == data["cursor"]
    conversation = create_conversation(patient, doctor)
    data = state(f"?after={data['cursor']}").json()
    assert [event["conversation"] for event in data["events"]] == [str(conversation.pk)]
    assert state(f"?after={data['cursor']}").json()["events"] == []


def test_a_mailbox_that_is_not_in_the_cursor_starts_at_its_end(state, conversation):
    data = state("?after=999999999-5").json()
    assert (data["events"], data["reset"]) == ([], False)


def test_it_never_contains_a_text(state, patient, doctor, position):
    create_conversation(patient, doctor, "A secret of Maya")
    assert b"secret" not in state(f"?after={position(0)}").content


def test_it_contains_only_newer_conversations(state, conversation, patient):
    cursor = state().json()["cursor"]
    assert state(f"?after={cursor}").json()["events"] == []
    actions.send_message(conversation=conversation, sender=patient, body="More")
    [event] = state(f"?after={cursor}").json()["events"]
    assert event["message"] == Message.objects.latest("pk").pk


def test_it_does_not_contain_the_viewers_own_messages(state, conversation, doctor, position):
    cursor = state().json()["cursor"]
    message = actions.send_message(conversation=conversation, sender=doctor, body="Answer")
    data = state(f"?after={cursor}").json()
    assert (data["cursor"], data["events"]) == (position(message.pk), [])


def test_it_does_not_contain_what_was_read_elsewhere(state, conversation, doctor, nothing_known):
    actions.mark_read(conversation=conversation, reader=doctor, up_to=Message.objects.get().pk)
    data = state(nothing_known).json()
    assert (data["events"], data["unread_conversations"]) == ([], 0)


def test_it_contains_a_conversation_once_with_its_newest_message(state, conversation, patient, nothing_known):
    for _ in range(3):
        message = actions.send_message(conversation=conversation, sender=patient, body="More")
    [event] = state(nothing_known).json()["events"]
    assert event["message"] == message.pk


def test_a_cursor_that_is_ahead_is_reset(state, conversation, position):
    newest = Message.objects.get().pk
    data = state(f"?after={position(newest + 1000)}").json()
    assert (data["cursor"], data["events"], data["reset"]) == (position(newest), [], True)


def test_many_conversations_come_in_portions(state, unlimited, doctor, position):
    for _ in range(45):
        create_conversation(create_member(Role.PATIENT), doctor)
    cursor, told = position(0), []
    for more in (True, True, False):
        data = state(f"?after={cursor}").json()
        assert data["more"] is more
        told += [event["message"] for event in data["events"]]
        cursor = data["cursor"]
    assert told == list(Message.objects.order_by("pk").values_list("pk", flat=True))
    assert cursor == position(told[-1])


@pytest.mark.parametrize(
    "after",
    ["", "x", "1", "-1", "1.5", "1-", "1-2.", "1-2-3", "1-" + "9" * 20, "1-9223372036854775808", "%00"],
)
def test_an_invalid_cursor_is_refused(state, conversation, after):
    assert refusal(state(f"?after={after}")) == (400, "invalid_cursor")


def test_nothing_new_is_a_304_without_a_body(state, everything_known):
    first = state(everything_known)
    tag = first.headers["ETag"]
    for known in (tag, tag.removeprefix("W/"), f'"other", {tag}'):
        again = state(everything_known, If_None_Match=known)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == tag


@pytest.mark.parametrize("known", [None, -1, 1])
def test_only_the_current_cursor_gets_a_304(state, everything_known, position, known):
    tag = state(everything_known).headers["ETag"]
    query = "" if known is None else f"?after={position(Message.objects.get().pk + known)}"
    assert state(query, If_None_Match=tag).status_code == 200


def test_another_tag_gets_the_state(state, everything_known):
    for tag in ('"other"', 'W/"other"', "", "nonsense"):
        assert state(everything_known, If_None_Match=tag).status_code == 200


def test_a_page_comes_with_the_tag_of_the_state_that_it_shows(state, everything_known, doctor):
    def tag():
        return only(Visitor(doctor).get("/"), "[data-vcm-live]")["data-tag"]

    before = tag()
    assert state(everything_known).headers["ETag"] == before
    switch_messages(phone="555-0300")
    assert state(everything_known).headers["ETag"] == tag() != before


@pytest.mark.parametrize("change", ["reading", "settings", "message"])
def test_every_change_gets_the_state(state, conversation, everything_known, patient, doctor, change):
    tag = state(everything_known).headers["ETag"]
    if change == "reading":
        actions.mark_read(conversation=conversation, reader=doctor, up_to=Message.objects.get().pk)
    elif change == "settings":
        switch_messages(phone="555-0300")
    else:
        actions.send_message(conversation=conversation, sender=patient, body="More")
    response = state(everything_known, If_None_Match=tag)
    assert response.status_code == 200
    assert response.headers["ETag"] != tag


def test_a_tag_of_one_person_does_not_match_for_another(state, api, everything_known, patient):
    tag = state(everything_known).headers["ETag"]
    theirs = api(patient).get("live/state/").json()["cursor"]
    assert api(patient).get(f"live/state/?after={theirs}", If_None_Match=tag).status_code == 200


def test_a_known_tag_does_not_hide_that_messages_is_off(state, everything_known, doctor):
    tag = state(everything_known).headers["ETag"]
    switch_messages(False)
    assert refusal(state(everything_known, If_None_Match=tag)) == (403, "messages_disabled")
    switch_messages()
    doctor.groups.clear()
    assert refusal(state(everything_known, If_None_Match=tag)) == (403, "not_a_member")


def test_no_answer_is_stored_anywhere(state, everything_known, doctor):
    """An answer names senders."""
    tag = state(everything_known).headers["ETag"]
    answers = [
        state(),
        state(everything_known),
        state(everything_known, If_None_Match=tag),
        state("?after=x"),
    ]
    switch_messages(False)
    answers.append(state())
    assert [each.status_code for each in answers] == [200, 200, 304, 400, 403]
    assert {each.headers["Cache-Control"] for each in answers} == {"private, no-store"}


def test_a_portal_may_hide_who_wrote(state, nothing_known, settings):
    settings.VCLINIC_MESSAGES = {
        **settings.VCLINIC_MESSAGES,
        "LIVE": {"SHOW_SENDER": False, "POLL_SECONDS": 60},
    }
    data = state(nothing_known).json()
    assert data["events"][0]["sender"] is None
    assert data["poll"] == 60


def test_polling_does_not_extend_the_session(api, doctor, nothing_known, settings):
    settings.SESSION_SAVE_EVERY_REQUEST = True
    caller = api(doctor)
    before = Session.objects.get().expire_date
    for query in ("", nothing_known, "?after=x"):
        caller.get(f"live/state/{query}")
    for mode in ("auto", "poll"):
        set_live_options(settings, MODE=mode, STREAM_URL="https://live.example/")
        assert caller.post("live/ticket/").status_code == (200 if mode == "auto" else 404)
    assert Session.objects.get().expire_date == before


def test_other_calls_still_extend_it(api, conversation, doctor, settings):
    settings.SESSION_SAVE_EVERY_REQUEST = True
    caller = api(doctor)
    before = Session.objects.get().expire_date
    assert "sessionid" in caller.get("conversations/").cookies
    assert Session.objects.get().expire_date > before
