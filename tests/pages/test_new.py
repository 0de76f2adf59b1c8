"""The form for a new message."""

from __future__ import annotations

import pytest

from tests.pages.visitor import NEW, only, page, texts, values
from vclinic_messages import selectors
from vclinic_messages.message_text import SEARCH_MAX_LENGTH
from vclinic_messages.models import Conversation, Message
from vclinic_messages.testing import create_conversation, create_member, switch_messages

FORM = "#vcm-composer"
FIND = {"action": "find"}


def offered(response):
    return texts(response, ".vcm-person .vcm-person__name")


@pytest.fixture
def colleagues(doctor, doctor2, admin):
    return doctor, doctor2, admin


def test_a_patient_is_offered_doctors_and_staff_but_no_patient(visit, patient, patient2, colleagues):
    response = visit(patient).get(NEW)
    assert offered(response) == ["Ruth Adeyemi", "Amara Okafor", "Henrik Solberg"]
    assert texts(response, "#vcm-picker .vcm-seg__item") == ["All", "Doctors"]


def test_staff_are_offered_everybody(visit, patient, patient2, colleagues, doctor):
    response = visit(doctor).get(NEW)
    assert offered(response) == ["Ruth Adeyemi", "Maya Ferreira", "Joana Lopes", "Henrik Solberg"]
    assert texts(response, "#vcm-picker .vcm-seg__item") == ["All", "Doctors", "Patients"]


def test_no_filter_where_only_staff_can_be_written_to(visit, patient, colleagues):
    switch_messages(patients_may_write_to_doctors=False)
    response = visit(patient).get(NEW)
    assert offered(response) == ["Ruth Adeyemi"]
    assert texts(response, "#vcm-picker .vcm-seg__item") == []


def test_a_new_conversation(visit, patient, colleagues, doctor):
    visitor = visit(patient)
    response = visitor.press(visitor.get(NEW), FORM, recipient=str(doctor.pk), body="Hello")
    conversation = Conversation.objects.get()
    assert response["Location"] == f"/messages/{conversation.pk}/"
    assert Message.objects.get().body == "Hello"


def test_pressing_twice_starts_one_conversation(visit, patient, doctor):
    visitor = visit(patient)
    form = visitor.get(NEW)
    places = {
        visitor.press(form, FORM, recipient=str(doctor.pk), body="Hello")["Location"] for _time in range(2)
    }
    assert len(places) == 1
    assert Conversation.objects.count() == 1


def test_a_search_does_not_lose_what_was_typed(visit, patient, colleagues, doctor):
    visitor = visit(patient)
    form = visitor.get(NEW)
    typed = {"body": "A long text", "recipient": str(doctor.pk), "q": "solberg"}
    response = visitor.press(form, FORM, FIND, **typed)
    assert response.status_code == 200
    found = values(only(response, FORM))
    assert {name: found[name] for name in typed} == typed
    assert offered(response) == ["Amara Okafor", "Henrik Solberg"]
    assert texts(response, ".vcm-people__title") == ["Chosen"]
    assert Message.objects.count() == 0


def test_a_search_among_people_leaves_the_list_beside_it_alone(visit, patient, doctor, doctor2):
    create_conversation(patient, doctor)
    response = visit(patient).get(NEW + "?q=solberg")
    assert texts(response, ".vcm-person .vcm-person__name") == ["Henrik Solberg"]
    assert len(page(response).select(".vcm-row")) == 1
    assert only(response, "#vcm-search")["value"] == ""


def test_a_long_search_is_cut(visit, patient, doctor):
    long = "x" * SEARCH_MAX_LENGTH
    response = visit(patient).post(NEW, {**FIND, "q": long + "y"})
    assert only(response, "#vcm-picker-search")["value"] == long


def test_filtering_by_role(visit, patient, colleagues):
    visitor = visit(patient)
    response = visitor.press(visitor.get(NEW), FORM, FIND, filter="doctors")
    assert offered(response) == ["Amara Okafor", "Henrik Solberg"]
    assert only(response, "[name=filter][checked]")["value"] == "doctors"


