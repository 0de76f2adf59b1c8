"""Idempotency-Key and the limit of sends."""

import pytest

from tests.actions.snapshot import rows
from tests.api.caller import field_codes, refusal
from vclinic_messages.models import Conversation, Message
from vclinic_messages.testing import create_conversation, switch_messages


def test_a_repeated_send_answers_the_first_201_again(api, address, doctor):
    caller = api(doctor)
    first = caller.post(f"{address}messages/", {"body": "Hi"}, Idempotency_Key="key")
    before = rows()
    again = caller.post(f"{address}messages/", {"body": "Hi"}, Idempotency_Key="key")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert rows() == before


def test_a_repeated_start_answers_the_first_201_again(api, patient, doctor):
    data = {"recipient": str(doctor.pk), "body": "Hi"}
    caller = api(patient)
    first = caller.post("conversations/", data, Idempotency_Key="key")
    again = caller.post("conversations/", data, Idempotency_Key="key")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert Conversation.objects.count() == Message.objects.count() == 1


def test_a_repeated_start_is_answered_after_the_recipient_has_left(api, patient, doctor):
    data = {"recipient": str(doctor.pk), "body": "Hi"}
    first = api(patient).post("conversations/", data, Idempotency_Key="key").json()
    doctor.delete()
    again = api(patient).post("conversations/", data, Idempotency_Key="key")
    assert (again.status_code, again.json()["id"]) == (201, first["id"])


@pytest.mark.parametrize("other", ["body", "conversation", "start", "start elsewhere"])
def test_another_request_with_the_key_is_a_conflict(api, address, patient, doctor, admin, other):
    caller = api(patient)
    caller.post(f"{address}messages/", {"body": "Hi"}, Idempotency_Key="key")
    elsewhere = create_conversation(patient, doctor)
    path, data = {
        "body": (f"{address}messages/", {"body": "Hi!"}),
        "conversation": (f"conversations/{elsewhere.pk}/messages/", {"body": "Hi"}),
        "start": ("conversations/", {"recipient": str(doctor.pk), "body": "Hi"}),
        "start elsewhere": ("conversations/", {"recipient": str(admin.pk), "body": "Hi"}),
    }[other]
    before = rows()
    assert refusal(caller.post(path, data, Idempotency_Key="key")) == (409, "idempotency_conflict")
    assert rows() == before


@pytest.mark.parametrize("other", ["body", "recipient", "reply"])
def test_another_request_with_the_key_of_a_start_is_a_conflict(api, patient, doctor, admin, other):
    caller = api(patient)
    data = {"recipient": str(doctor.pk), "body": "Hi"}
    started = caller.post("conversations/", data, Idempotency_Key="key").json()
    path, data = {
        "body": ("conversations/", {**data, "body": "Hi!"}),
        "recipient": ("conversations/", {**data, "recipient": str(admin.pk)}),
        "reply": (f"conversations/{started['id']}/messages/", {"body": "Hi"}),
    }[other]
    assert refusal(caller.post(path, data, Idempotency_Key="key")) == (409, "idempotency_conflict")
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("", "invalid_characters"),
        ("a b", "invalid_characters"),
        ("a" * 129, "max_length"),
        ("é", "invalid_characters"),
        ("\t", "invalid_characters"),
    ],
)
def test_malformed_keys_are_invalid(api, address, doctor, admin, key, code):
    before = rows()
    sends = [
        (f"{address}messages/", {"body": "Hi"}),
        ("conversations/", {"recipient": str(admin.pk), "body": "Hi"}),
    ]
    for path, data in sends:
        response = api(doctor).post(path, data, Idempotency_Key=key)
        assert field_codes(response) == {"idempotency_key": [code]}
    assert rows() == before


@pytest.mark.parametrize("key", ["a" * 128, "3f0e9f6e-7c8e-4ab2-9d3e-0a5a6c1d2e3f", "!~"])
def test_keys_of_up_to_128_visible_characters_are_accepted(api, address, doctor, key):
    assert api(doctor).post(f"{address}messages/", {"body": "Hi"}, Idempotency_Key=key).status_code == 201


@pytest.fixture
def two_a_minute(settings):
    settings.VCLINIC_MESSAGES = {**settings.VCLINIC_MESSAGES, "SENDS_PER_MINUTE": 2}


def test_too_many_sends_are_told_when_to_come_back(api, two_a_minute, address, doctor, admin):
    caller = api(doctor)
    assert caller.post(f"{address}messages/", {"body": "1"}, Idempotency_Key="1").status_code == 201
    assert caller.post("conversations/", {"recipient": str(admin.pk), "body": "2"}).status_code == 201
    for path, data in [
        (f"{address}messages/", {"body": "3"}),
        ("conversations/", {"recipient": str(admin.pk), "body": "3"}),
    ]:
        response = caller.post(path, data)
        assert refusal(response) == (429, "throttled")
        assert 1 <= int(response.headers["Retry-After"]) <= 60
    assert Message.objects.filter(sender__user=doctor).count() == 2
    assert caller.post(f"{address}messages/", {"body": "1"}, Idempotency_Key="1").status_code == 201


def test_reading_is_not_limited(api, two_a_minute, address, patient, doctor):
    for _ in range(2):
        api(doctor).post(f"{address}messages/", {"body": "Hi"})
    newest = Message.objects.latest("pk").pk
    assert api(doctor).post(f"{address}read/", {"message": newest}).status_code == 200
    assert api(doctor).get("conversations/").status_code == 200


def test_invalid_sends_do_not_count(api, two_a_minute, address, doctor):
    for _ in range(4):
        assert api(doctor).post(f"{address}messages/", {"body": ""}).status_code == 400
    assert api(doctor).post(f"{address}messages/", {"body": "Hi"}).status_code == 201


def test_the_default_is_thirty_a_minute(api, settings, address, doctor):
    settings.VCLINIC_MESSAGES = {
        key: value for key, value in settings.VCLINIC_MESSAGES.items() if key != "SENDS_PER_MINUTE"
    }
    statuses = [api(doctor).post(f"{address}messages/", {"body": "Hi"}).status_code for _ in range(31)]
    assert statuses == [201] * 30 + [429]


def test_a_repeat_while_messages_is_off_is_refused(api, address, doctor):
    api(doctor).post(f"{address}messages/", {"body": "Hi"}, Idempotency_Key="key")
    switch_messages(False)
    response = api(doctor).post(f"{address}messages/", {"body": "Hi"}, Idempotency_Key="key")
    assert refusal(response) == (403, "messages_disabled")
