"""``feature/``: is Messages on, who am I, and what are the clinic's notices."""

import pytest

from vclinic_messages.testing import create_conversation, switch_messages


def test_it_contains_all_that_a_client_needs_to_start(api, conversation, doctor):
    response = api(doctor).get("feature/")
    assert response.status_code == 200
    assert response.json() == {
        "enabled": True,
        "me": {"id": str(doctor.pk), "name": "Amara Okafor", "role": "doctor"},
        "can_start": True,
        "unread_conversations": 1,
        "waiting_conversations": 1,
        "mailboxes": [
            {"id": "me", "name": "Amara Okafor", "unread_conversations": 1, "waiting_conversations": 1}
        ],
        "body_max_length": 5000,
        "notices": {
            "emergency": "In an emergency call 911.",
            "response_time": response.json()["notices"]["response_time"],
        },
        "open": None,
    }


@pytest.mark.parametrize("person", ["patient", "nobody"])
def test_while_messages_is_off_it_contains_only_the_notices(api, person, request):
    switch_messages(False, emergency_notice="Call 911.", response_time="Two days.")
    response = api(request.getfixturevalue(person)).get("feature/")
    assert response.status_code == 200
    assert response.json() == {
        "enabled": False,
        "notices": {"emergency": "Call 911.", "response_time": "Two days."},
    }


def test_a_clinic_without_its_own_notices_has_the_default_ones(api, patient):
    switch_messages(emergency_notice="", response_time="")
    notices = api(patient).get("feature/").json()["notices"]
    assert "emergency" in notices["emergency"]
    assert notices["response_time"]


def test_a_clinic_may_forbid_patients_to_start(api, patient, doctor, admin):
    switch_messages(patients_may_start=False)
    can_start = {
        person.username: api(person).get("feature/").json()["can_start"]
        for person in (patient, doctor, admin)
    }
    assert can_start == {"patient": False, "doctor": True, "admin": True}


def test_unread_counts_conversations_and_not_messages(api, patient, doctor, admin):
    conversation = create_conversation(patient, doctor, "1")
    caller = api(patient)
    for body in ("2", "3"):
        api(doctor).post(f"conversations/{conversation.pk}/messages/", {"body": body})
    create_conversation(admin, patient)
    assert caller.get("feature/").json()["unread_conversations"] == 2


def test_only_staff_are_told_how_many_wait(api, conversation, patient, doctor):
    assert "waiting_conversations" not in api(patient).get("feature/").json()
    caller = api(doctor)
    caller.post(f"conversations/{conversation.pk}/messages/", {"body": "An answer"})
    assert caller.get("feature/").json()["waiting_conversations"] == 0
