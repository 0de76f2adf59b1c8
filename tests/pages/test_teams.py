"""Teams on the pages, without a script."""

import pytest

from tests.pages.visitor import only, page
from vclinic_messages import actions
from vclinic_messages.actions import close_team
from vclinic_messages.models import Message
from vclinic_messages.teams import recipient_id
from vclinic_messages.testing import create_conversation, create_team


@pytest.fixture
def team(admin, doctor2):
    return create_team("Front desk", admin, doctor2, description="Appointments, forms")


@pytest.fixture
def asked(team, patient):
    return create_conversation(patient, team, "Can I come on Monday?")


@pytest.fixture
def address(asked):
    return f"/messages/{asked.pk}/"


def words(tag):
    return " ".join(tag.get_text().split())


READERS = "Everyone at Front desk can read this, currently Henrik Solberg and Ruth Adeyemi."


def test_the_picker_shows_teams_first(visit, team, patient, doctor):
    response = visit(patient).get("/messages/new/")
    titles = [words(each) for each in page(response).select(".vcm-people__title")]
    assert titles[0] == "Teams: answered by whoever is in"
    first = page(response).select(".vcm-person")[0]
    assert "Front desk" in words(first)
    assert "Team · Appointments, forms" in words(first)
    filters = [each["value"] for each in page(response).select("input[name=filter]")]
    assert filters == ["all", "teams", "doctors"]
    narrowed = visit(patient).get("/messages/new/?filter=teams")
    assert len(page(narrowed).select(".vcm-person")) == 1


def test_there_is_no_filter_without_teams(visit, patient, doctor):
    response = visit(patient).get("/messages/new/")
    assert [each["value"] for each in page(response).select("input[name=filter]")] == ["all", "doctors"]


def test_the_chosen_team_says_who_reads(visit, team, patient):
    response = visit(patient).get(f"/messages/new/?recipient={recipient_id(team.pk)}")
    assert words(only(response, ".vcm-readers")) == READERS


def test_a_patient_writes_to_a_team_and_sees_who_reads(visit, team, patient):
    visitor = visit(patient)
    data = {"recipient": recipient_id(team.pk), "body": "Hello"}
    response = visitor.post("/messages/new/", data, follow=True)
    assert words(only(response, "#vcm-heading")) == "Front desk"
    assert words(only(response, ".vcm-header__readers")) == READERS
    assert "Front desk" in words(only(response, ".vcm-row"))


def test_a_member_replies_as_the_team(visit, address, asked, admin, patient):
    response = visit(admin).get(address)
    assert (
        words(only(response, ".vcm-composer label[for=vcm-body]")) == "Reply to Maya Ferreira as Front desk"
    )
    assert "“Front desk”" in words(only(response, "#vcm-notice-first"))
    assert "Front desk" in words(only(response, ".vcm-row__role"))
    visit(admin).post(address, {"body": "Yes", "seen": asked.last_message_id})
    shown = page(visit(patient).get(address)).select(".vcm-msg__name")[-1]
    assert words(shown) == "Ruth Adeyemi, Front desk"


def test_take_and_hand_over(visit, address, admin, doctor2):
    visitor = visit(admin)
    assert "Nobody has taken it" in words(only(visitor.get(address), "#vcm-work"))
    taken = visitor.post(f"{address}assign/", {"to": str(admin.pk)}, follow=True)
    assert "Taken by you" in words(only(taken, "#vcm-work"))
    assert "Taken by Ruth Adeyemi" in words(only(visit(doctor2).get(address), "#vcm-work"))
    choices = page(visitor.get(f"{address}assign/")).select("#vcm-hand-over input[type=radio]")
    assert [each["value"] for each in choices] == [str(doctor2.pk), str(admin.pk), ""]
    handed = visitor.post(f"{address}assign/", {"to": str(doctor2.pk)}, follow=True)
    assert "Taken by Henrik Solberg" in words(only(handed, "#vcm-work"))
    back = visitor.post(f"{address}assign/", {"to": ""}, follow=True)
    assert "Nobody has taken it" in words(only(back, "#vcm-work"))


def test_nobody_else_can_hand_over(visit, address, patient, doctor):
    assert visit(doctor).get(f"{address}assign/").status_code == 404
    assert visit(patient).get(f"{address}assign/").status_code == 404
    assert visit(doctor).post(f"{address}writing/", {}).status_code == 404


def test_colleagues_see_who_is_writing(visit, address, admin, doctor2):
    assert visit(admin).post(f"{address}writing/", {}).status_code == 204
    assert "Ruth Adeyemi is writing a reply" in words(only(visit(doctor2).get(address), "#vcm-work"))


def test_after_a_colleagues_answer_the_form_comes_back_with_it(visit, address, asked, admin, doctor2):
    question = asked.last_message_id
    answer = actions.send_message(conversation=asked, sender=admin, body="At nine", seen=question)
    response = visit(doctor2).post(address, {"body": "At ten", "seen": question, "key": "k1"})
    assert response.status_code == 409
    assert "A colleague has answered" in words(only(response, "#vcm-alert"))
    assert "At nine" in words(only(response, "#vcm-messages"))
    assert only(response, "#vcm-body").get_text().strip() == "At ten"
    again = {each["name"]: each["value"] for each in page(response).select("#vcm-composer input[name]")}
    assert again["seen"] == str(answer.pk)
    sent = visit(doctor2).post(address, {"body": "At ten", "seen": again["seen"], "key": again["key"]})
    assert sent.status_code == 302
    assert Message.objects.count() == 3


def test_with_the_script_the_conversation_comes_back_too(visit, address, asked, admin, doctor2):
    question = asked.last_message_id
    actions.send_message(conversation=asked, sender=admin, body="At nine", seen=question)
    response = visit(doctor2).post(
        address,
        {"body": "At ten", "seen": question},
        headers={"HX-Request": "true", "HX-Target": "vcm-main"},
    )
    assert response.status_code == 409
    assert "At nine" in words(only(response, "#vcm-messages"))


def test_a_closed_team_is_read_only(visit, address, team, admin):
    close_team(team=team)
    response = visit(admin).get(address)
    assert "This team is closed" in words(only(response, "#vcm-closed"))
    assert page(response).select("#vcm-composer") == []
