"""Answering in a conversation."""

from __future__ import annotations

import pytest

from tests.pages.visitor import only, page, texts, values
from tests.roles import change_roles
from vclinic_messages import actions
from vclinic_messages.models import Message, Participant

HTMX = {"HX-Request": "true", "HX-Target": "vcm-main"}


def bodies():
    return list(Message.objects.order_by("pk").values_list("body", flat=True))


def field(response):
    return values(only(response, "#vcm-composer"))["body"]


def test_a_reply_is_sent_and_leads_back_to_the_conversation(visit, doctor, conversation, address):
    visitor = visit(doctor)
    response = visitor.press(visitor.get(address), "#vcm-composer", body="\n An answer \r\nwith lines ")
    assert (response.status_code, response["Location"]) == (302, address)
    assert bodies() == ["Good morning", "\n An answer \nwith lines "]
    assert Participant.objects.get(conversation=conversation, mailbox__user=doctor).unread_count == 0
    assert field(visitor.get(address)) == ""


def test_key_and_seen_may_be_missing(visit, doctor, conversation, address):
    assert visit(doctor).post(address, {"body": "Short"}).status_code == 302
    assert Participant.objects.get(conversation=conversation, mailbox__user=doctor).unread_count == 1


def test_pressing_twice_sends_once(visit, doctor, address):
    visitor = visit(doctor)
    form = visitor.get(address)
    for _time in range(2):
        assert visitor.press(form, "#vcm-composer", body="Once").status_code == 302
    assert bodies() == ["Good morning", "Once"]


def test_each_form_has_a_key_of_its_own(visit, doctor, address):
    keys = {only(visit(doctor).get(address), "#vcm-composer [name=key]")["value"] for _time in range(3)}
    assert len(keys) == 3


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "Write a message first."),
        (" \n\t ", "Write a message first."),
        ("x" * 5012, "12 characters too long"),
        ("x" * 7345, "2,345 characters too long"),
        ("nul \0 here", "cannot be stored"),
    ],
)
def test_a_text_that_cannot_be_sent_is_explained_and_stays(visit, doctor, address, body, reason):
    visitor = visit(doctor)
    form = visitor.get(address)
    response = visitor.press(form, "#vcm-composer", body=body)
    assert response.status_code == 400
    alert = texts(response, "#vcm-alert")[0]
    assert alert.startswith("Your message was not sent")
    assert reason in alert
    assert ("Your text is still in the form." in alert) is bool(body.strip())
    assert field(response).replace("\ufffd", "\0") == body
    assert only(response, "#vcm-body")["aria-invalid"] == "true"
    assert texts(response, "#vcm-send") == ["Try again"]
    key = "#vcm-composer [name=key]"
    assert only(response, key)["value"] == only(form, key)["value"]
    assert bodies() == ["Good morning"]


def test_exactly_as_long_as_the_server_counts(visit, doctor, address):
    assert visit(doctor).post(address, {"body": "🙂" * 4999 + "\r\n"}).status_code == 302
    assert len(bodies()[-1]) == 5000
    assert not only(visit(doctor).get(address), "#vcm-body").has_attr("maxlength")


def test_too_many_sends_wait(visit, doctor, address, settings):
    settings.VCLINIC_MESSAGES = {**settings.VCLINIC_MESSAGES, "SENDS_PER_MINUTE": 1}
    visit(doctor).post(address, {"body": "One"})
    response = visit(doctor).post(address, {"body": "Two"})
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 60
    assert field(response) == "Two"


def test_a_key_of_another_text_is_replaced(visit, patient, address):
    data = {"body": "One", "key": "the-key"}
    visit(patient).post(address, data)
    response = visit(patient).post(address, {**data, "body": "Two"})
    assert response.status_code == 409
    assert field(response) == "Two"
    assert only(response, "#vcm-composer [name=key]")["value"] != "the-key"
    assert "You can also call the clinic on 555-0100." in texts(response, "#vcm-alert")[0]
    visit(patient).press(response, "#vcm-composer")
    assert bodies() == ["Good morning", "One", "Two"]


def test_an_invalid_key_is_replaced(visit, patient, address):
    response = visit(patient).post(address, {"body": "One", "key": "no spaces please"})
    assert response.status_code == 400
    assert visit(patient).press(response, "#vcm-composer").status_code == 302


def test_an_answer_that_is_not_allowed_any_more(visit, patient, doctor, address):
    change_roles(doctor)
    response = visit(patient).post(address, {"body": "Are you there?"})
    assert response.status_code == 403
    alert = texts(response, "#vcm-alert")[0]
    assert "can no longer receive messages here" in alert
    assert alert.count("555-0100") == 1
    assert field(response) == "Are you there?"


def test_a_refusal_for_htmx_touches_only_the_alert(visit, patient, address):
    response = visit(patient).post(address, {"body": "  ", "key": "mine"}, headers=HTMX)
    assert response.status_code == 400
    assert response["HX-Retarget"] == "#vcm-alert"
    assert response["HX-Push-Url"] == "false"
    assert only(response, ".vcm-alert")["data-field"] == "body"
    assert only(response, ".vcm-alert")["data-key"] == "mine"
    assert page(response).select("textarea") == []


def test_a_send_by_htmx_brings_the_conversation(visit, patient, address):
    response = visit(patient).client.post(address, {"body": "Sent"}, headers=HTMX, follow=True)
    assert texts(response, ".vcm-msg__body") == ["Good morning", "Sent"]


def test_what_arrived_meanwhile_stays_unread(visit, patient, doctor, conversation, address):
    visitor = visit(doctor)
    form = visitor.get(address)
    actions.send_message(conversation=conversation, sender=patient, body="One thing more")
    visitor.press(form, "#vcm-composer", body="An answer to the first")
    assert Participant.objects.get(conversation=conversation, mailbox__user=doctor).unread_count == 1
