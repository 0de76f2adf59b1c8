"""Teams in the API: recipients, conversations, taking them, and answering at once."""

import uuid

import pytest

from tests.api.caller import Caller, field_codes, refusal
from vclinic_messages.actions import change_team, send_message
from vclinic_messages.teams import recipient_id
from vclinic_messages.testing import create_conversation, create_member, create_team


@pytest.fixture
def team(admin, doctor2):
    return create_team("Front desk", admin, doctor2, description="Appointments, forms")


@pytest.fixture
def asked(team, patient):
    return create_conversation(patient, team, "Can I come on Monday?")


def test_teams_are_recipients(team, patient):
    create_team("Nobody works here")
    found = Caller(patient).results("recipients/")
    assert found[0] == {
        "id": recipient_id(team.pk),
        "kind": "team",
        "name": "Front desk",
        "role": "admin",
        "description": "Appointments, forms",
        "members": ["Henrik Solberg", "Ruth Adeyemi"],
        "away": None,
    }
    assert {each["kind"] for each in found[1:]} == {"person"}
    assert Caller(patient).results("recipients/?filter=teams") == found[:1]
    assert all(each["kind"] == "person" for each in Caller(patient).results("recipients/?filter=doctors"))


@pytest.mark.parametrize(("words", "found"), [("desk", 1), ("forms", 1), ("surgery", 0), ("fro app", 1)])
def test_a_search_finds_name_and_topic(team, patient, words, found):
    assert len(Caller(patient).results(f"recipients/?filter=teams&q={words}")) == found


def test_all_teams_are_on_the_first_page_only(team, patient):
    for number in range(60):
        create_member("doctor", first_name="Otto", last_name=f"Brandt {number:02}")
    caller = Caller(patient)
    first = caller.get("recipients/").json()
    assert len(first["results"]) == 51
    second = caller.get(first["next"]).json()
    assert "team" not in {each["kind"] for each in second["results"]}
    back = caller.get(second["previous"]).json()
    assert back["results"] == first["results"]


def test_a_patient_starts_with_a_team(team, patient, admin):
    body = {"recipient": recipient_id(team.pk), "body": "Hello"}
    response = Caller(patient).post("conversations/", body)
    assert response.status_code == 201
    data = response.json()
    assert data["team"] == {
        "id": recipient_id(team.pk),
        "name": "Front desk",
        "members": ["Henrik Solberg", "Ruth Adeyemi"],
    }
    assert [(each["name"], each["is_me"]) for each in data["participants"]] == [
        ("Maya Ferreira", True),
        ("Front desk", False),
    ]
    assert (data["assigned_to"], data["writing"]) == (None, [])
    [row] = Caller(admin).results("conversations/")
    assert (row["id"], row["unread_count"]) == (data["id"], 1)


@pytest.mark.parametrize("recipient", ["team:", "team:x", f"team:{uuid.UUID(int=0)}"])
def test_an_unknown_team_is_no_recipient(team, patient, recipient):
    response = Caller(patient).post("conversations/", {"recipient": recipient, "body": "Hello"})
    assert field_codes(response) == {"recipient": ["recipient_not_allowed"]}


def test_a_member_answers_for_the_team(asked, team, admin, patient):
    path = f"conversations/{asked.pk}/messages/"
    sent = Caller(admin).post(path, {"body": "Yes", "seen": asked.last_message_id}).json()
    assert sent["for_team"] == {"id": recipient_id(team.pk), "name": "Front desk"}
    assert sent["sender"] == {"id": str(admin.pk), "name": "Ruth Adeyemi", "role": "admin", "is_me": True}
    newest, question = Caller(patient).results(path)
    assert newest["for_team"] == sent["for_team"]
    assert newest["sender"]["id"] == str(admin.pk)
    assert question["for_team"] is None


def test_two_members_never_answer_at_once(asked, admin, doctor2):
    path, question = f"conversations/{asked.pk}/messages/", asked.last_message_id
    first = Caller(admin).post(path, {"body": "At nine", "seen": question}).json()
    response = Caller(doctor2).post(path, {"body": "At ten", "seen": question})
    assert response.status_code == 409
    data = response.json()
    assert (data["code"], data["message"]["id"], data["message"]["body"]) == (
        "answered_meanwhile",
        first["id"],
        "At nine",
    )
    assert len(Caller(doctor2).results(path)) == 2
    assert Caller(doctor2).post(path, {"body": "At ten", "seen": first["id"]}).status_code == 201