def test_a_patient_cannot_filter_for_patients(visit, patient, patient2, colleagues):
    visitor = visit(patient)
    response = visitor.press(visitor.get(NEW), FORM, FIND, filter="patients")
    assert "Joana Lopes" not in offered(response)
    assert only(response, "[name=filter][checked]")["value"] == "all"


def test_more_people_by_a_button(visit, patient):
    for number in range(60):
        create_member("doctor", last_name=f"Doctor{number:02}")
    visitor = visit(patient)
    first = visitor.get(NEW)
    assert len(offered(first)) == 50
    button = only(first, "[name=more]")
    more = visitor.press(first, FORM, {"more": button["value"]}, body="Kept")
    assert len(offered(more)) == 60
    assert values(only(more, FORM))["body"] == "Kept"


def test_who_finds_many_is_asked_for_more_of_the_name(visit, doctor, crowd):
    visitor = visit(doctor)
    response = visitor.press(visitor.get(NEW), FORM, FIND, q="brandt")
    while more := page(response).select("[name=more]"):
        assert texts(response, ".vcm-people__many") == ["Too many matches. Keep typing to narrow the list."]
        said = only(response, "#vcm-found")["data-said"]
        assert said == f"{len(offered(response))} people. Too many matches. Keep typing to narrow the list."
        response = visitor.press(response, FORM, {"more": more[0]["value"]})
    assert len(offered(response)) == selectors.MOST_FOUND
    assert texts(response, ".vcm-people__many")
    assert not texts(visitor.press(response, FORM, FIND, q="brandt 999"), ".vcm-people__many")
    assert not texts(visitor.press(response, FORM, FIND, q=""), ".vcm-people__many")


@pytest.mark.parametrize(
    ("find", "said"),
    [
        ({"q": "xyz"}, "No one matches this search. Try fewer letters."),
        (
            {"q": "xyz", "filter": "doctors"},
            "No one matches this search. Try fewer letters, or choose “All”.",
        ),
        ({"filter": "doctors"}, "There is no one to write to."),
        ({"q": "  ", "filter": "doctors"}, "There is no one to write to."),
    ],
)
def test_who_finds_nobody_is_told_what_to_try(visit, patient, admin, find, said):
    visitor = visit(patient)
    response = visitor.press(visitor.get(NEW), FORM, FIND, **find)
    assert texts(response, ".vcm-people__none") == [said]


def test_recent_first_and_only_once(visit, patient, colleagues, doctor2):
    create_conversation(patient, doctor2)
    response = visit(patient).get(NEW)
    assert offered(response) == ["Henrik Solberg", "Ruth Adeyemi", "Amara Okafor"]
    assert texts(response, ".vcm-people__title")[0] == "Recent"


@pytest.mark.parametrize("recipient", ["", "0", "999999", "x", "\0"])
def test_an_invalid_recipient(visit, patient, colleagues, recipient):
    response = visit(patient).post(NEW, {"recipient": recipient, "body": "Hello", "key": "mine"})
    assert response.status_code == 400
    assert only(response, ".vcm-alert")["data-field"] == "recipient"
    found = values(only(response, FORM))
    assert (found["body"], found["key"]) == ("Hello", "mine")
    assert Conversation.objects.count() == 0


def test_a_patient_cannot_write_to_a_patient(visit, patient, patient2):
    response = visit(patient).post(NEW, {"recipient": str(patient2.pk), "body": "Hello"})
    assert response.status_code == 400
    assert Conversation.objects.count() == 0


def test_a_blank_text(visit, patient, doctor):
    response = visit(patient).post(NEW, {"recipient": str(doctor.pk), "body": " "})
    assert response.status_code == 400
    assert only(response, "[name=recipient][checked]")["value"] == str(doctor.pk)


