"""The calls about one's own reminders and about quick replies."""

from __future__ import annotations

import pytest

from tests.api.caller import field_codes, refusal
from vclinic_messages import actions
from vclinic_messages.models import Reminder
from vclinic_messages.testing import create_team, switch_messages


def add(title, **fields):
    return actions.change_quick_reply(title=title, body=f"Text of {title}", **fields)


# Reminders


def test_a_person_switches_reminders_off_and_on(api, patient):
    caller = api(patient)
    assert caller.get("me/reminders/").json() == {"email": True}
    assert caller.put("me/reminders/", {"email": False}).json() == {"email": False}
    assert caller.get("me/reminders/").json() == {"email": False}
    assert caller.put("me/reminders/", {"email": True}).json() == {"email": True}
    assert Reminder.objects.get().by_email


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({}, "required"),
        ({"email": None}, "required"),
        ({"email": "no"}, "invalid_type"),
        ({"email": 0}, "invalid_type"),
    ],
)
def test_only_a_boolean_is_a_choice(api, patient, data, code):
    assert field_codes(api(patient).put("me/reminders/", data)) == {"email": [code]}
    assert not Reminder.objects.exists()


def test_off_and_no_role_come_first(api, patient, nobody):
    assert refusal(api(nobody).get("me/reminders/")) == (403, "not_a_member")
    assert refusal(api(nobody).get("quick-replies/")) == (403, "not_a_member")
    switch_messages(False)
    assert refusal(api(patient).put("me/reminders/", {"email": False})) == (403, "messages_disabled")


# Quick replies


def test_staff_get_what_they_may_insert(api, admin, doctor):
    team = create_team("Front desk", admin)
    add("Parking", team=team, language="en")
    add("For doctors", role="doctor")
    (found,) = api(admin).results("quick-replies/")
    assert found.pop("id") > 0
    assert found == {"title": "Parking", "body": "Text of Parking", "language": "en"}
    assert [each["title"] for each in api(doctor).results("quick-replies/")] == ["For doctors"]


def test_they_are_searched_and_paged(api, doctor):
    for number in range(60):
        add(f"Reply {number:02}")
    caller = api(doctor)
    first = caller.get("quick-replies/").json()
    assert [each["title"] for each in first["results"]] == [f"Reply {number:02}" for number in range(50)]
    second = caller.get(first["next"]).json()
    assert [each["title"] for each in second["results"]] == [f"Reply {number:02}" for number in range(50, 60)]
    assert second["next"] is None
    assert caller.get(second["previous"]).json()["results"] == first["results"]
    assert [each["title"] for each in caller.results("quick-replies/?q=07 repl")] == ["Reply 07"]
    assert refusal(caller.get("quick-replies/?cursor=x"))[1] == "invalid_cursor"


def test_patients_get_none(api, patient):
    assert refusal(api(patient).get("quick-replies/")) == (403, "permission_denied")
