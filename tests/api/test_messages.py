"""``conversations/{id}/messages/`` and ``read/`` and ``no-answer-needed/``."""

from datetime import datetime

import pytest

from tests.actions.snapshot import participant, rows, waiting_since
from tests.api.caller import field_codes, refusal
from vclinic_messages import actions
from vclinic_messages.models import Conversation, Message
from vclinic_messages.testing import create_conversation


def newest():
    return Message.objects.latest("pk").pk


def test_a_message_has_exactly_the_contracts_keys(api, address, conversation, patient, doctor):
    [data] = api(doctor).results(f"{address}messages/")
    message = Message.objects.get()
    assert data == {
        "id": message.pk,
        "conversation": str(conversation.pk),
        "sender": {"id": str(patient.pk), "name": "Maya Ferreira", "role": "patient", "is_me": False},
        "for_team": None,
        "body": "Good morning",
        "sent_at": data["sent_at"],
    }
    assert datetime.fromisoformat(data["sent_at"]) == message.sent_at


def test_sending_answers_with_the_message(api, address, conversation, doctor):
    response = api(doctor).post(f"{address}messages/", {"body": "  Come in\r\n😀 "})
    assert response.status_code == 201
    data = response.json()
    assert data["body"] == "  Come in\n😀 "
    assert data["sender"] == {"id": str(doctor.pk), "name": "Amara Okafor", "role": "doctor", "is_me": True}
    assert api(doctor).results(f"{address}messages/")[0] == data


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "blank"),
        ("\r\n ", "blank"),
        ("x" * 5001, "max_length"),
        ("😀" * 5001, "max_length"),
        ("a\0", "invalid_characters"),
        ("\udc00", "invalid_characters"),
    ],
)
def test_an_invalid_text_is_refused(api, address, doctor, body, code):
    before = rows()
    assert field_codes(api(doctor).post(f"{address}messages/", {"body": body})) == {"body": [code]}
    assert rows() == before


@pytest.mark.parametrize("body", ["😀" * 5000, "a\r\n" * 2500])
def test_5000_code_points_are_accepted(api, address, doctor, body):
    response = api(doctor).post(f"{address}messages/", {"body": body})
    assert response.status_code == 201
    assert len(response.json()["body"]) == 5000


def test_the_newest_message_comes_first(api, address, conversation, patient):
    for body in ("second", "third"):
        actions.send_message(conversation=conversation, sender=patient, body=body)
    bodies = [each["body"] for each in api(patient).results(f"{address}messages/")]
    assert bodies == ["third", "second", "Good morning"]


def test_the_newer_ones_come_oldest_first(api, address, conversation, patient):
    first = newest()
    for body in ("second", "third"):
        actions.send_message(conversation=conversation, sender=patient, body=body)
    caller = api(patient)
    assert [each["body"] for each in caller.results(f"{address}messages/?after={first}")] == [
        "second",
        "third",
    ]
    assert caller.results(f"{address}messages/?after={newest()}") == []
    assert len(caller.results(f"{address}messages/?after=0")) == 3
    assert set(caller.get(f"{address}messages/?after={newest()}").json()) == {"next", "previous", "results"}


@pytest.mark.parametrize("after", ["", "x", "-1", "1.5", "9" * 19 + "9", "9223372036854775808", "%00", "١"])
def test_an_invalid_after_is_refused(api, address, doctor, after):
    response = api(doctor).get(f"{address}messages/?after={after}")
    assert refusal(response) == (400, "invalid_cursor")


def test_seen_marks_read_no_further(api, address, conversation, patient, doctor):
    shown = newest()
    actions.send_message(conversation=conversation, sender=patient, body="In between")
    response = api(doctor).post(f"{address}messages/", {"body": "Answer", "seen": shown})
    assert response.status_code == 201
    assert api(doctor).get(address).json()["unread_count"] == 1


@pytest.mark.parametrize("seen", [0, -1, 10**6, 10**30])
def test_seen_must_be_a_message_of_the_conversation(api, address, doctor, seen):
    before = rows()
    response = api(doctor).post(f"{address}messages/", {"body": "Hi", "seen": seen})
    assert field_codes(response) == {"seen": ["invalid_choice"]}
    assert rows() == before


def test_get_never_marks_as_read(api, address, doctor):
    caller = api(doctor)
    before = rows()
    for path in ("feature/", "conversations/", address, f"{address}messages/", "live/state/?after=0-0"):
        caller.get(path)
    after = rows()
    assert after["Participant"] == before["Participant"]
    assert after["Mailbox"] == before["Mailbox"]


def test_marking_as_read_answers_with_the_remaining_count(api, address, patient, doctor):
    first = newest()
    create_conversation(patient, doctor)
    response = api(doctor).post(f"{address}read/", {"message": first})
    assert (response.status_code, response.json()) == (200, {"unread_conversations": 1})
    assert api(doctor).get(address).json()["unread_count"] == 0


def test_the_mark_only_moves_forward(api, address, conversation, patient, doctor):
    first = newest()
    actions.send_message(conversation=conversation, sender=patient, body="Second")
    caller = api(doctor)
    caller.post(f"{address}read/", {"message": newest()})
    assert caller.post(f"{address}read/", {"message": first}).json() == {"unread_conversations": 0}
    assert participant(conversation, doctor).last_read_message_id == newest()


@pytest.mark.parametrize("message", ["another conversation's", 0, -1, 10**6, 10**30])
def test_the_id_of_another_conversations_message_is_invalid(api, address, patient, doctor, message):
    create_conversation(patient, doctor)
    number = newest() if isinstance(message, str) else message
    response = api(doctor).post(f"{address}read/", {"message": number})
    assert field_codes(response) == {"message": ["invalid_choice"]}


def test_no_answer_needed_answers_with_the_conversation(api, address, conversation, doctor):
    response = api(doctor).post(f"{address}no-answer-needed/")
    assert response.status_code == 200
    assert response.json() == api(doctor).get(address).json()
    assert waiting_since(Conversation.objects.get()) is None
    assert api(doctor).post(f"{address}no-answer-needed/").status_code == 200


def test_no_answer_needed_is_undone_until_somebody_writes(api, address, conversation, patient, doctor):
    before = waiting_since(conversation)
    caller = api(doctor)
    caller.post(f"{address}no-answer-needed/")
    for _ in range(2):
        response = caller.call("DELETE", f"{address}no-answer-needed/")
        assert response.status_code == 200
        assert response.json() == caller.get(address).json()
        assert waiting_since(conversation) == before
    for writer, body in ((patient, "One thing more"), (doctor, "An answer")):
        caller.post(f"{address}no-answer-needed/")
        api(writer).post(f"{address}messages/", {"body": body})
        assert refusal(caller.call("DELETE", f"{address}no-answer-needed/")) == (409, "answered_meanwhile")
    assert refusal(api(patient).call("DELETE", f"{address}no-answer-needed/")) == (403, "permission_denied")


def test_no_answer_needed_works_without_a_body(api, address, doctor):
    assert api(doctor).call("POST", f"{address}no-answer-needed/").status_code == 200


def test_a_patient_may_not_say_no_answer_needed(api, address, patient):
    response = api(patient).post(f"{address}no-answer-needed/")
    assert refusal(response) == (403, "permission_denied")
    assert waiting_since(Conversation.objects.get()) is not None


def test_a_message_of_a_deleted_account_has_its_snapshot_name(api, address, conversation, patient, doctor):
    patient.delete()
    [data] = api(doctor).results(f"{address}messages/")
    assert data["sender"] == {"id": None, "name": "Maya Ferreira", "role": "patient", "is_me": False}