def test_the_feature_lists_the_mailboxes(asked, team, admin, patient):
    create_conversation(patient, admin, "For you alone")
    data = Caller(admin).get("feature/").json()
    assert data["mailboxes"] == [
        {"id": "me", "name": "Ruth Adeyemi", "unread_conversations": 1, "waiting_conversations": 1},
        {
            "id": recipient_id(team.pk),
            "name": "Front desk",
            "unread_conversations": 1,
            "waiting_conversations": 1,
        },
    ]
    assert (data["unread_conversations"], data["waiting_conversations"]) == (2, 2)


def test_a_list_is_narrowed_by_mailbox(asked, team, admin, patient):
    own = create_conversation(patient, admin, "For you alone")
    caller = Caller(admin)
    assert [each["id"] for each in caller.results("conversations/")] == [str(own.pk), str(asked.pk)]
    for name, expected in (("me", own), (recipient_id(team.pk), asked)):
        assert [each["id"] for each in caller.results(f"conversations/?mailbox={name}")] == [str(expected.pk)]
    for name in ("team:", f"team:{uuid.uuid4()}", str(admin.pk)):
        assert field_codes(caller.get(f"conversations/?mailbox={name}")) == {"mailbox": ["invalid_choice"]}


def test_a_mailbox_that_is_not_opened_yet_is_empty(team, doctor, patient):
    assert Caller(doctor).results("conversations/?mailbox=me") == []
    response = Caller(patient).get(f"conversations/?mailbox={recipient_id(team.pk)}")
    assert field_codes(response) == {"mailbox": ["invalid_choice"]}


def test_taking_and_handing_over(asked, admin, doctor2, doctor, patient):
    path = f"conversations/{asked.pk}/assign/"
    taken = Caller(admin).post(path, {"to": str(admin.pk)})
    assert taken.status_code == 200
    assert taken.json()["assigned_to"] == {"id": str(admin.pk), "name": "Ruth Adeyemi"}
    assert Caller(doctor2).post(path, {"to": None}).json()["assigned_to"] is None
    assert field_codes(Caller(admin).post(path, {"to": str(doctor.pk)})) == {"to": ["invalid_choice"]}
    assert field_codes(Caller(admin).post(path, {})) == {"to": ["required"]}
    assert refusal(Caller(doctor).post(path, {"to": str(doctor.pk)})) == (404, "not_found")
    assert refusal(Caller(doctor).post(path, {})) == (404, "not_found")
    assert refusal(Caller(patient).post(path, {"to": None})) == (403, "permission_denied")


def test_colleagues_see_who_is_writing(asked, admin, doctor2, doctor):
    path = f"conversations/{asked.pk}/"
    assert Caller(admin).post(f"{path}writing/").status_code == 204
    assert Caller(doctor2).get(path).json()["writing"] == [{"name": "Ruth Adeyemi"}]
    assert Caller(admin).get(path).json()["writing"] == []
    assert refusal(Caller(doctor).post(f"{path}writing/")) == (404, "not_found")


def test_live_state_covers_all_mailboxes(team, admin, patient, doctor2):
    caller = Caller(admin)
    cursor = caller.get("live/state/").json()["cursor"]
    asked = create_conversation(patient, team, "Can I come on Monday?")
    data = caller.get(f"live/state/?after={cursor}").json()
    assert data["unread_conversations"] == 1
    [event] = data["events"]
    assert (event["conversation"], event["sender"]) == (str(asked.pk), "Maya Ferreira")
    assert set(event) == {"message", "conversation", "url", "sender"}
    send_message(conversation=asked, sender=doctor2, body="Yes", seen=asked.last_message_id)
    assert caller.get(f"live/state/?after={data['cursor']}").json()["events"] == []


def test_whoever_left_is_a_stranger_everywhere(asked, team, admin, doctor2):
    Caller(doctor2).get(f"conversations/{asked.pk}/")
    change_team(team=team, members=[admin])
    caller, path = Caller(doctor2), f"conversations/{asked.pk}/"
    for method, address in (
        ("GET", path),
        ("GET", f"{path}messages/"),
        ("POST", f"{path}writing/"),
        ("POST", f"{path}no-answer-needed/"),
        ("GET", f"{path}draft/"),
    ):
        assert refusal(caller.call(method, address)) == (404, "not_found"), address
    assert caller.results("conversations/?q=Monday") == []
    assert [each["id"] for each in caller.get("feature/").json()["mailboxes"]] == ["me"]
