"""Two clinics with the same user keys and user names: nothing of one exists in the other."""

import re
import uuid
from urllib.parse import urlsplit

import pytest
from django_tenants.utils import schema_context

from tests.api.caller import field_codes, refusal
from vclinic_messages import actions
from vclinic_messages.models import Conversation, Message, Participant, Role
from vclinic_messages.testing import create_conversation, create_member

CALLS = [
    ("GET", ""),
    ("GET", "messages/"),
    ("GET", "messages/?after=0"),
    ("POST", "messages/"),
    ("POST", "read/"),
    ("POST", "no-answer-needed/"),
    ("DELETE", "no-answer-needed/"),
]


def test_each_sees_their_own_clinic_and_nothing_else(alder, birch):
    callers = [(clinic, clinic.api(clinic.doctor)) for clinic in (alder, birch)]
    for _ in range(2):  # one after the other, so that the connection changes clinics
        for clinic, caller in callers:
            other = "birch" if clinic.schema == "alder" else "alder"
            for path in ("feature/", "recipients/", "conversations/", "live/state/?after=0-0"):
                text = caller.get(path).content.decode()
                assert f"of {other}" not in text
                assert f"of {clinic.schema}" in text
            [data] = caller.results("conversations/")
            assert data["id"] == str(clinic.conversation.pk)


def test_a_session_of_one_clinic_is_nobodys_in_the_other(alder, birch):
    caller = birch.api(None)
    caller.client.cookies = alder.api(alder.doctor).client.cookies
    for path in ("feature/", "conversations/", birch.address):
        assert refusal(caller.get(path)) == (403, "not_authenticated")


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_a_conversation_of_one_clinic_does_not_exist_in_the_other(alder, birch, method, path):
    caller = birch.api(birch.doctor)
    before = alder.rows(), birch.rows()
    body = b'{"body": "Hi", "message": 1}' if method == "POST" else b""
    answers = {
        caller.call(method, f"conversations/{key}/{path}", body, "application/json").content
        for key in (alder.conversation.pk, uuid.uuid4())
    }
    assert len(answers) == 1
    response = caller.call(method, alder.address + path, body, "application/json")
    assert refusal(response) == (404, "not_found")
    assert (alder.rows(), birch.rows()) == before


def test_a_message_of_one_clinic_is_none_of_the_other(alder, birch):
    with schema_context(alder.schema):
        for _ in range(5):
            elsewhere = actions.send_message(
                conversation=alder.conversation, sender=alder.patient, body="More"
            )
    with schema_context(birch.schema):
        number = max(elsewhere.pk, birch.message + 1)
    caller = birch.api(birch.doctor)
    codes = field_codes(caller.post(f"{birch.address}read/", {"message": number}))
    assert codes == {"message": ["invalid_choice"]}
    codes = field_codes(caller.post(f"{birch.address}messages/", {"body": "Hi", "seen": number}))
    assert codes == {"seen": ["invalid_choice"]}


def test_a_person_of_one_clinic_cannot_be_written_to_from_the_other(alder, birch):
    with schema_context(alder.schema):
        only_here = create_member(Role.DOCTOR, id=7900, username="only-here")
    caller = birch.api(birch.patient)
    answers = {
        caller.post("conversations/", {"recipient": key, "body": "Hi"}).content
        for key in (str(only_here.pk), "999999")
    }
    assert len(answers) == 1
    assert "recipient_not_allowed" in answers.pop().decode()


def test_a_key_holds_in_its_clinic_only(alder, birch):
    sent = []
    for clinic in (alder, birch):
        response = clinic.api(clinic.doctor).post(
            f"{clinic.address}messages/", {"body": f"To {clinic.schema}"}, Idempotency_Key="key"
        )
        assert response.status_code == 201
        sent.append(response.json()["body"])
    assert sent == ["To alder", "To birch"]


def test_a_cursor_of_one_clinic_shows_nothing_of_it_in_the_other(alder, birch):
    with schema_context(alder.schema):
        for _ in range(26):
            create_conversation(create_member(Role.PATIENT), alder.doctor)
    link = alder.api(alder.doctor).get("conversations/").json()["next"]
    response = birch.api(birch.doctor).get(f"conversations/?{urlsplit(link).query}")
    assert response.status_code == 200
    assert {each["id"] for each in response.json()["results"]} <= {str(birch.conversation.pk)}


def test_a_state_known_from_one_clinic_is_not_known_in_the_other(alder, birch):
    first = alder.api(alder.doctor).get("live/state/?after=0-0")
    with schema_context(birch.schema):
        version = birch.api(birch.doctor).get("live/state/?after=0-0").headers["ETag"]
    assert version != first.headers["ETag"]
    again = birch.api(birch.doctor).get("live/state/?after=0-0", If_None_Match=first.headers["ETag"])
    assert again.status_code == 200


def test_a_csrf_token_of_one_clinic_opens_nothing_in_the_other(alder, birch):
    """Each browser holds what its clinic gave it; the token is right in the clinic that gave it."""
    here, there = (clinic.api(clinic.doctor, enforce_csrf_checks=True) for clinic in (birch, alder))
    tokens = {}
    for clinic, caller in ((birch, here), (alder, there)):
        page = caller.get(f"/messages/{clinic.conversation.pk}/").content.decode()
        tokens[clinic.schema] = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page)[1]
    path, body = f"{birch.address}messages/", {"body": "Hi"}
    before = birch.rows()
    assert refusal(here.post(path, body, X_CSRFToken=tokens["alder"])) == (403, "permission_denied")
    assert birch.rows() == before
    assert here.post(path, body, X_CSRFToken=tokens["birch"]).status_code == 201


def test_the_sending_limit_of_one_clinic_is_not_used_up_in_the_other(alder, birch, settings):
    settings.VCLINIC_MESSAGES = {**settings.VCLINIC_MESSAGES, "SENDS_PER_MINUTE": 2}
    statuses = {
        clinic.schema: [
            clinic.api(clinic.doctor).post(f"{clinic.address}messages/", {"body": "Hi"}).status_code
            for _ in range(3)
        ]
        for clinic in (alder, birch)
    }
    assert statuses == {"alder": [201, 201, 429], "birch": [201, 201, 429]}


def test_the_switch_of_one_clinic_leaves_the_other_on(alder, birch):
    with schema_context(alder.schema):
        actions.change_settings(enabled=False)
    assert refusal(alder.api(alder.doctor).get("conversations/")) == (403, "messages_disabled")
    assert birch.api(birch.doctor).get("conversations/").status_code == 200


def test_what_is_written_in_one_clinic_stands_in_that_one_only(alder, birch):
    models = (Conversation, Message, Participant)

    def counts():
        with schema_context(alder.schema):
            return [model.objects.count() for model in models]

    before, counted = birch.rows(), counts()
    alder.api(alder.doctor).post(f"{alder.address}messages/", {"body": "Hi", "seen": alder.message})
    alder.api(alder.doctor).post("conversations/", {"recipient": str(alder.patient.pk), "body": "Hi"})
    assert birch.rows() == before
    assert [new - old for new, old in zip(counts(), counted, strict=True)] == [1, 2, 2]


@pytest.mark.parametrize("host", ["localhost", "nowhere.localhost"])
def test_where_there_is_no_clinic_there_are_no_messages(alder, host):
    caller = alder.api(alder.doctor)
    caller.client.defaults["HTTP_HOST"] = host
    assert caller.get("conversations/").status_code == 404