def test_an_empty_form_is_told_all_that_it_lacks_at_once(visit, patient, doctor):
    visitor = visit(patient)
    response = visitor.press(visitor.get(NEW), FORM, body="")
    alert = texts(response, ".vcm-alert")[0]
    assert "Choose who to write to. Write a message first." in alert
    assert only(response, ".vcm-alert")["data-field"] == "recipient"


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true", "HX-Target": "vcm-main"}])
def test_the_alert_speaks_of_a_text_only_if_there_is_one(visit, patient, doctor, headers):
    for body, has_text in (("", False), (" \n", False), ("Hello", True)):
        response = visit(patient).post(NEW, {"body": body}, headers=headers)
        assert ("Your text is still in the form." in texts(response, ".vcm-alert")[0]) is has_text


def test_an_existing_conversation_is_offered_and_takes_the_text_along(visit, patient, doctor):
    existing = create_conversation(patient, doctor, "Before")
    visitor = visit(patient)
    chosen = visitor.press(visitor.get(NEW), FORM, FIND, recipient=str(doctor.pk), body="Typed already")
    assert texts(chosen, "#vcm-hint") == ["You already have a conversation with Amara Okafor. Continue it"]
    continued = visitor.press(chosen, FORM, {"action": "continue"})
    assert continued.status_code == 200
    composer = only(continued, FORM)
    assert composer["action"] == f"/messages/{existing.pk}/"
    assert values(composer)["body"] == "Typed already"
    assert visitor.press(continued, FORM).status_code == 302
    assert list(Message.objects.order_by("pk").values_list("body", flat=True)) == ["Before", "Typed already"]


def test_sending_all_the_same_starts_a_new_one(visit, patient, doctor):
    create_conversation(patient, doctor)
    visit(patient).post(NEW, {"recipient": str(doctor.pk), "body": "Something else"})
    assert Conversation.objects.count() == 2


def test_continuing_by_htmx_shows_the_right_address(visit, patient, doctor):
    existing = create_conversation(patient, doctor)
    data = {"recipient": str(doctor.pk), "body": "Typed", "action": "continue"}
    response = visit(patient).post(NEW, data, headers={"HX-Request": "true", "HX-Target": "vcm-main"})
    assert response["HX-Push-Url"] == f"/messages/{existing.pk}/"
    assert "Typed" not in response["HX-Push-Url"]


def test_parts_for_htmx(visit, patient, doctor):
    headers = {"HX-Request": "true"}
    data = {"recipient": str(doctor.pk), "action": "find"}
    people = visit(patient).post(NEW, data, headers={**headers, "HX-Target": "vcm-people"})
    assert offered(people) == ["Amara Okafor"]
    assert page(people).select("textarea") == []
    chosen = visit(patient).post(NEW, data, headers={**headers, "HX-Target": "vcm-chosen"})
    assert texts(chosen, "label") == ["Message to Amara Okafor"]


def test_where_patients_may_not_start(visit, patient, doctor):
    switch_messages(patients_may_start=False)
    response = visit(patient).get(NEW)
    assert page(response).select(FORM) == []
    assert "can answer messages, but not start" in texts(response, "#vcm-closed")[0]
    refused = visit(patient).post(NEW, {"recipient": str(doctor.pk), "body": "Hello"})
    assert refused.status_code == 403
    assert values(only(refused, FORM))["body"] == "Hello"


def test_an_address_may_name_the_recipient(visit, patient, doctor):
    response = visit(patient).get(NEW, query_params={"recipient": str(doctor.pk), "body": "Not from here"})
    assert only(response, "[name=recipient][checked]")["value"] == str(doctor.pk)
    assert values(only(response, FORM))["body"] == ""


def test_a_search_for_characters_that_cannot_be_stored_loses_no_text(visit, patient, doctor):
    data = {"body": "Keep me", "recipient": "\0", "q": "a\0", "action": "find"}
    response = visit(patient).post("/messages/new/", data)
    assert response.status_code == 200
    assert "Keep me" in response.content.decode()
