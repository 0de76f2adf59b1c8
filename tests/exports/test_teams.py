"""What an export says of a team, and of whoever wrote for it."""

import json

import pytest

from vclinic_messages import actions
from vclinic_messages.actions import close_team
from vclinic_messages.exports import FORMATS, conversation_document
from vclinic_messages.selectors import report_rows
from vclinic_messages.selectors.namesakes import people_in
from vclinic_messages.teams import recipient_id
from vclinic_messages.testing import create_conversation, create_team


@pytest.fixture
def team(admin):
    return create_team("Front desk", admin)


@pytest.fixture
def answered(team, patient, admin):
    conversation = create_conversation(patient, team, "Can I come on Monday?")
    actions.send_message(
        conversation=conversation, sender=admin, body="Yes", seen=conversation.last_message_id
    )
    return conversation


def exported(conversation, name):
    document = conversation_document(conversation.pk, exported_by="Ruth Adeyemi")
    return "".join(FORMATS[name].chunks(document))


def test_json_names_the_team_and_the_writer(answered, team, admin):
    data = json.loads(exported(answered, "json"))
    shared = next(each for each in data["conversation"]["participants"] if each["name"] == "Front desk")
    assert (shared["id"], shared["known_as"]) == (recipient_id(team.pk), "team")
    question, answer = data["messages"]
    assert "for_team" not in question
    assert (answer["sender"]["id"], answer["for_team"]) == (str(admin.pk), "Front desk")


def test_fhir_has_a_care_team_as_the_recipient(answered, team, admin):
    bundle = json.loads(exported(answered, "fhir"))
    by_url = {entry["fullUrl"]: entry["resource"] for entry in bundle["entry"]}
    question, answer = (each for each in by_url.values() if each["resourceType"] == "Communication")
    [recipient] = question["recipient"]
    assert by_url[recipient["reference"]] == {
        "resourceType": "CareTeam",
        "name": "Front desk",
        "identifier": [{"value": str(team.pk)}],
    }
    assert answer["sender"] == {
        "type": "Practitioner",
        "display": "Ruth Adeyemi",
        "identifier": {"value": str(admin.pk)},
    }


def test_the_page_shows_writer_and_team(answered):
    html = exported(answered, "html")
    assert "<bdi>Ruth Adeyemi</bdi> <small>Clinic staff, <bdi>Front desk</bdi></small>" in html


def test_reports_name_the_team(answered):
    names = [str(each) for each in people_in([answered.pk])[answered.pk]]
    assert "Front desk (team)" in names


def test_what_a_closed_team_was_asked_cannot_be_answered(team, patient, admin):
    conversation = create_conversation(patient, team, "Can I come on Monday?")
    assert report_rows.unanswerable([conversation.pk]) == set()
    close_team(team=team)
    assert report_rows.unanswerable([conversation.pk]) == {conversation.pk}
