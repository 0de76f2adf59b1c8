"""Who is refused, and which refusal comes first: not signed in, off, no role, not found, invalid."""

import uuid

import pytest
from django.contrib.sessions.models import Session

from tests.actions.snapshot import rows
from tests.api.caller import field_codes, refusal
from vclinic_messages.testing import switch_messages

LISTS = ["recipients/", "conversations/", "live/state/"]
INVALID_LISTS = [
    "recipients/?filter=x",
    "conversations/?unread=x",
    "conversations/?cursor=x",
    "live/state/?after=x",
]
OF_ONE = [
    ("GET", ""),
    ("GET", "messages/"),
    ("POST", "messages/"),
    ("POST", "read/"),
    ("POST", "no-answer-needed/"),
    ("DELETE", "no-answer-needed/"),
]


def every_call(address):
    """All calls except feature/, well-formed and malformed."""
    yield from (("GET", path) for path in (*LISTS, *INVALID_LISTS))
    yield "POST", "conversations/"
    yield "POST", "live/ticket/"
    yield from ((method, address + path) for method, path in OF_ONE)
    yield from ((method, f"conversations/{uuid.uuid4()}/{path}") for method, path in OF_ONE)
    yield from ((method, f"conversations/nonsense/{path}") for method, path in OF_ONE)


def refusals(caller, calls):
    return {refusal(caller.call(method, path, kind="application/json")) for method, path in calls}


def test_first_comes_not_signed_in(api, address):
    switch_messages(False)
    calls = [*every_call(address), ("GET", "feature/")]
    assert refusals(api(), calls) == {(403, "not_authenticated")}


def test_second_comes_messages_is_off(api, address, patient, nobody):
    switch_messages(False)
    before = rows()
    for person in (patient, nobody):
        assert refusals(api(person), every_call(address)) == {(403, "messages_disabled")}
    assert rows() == before


def test_third_comes_no_role(api, address, nobody):
    calls = [*every_call(address), ("GET", "feature/")]
    assert refusals(api(nobody), calls) == {(403, "not_a_member")}


@pytest.mark.parametrize("key", ["unknown", "another's", "nonsense", "ABC", "0", "x" * 300, "%00"])
@pytest.mark.parametrize(("method", "path"), OF_ONE)
def test_fourth_comes_no_such_conversation(api, conversation, patient2, method, path, key):
    ids = {"unknown": str(uuid.uuid4()), "another's": str(conversation.pk)}
    for kind, body in [
        ("application/json", b'{"body": "Hi", "message": 1}'),
        ("application/json", b""),
        ("", b""),
    ]:
        response = api(patient2).call(
            method, f"conversations/{ids.get(key, key)}/{path}", body if method == "POST" else b"", kind
        )
        assert refusal(response) == (404, "not_found")


def test_strangers_and_missing_conversations_get_the_same_answer(api, conversation, patient2):
    answers = {api(patient2).get(f"conversations/{key}/").content for key in (conversation.pk, uuid.uuid4())}
    assert len(answers) == 1


def test_last_comes_invalid_input(api, address, doctor):
    assert field_codes(api(doctor).post(f"{address}messages/")) == {"body": ["required"]}
    assert field_codes(api(doctor).post(f"{address}read/")) == {"message": ["required"]}
    assert field_codes(api(doctor).post("conversations/")) == {
        "recipient": ["required"],
        "body": ["required"],
    }


@pytest.mark.parametrize("ended", ["signed out", "session gone", "inactive", "account gone"])
def test_an_ended_session_is_not_signed_in(api, doctor, ended):
    caller = api(doctor)
    assert caller.get("feature/").status_code == 200
    if ended == "signed out":
        caller.client.logout()
    elif ended == "session gone":
        Session.objects.all().delete()
    elif ended == "inactive":
        doctor.is_active = False
        doctor.save()
    else:
        doctor.delete()
    assert refusal(caller.get("feature/")) == (403, "not_authenticated")


def test_a_switch_takes_effect_on_the_next_request(api, address, doctor):
    caller = api(doctor)
    assert caller.get(address).status_code == 200
    switch_messages(False)
    assert refusal(caller.get(address)) == (403, "messages_disabled")
    switch_messages()
    assert caller.get(address).status_code == 200


def test_a_lost_role_takes_effect_on_the_next_request(api, address, doctor):
    caller = api(doctor)
    assert caller.get(address).status_code == 200
    doctor.groups.clear()
    assert refusal(caller.get(address)) == (403, "not_a_member")
