"""Drafts on the pages: what the script gets, and what works without it."""

from __future__ import annotations

import pytest

from tests.pages.visitor import NEW, only, page, texts, values
from vclinic_messages import actions
from vclinic_messages.models import Draft, Message
from vclinic_messages.testing import create_conversation, switch_messages

JSON = {"Accept": "application/json"}
HTMX = {"HX-Request": "true", "HX-Target": "vcm-main"}
COMPOSER = "#vcm-composer"


def save(visitor, path, body, version=0, **more):
    data = {"action": "save", "body": body, "draft": version, **more}
    return visitor.post(path, data, headers=JSON)


def form(response):
    return values(only(response, COMPOSER))


def bodies():
    return list(Draft.objects.order_by("pk").values_list("body", "version"))


# For the script


def test_a_save_answers_with_the_new_version(visit, patient, address):
    visitor = visit(patient)
    for version in (0, 1):
        answer = save(visitor, address, f"Text {version}", version)
        assert answer.status_code == 200
        assert answer.json()["version"] == version + 1
        assert answer.json()["says"] == "Draft saved"
        assert answer.json()["saved_at"].startswith("20")
        assert answer.headers["VCM-Page"]
    assert bodies() == [("Text 1", 2)]


def test_a_conflict_brings_the_newer_draft(visit, patient, address):
    visitor = visit(patient)
    save(visitor, address, "Newer")
    answer = save(visitor, address, "Older")
    assert answer.status_code == 409
    assert answer.headers["VCM-Page"]
    found = answer.json()
    assert (found["code"], found["version"]) == ("draft_conflict", 1)
    draft = found["draft"]
    assert (draft["body"], draft["version"], draft["recipient"]) == ("Newer", 1, None)
    assert draft["saved"].startswith("today, ")
    actions.send_message(conversation=address.split("/")[2], sender=patient, body="Sent")
    assert save(visitor, address, "Older").json()["draft"] is None


def test_the_newer_draft_of_a_new_message_says_for_whom_it_is(visit, patient, doctor):
    visitor = visit(patient)
    assert save(visitor, NEW, "Newer", recipient=doctor.pk).status_code == 200
    draft = save(visitor, NEW, "Typed first", recipient=doctor.pk, was="").json()["draft"]
    assert (draft["recipient"], draft["recipient_name"]) == (str(doctor.pk), "Amara Okafor")


def test_refusals_are_json(visit, patient, patient2, address, clinic):
    answer = save(visit(patient), address, "Text", viewer=patient2.pk)
    assert (answer.status_code, answer.json()["code"]) == (403, "other_person")
    answer = save(visit(patient2), address, "Text")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    answer = save(visit(patient), address, "x" * 10_001)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert "1 character too long" in answer.json()["detail"]
    answer = save(visit(patient), NEW, "Text", recipient="999")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    switch_messages(False)
    answer = save(visit(patient), address, "Text")
    assert (answer.status_code, answer.json()["code"]) == (403, "messages_disabled")
    visitor = visit(patient)
    visitor.client.cookies.pop("sessionid")
    answer = save(visitor, address, "Text")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_authenticated")
    assert bodies() == []


def test_too_many_saves_wait(visit, patient, address):
    visitor = visit(patient)
    save(visitor, address, "Text")
    Draft.objects.update(counted_saves=120)
    answer = save(visitor, address, "Text 2", 1)
    assert (answer.status_code, answer.json()["code"]) == (429, "throttled")
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert answer.headers["VCM-Page"]


def test_an_expired_token_brings_the_new_one(visit, patient, address):
    visitor = visit(patient, enforce_csrf_checks=True)
    for path in (address, NEW):
        answer = save(visitor, path, "Text")
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
        again = save(visitor, path, "Text", csrfmiddlewaretoken=answer.headers["VCM-Token"])
        assert again.status_code == 200


def test_a_draft_moves_to_the_chosen_recipient(visit, patient, doctor, doctor2):
    visitor = visit(patient)
    version = save(visitor, NEW, "For whom?", recipient="", was="").json()["version"]
    answer = save(visitor, NEW, "For you", version, recipient=doctor.pk, was="")
    assert answer.status_code == 200
    answer = save(visitor, NEW, "For you", answer.json()["version"], recipient=doctor2.pk, was=doctor.pk)
    assert answer.status_code == 200
    assert [body for body, _version in bodies()] == ["", "", "For you"]


def test_discarding_for_the_script(visit, patient, address):
    visitor = visit(patient)
    save(visitor, address, "Text")
    answer = visitor.post(address, {"action": "discard", "body": "Text", "draft": 1}, headers=JSON)
    assert (answer.status_code, answer.json()["version"]) == (200, 2)
    assert answer.json()["says"] == "Draft discarded."
    assert save(visitor, address, "Text", 2).json()["version"] == 3


def test_keeping_for_the_script(visit, patient, address):
    visitor = visit(patient)
    save(visitor, address, "Newer")
    data = {"action": "keep", "body": "Mine", "draft": 0, "newer": 1}
    assert visitor.post(address, data, headers=JSON).json()["version"] == 2
    assert bodies() == [("Mine", 2)]


# Without a script


def test_save_draft_leads_back_to_the_filled_form(visit, patient, address):
    visitor = visit(patient)
    response = visitor.press(visitor.get(address), COMPOSER, {"action": "save"}, body="Half a <thought>")
    assert (response.status_code, response["Location"]) == (302, address)
    response = visitor.get(address)
    assert (form(response)["body"], form(response)["draft"]) == ("Half a <thought>", "1")
    assert texts(response, "#vcm-restored")[0].startswith("Draft from today, ")
    sent = visitor.press(response, COMPOSER)
    assert sent.status_code == 302
    response = visitor.get(address)
    assert (form(response)["body"], form(response)["draft"]) == ("", "2")
    assert only(response, "#vcm-restored").has_attr("hidden")
    assert Message.objects.latest("pk").body == "Half a <thought>"


def test_save_draft_of_a_new_message_leads_back_with_its_recipient(visit, patient, doctor):
    visitor = visit(patient)
    typed = {"body": "Dear doctor", "recipient": str(doctor.pk)}
    response = visitor.press(visitor.get(NEW), COMPOSER, {"action": "save"}, **typed)
    assert (response.status_code, response["Location"]) == (302, f"{NEW}?recipient={doctor.pk}")
    response = visitor.get(response["Location"])
    found = form(response)
    assert (found["body"], found["recipient"], found["was"]) == (
        "Dear doctor",
        str(doctor.pk),
        str(doctor.pk),
    )
    assert visitor.press(response, COMPOSER).status_code == 302
    assert [body for body, _version in bodies()] == [""]
    assert form(visitor.get(NEW))["body"] == ""


def test_discard_and_undo(visit, patient, address):
    visitor = visit(patient)
    save(visitor, address, "Two\nlines")
    response = visitor.press(visitor.get(address), COMPOSER, {"action": "discard"})
    assert texts(response, "#vcm-restored") == ["Draft discarded. Undo"]
    assert form(response)["body"] == ""
    assert bodies() == [("", 2)]
    response = visitor.press(response, COMPOSER, {"action": "undo"})
    assert response.status_code == 302
    assert form(visitor.get(address))["body"] == "Two\nlines"


def test_undo_loses_nothing_that_was_typed_since(visit, patient, address):
    visitor = visit(patient)
    save(visitor, address, "Old")
    response = visitor.press(visitor.get(address), COMPOSER, {"action": "discard"})
    visitor.press(response, COMPOSER, {"action": "undo"}, body="New")
    assert bodies() == [("Old\nNew", 3)]


@pytest.fixture
def conflict(visit, patient, address):
    """A form that was saved after another device had saved."""
    visitor = visit(patient)
    opened = visitor.get(address)
    save(visitor, address, "From <another> device")
    return visitor.press(opened, COMPOSER, {"action": "save"}, body="Mine")


def test_a_conflict_gives_the_form_back_with_both_texts(conflict):
    assert conflict.status_code == 409
    assert form(conflict)["body"] == "Mine"
    note = texts(conflict, ".vcm-note--draft")[0]
    assert "A newer draft from another device" in note
    assert "From <another> device" in note
    assert bodies() == [("From <another> device", 1)]


def test_both_texts_are_there_when_the_form_is_opened_again(conflict, visit, patient, address):
    visitor = visit(patient)
    response = visitor.get(address)
    assert (form(response)["body"], form(response)["draft"]) == ("Mine", "0")
    assert "From <another> device" in texts(response, ".vcm-note--draft")[0]
    assert visitor.press(response, COMPOSER, {"action": "save"}).status_code == 409
    assert form(visitor.press(response, COMPOSER, {"action": "use-newer"}))["body"] == "From <another> device"
    response = visitor.get(address)
    assert form(response)["body"] == "From <another> device"
    assert texts(response, ".vcm-note--draft") == []


def test_both_texts_of_a_new_message_are_there_again(visit, patient, doctor):
    visitor = visit(patient)
    save(visitor, NEW, "To the doctor", recipient=doctor.pk)
    save(visitor, NEW, "Mine", recipient=doctor.pk, was="")
    response = visitor.get(f"{NEW}?recipient={doctor.pk}")
    assert form(response)["body"] == "Mine"
    assert "To the doctor" in texts(response, ".vcm-note--draft")[0]
    assert visitor.press(response, COMPOSER, {"action": "keep"}).status_code == 302
    assert form(visitor.get(f"{NEW}?recipient={doctor.pk}"))["body"] == "Mine"
    assert bodies() == [("Mine", 2)]


def test_use_the_newer_draft_and_undo(conflict, visit, patient, address):
    visitor = visit(patient)
    response = visitor.press(conflict, COMPOSER, {"action": "use-newer"})
    assert form(response)["body"] == "From <another> device"
    assert texts(response, "#vcm-restored") == ["The newer draft is now in the form. Undo"]
    undone = visitor.press(response, COMPOSER, {"action": "undo"})
    assert (undone.status_code, undone["Location"]) == (302, address)
    assert form(visitor.get(address))["body"] == "Mine"


def test_undo_of_the_newer_draft_keeps_what_was_typed_since(conflict, visit, patient, address):
    visitor = visit(patient)
    response = visitor.press(conflict, COMPOSER, {"action": "use-newer"})
    visitor.press(response, COMPOSER, {"action": "undo"}, body="From <another> device, and more")
    assert form(visitor.get(address))["body"] == "Mine\nFrom <another> device, and more"


def test_a_newer_draft_that_was_sent_meanwhile(conflict, visit, patient, conversation, address):
    actions.send_message(conversation=conversation, sender=patient, body="From <another> device")
    response = visit(patient).press(conflict, COMPOSER, {"action": "use-newer"})
    assert (response.status_code, response["Location"]) == (302, address)


def test_keep_this_one(conflict, visit, patient, address):
    response = visit(patient).press(conflict, COMPOSER, {"action": "keep"})
    assert (response.status_code, response["Location"]) == (302, address)
    assert bodies() == [("Mine", 2)]


def test_saving_again_without_a_choice_is_a_conflict_again(conflict, visit, patient):
    response = visit(patient).press(conflict, COMPOSER, {"action": "save"})
    assert response.status_code == 409
    assert form(response)["body"] == "Mine"


def test_a_draft_that_was_sent_elsewhere(visit, patient, conversation, address):
    visitor = visit(patient)
    save(visitor, address, "Text")
    opened = visitor.get(address)
    actions.send_message(conversation=conversation, sender=patient, body="Text")
    response = visitor.press(opened, COMPOSER, {"action": "save"}, body="Text and more")
    assert response.status_code == 409
    assert texts(response, ".vcm-note__title") == ["This draft was sent or discarded elsewhere"]
    assert visitor.press(response, COMPOSER, {"action": "keep"}).status_code == 302
    assert bodies() == [("Text and more", 3)]


def test_the_choice_for_a_new_message(visit, patient, doctor):
    visitor = visit(patient)
    opened = visitor.get(NEW)
    save(visitor, NEW, "To the doctor", recipient=doctor.pk)
    typed = {"body": "Mine", "recipient": str(doctor.pk)}
    response = visitor.press(opened, COMPOSER, {"action": "save"}, **typed)
    assert response.status_code == 409
    assert ", to Amara Okafor:" in texts(response, ".vcm-note--draft")[0]
    button = only(response, "[value=use-newer]")
    chosen = visitor.post(button["formaction"], {**form(response), "action": "use-newer"})
    assert (form(chosen)["body"], form(chosen)["recipient"]) == ("To the doctor", str(doctor.pk))
    assert visitor.press(response, COMPOSER, {"action": "keep"}).status_code == 302
    assert [body for body, _version in bodies()] == ["Mine"]


def test_a_failed_send_shows_the_typed_text_and_not_the_draft(visit, patient, address):
    visitor = visit(patient)
    save(visitor, address, "Stored")
    response = visitor.press(visitor.get(address), COMPOSER, body="x" * 5001)
    assert response.status_code == 400
    assert (form(response)["body"], form(response)["draft"]) == ("x" * 5001, "1")
    response = visitor.press(visitor.get(address), COMPOSER, body=" ")
    assert form(response)["body"] == " "
    assert bodies() == [("Stored", 1)]


def test_a_draft_that_cannot_be_saved_comes_back(visit, patient, address):
    response = visit(patient).press(
        visit(patient).get(address), COMPOSER, {"action": "save"}, body="x" * 10_001
    )
    assert response.status_code == 400
    assert "Your draft was not saved" in texts(response, "#vcm-alert")[0]
    assert form(response)["body"] == "x" * 10_001


def test_choosing_somebody_with_a_draft_fills_the_empty_form(visit, patient, doctor):
    visitor = visit(patient)
    save(visitor, NEW, "To the doctor", recipient=doctor.pk)
    response = visitor.press(visitor.get(NEW), COMPOSER, {"action": "find"}, recipient=str(doctor.pk))
    assert (form(response)["body"], form(response)["was"]) == ("To the doctor", str(doctor.pk))
    typed = {"recipient": str(doctor.pk), "body": "Typed"}
    response = visitor.press(visitor.get(NEW), COMPOSER, {"action": "find"}, **typed)
    assert (form(response)["body"], form(response)["was"]) == ("Typed", "")


def test_continue_moves_the_draft_to_the_conversation(visit, patient, doctor, address):
    visitor = visit(patient)
    version = save(visitor, NEW, "Going on", recipient=doctor.pk).json()["version"]
    opened = visitor.get(f"{NEW}?recipient={doctor.pk}")
    response = visitor.press(opened, COMPOSER, {"action": "continue"})
    assert (form(response)["body"], form(response)["draft"]) == ("Going on", "1")
    assert bodies() == [("", version + 1), ("Going on", 1)]
    assert form(visitor.get(address))["body"] == "Going on"


def test_continue_does_not_overwrite_the_draft_in_the_conversation(visit, patient, doctor, address):
    visitor = visit(patient)
    save(visitor, address, "Stored")
    typed = {"recipient": str(doctor.pk), "body": "Typed"}
    response = visitor.press(visitor.get(NEW), COMPOSER, {"action": "continue"}, **typed)
    assert form(response)["body"] == "Typed"
    assert "Stored" in texts(response, ".vcm-note--draft")[0]
    assert bodies() == [("Stored", 1)]
    assert visitor.press(response, COMPOSER, {"action": "save"}).status_code == 409
    assert visitor.press(response, COMPOSER, {"action": "keep"}).status_code == 302
    assert bodies() == [("Typed", 2)]


def test_a_draft_stays_in_the_form_where_nobody_can_reply(visit, patient, doctor, address):
    from tests.roles import change_roles

    visitor = visit(patient)
    save(visitor, address, "Still here")
    change_roles(doctor)
    response = visitor.get(address)
    assert form(response)["body"] == "Still here"
    assert "You cannot reply in this conversation" in texts(response, "#vcm-closed")[0]


def test_a_draft_of_a_new_message_to_somebody_who_left_is_not_lost(visit, patient, doctor):
    from tests.roles import change_roles

    visitor = visit(patient)
    save(visitor, NEW, "Still here", recipient=doctor.pk)
    change_roles(doctor)
    found = form(visitor.get(f"{NEW}?recipient={doctor.pk}"))
    assert (found["body"], found["was"]) == ("Still here", str(doctor.pk))
    assert "recipient" not in found


def test_only_the_author_sees_a_draft(visit, patient, doctor, address):
    save(visit(patient), address, "Not for you")
    for path in (address, "/messages/"):
        assert "Not for you" not in visit(doctor).get(path).content.decode()


# In the list


def rows(response):
    return texts(response, ".vcm-row")


def test_the_row_shows_the_draft_instead_of_the_last_message(visit, patient, doctor, address):
    save(visit(patient), address, "First line\nsecond")
    excerpt = texts(visit(patient).get("/messages/"), ".vcm-row__excerpt")
    assert excerpt == ["Draft: First line second"]


def test_an_unread_row_keeps_its_excerpt(visit, doctor, address):
    save(visit(doctor), address, "An answer")
    assert texts(visit(doctor).get("/messages/"), ".vcm-row__excerpt") == ["Good morning"]


def test_new_messages_stand_on_top_of_the_first_page(visit, patient, doctor, address):
    visitor = visit(patient)
    save(visitor, NEW, "To nobody", recipient="")
    save(visitor, NEW, "To the doctor", recipient=doctor.pk)
    response = visitor.get("/messages/")
    found = page(response).select(".vcm-row")
    assert [row["href"] for row in found] == [f"{NEW}?recipient={doctor.pk}", NEW, address]
    first, second, third = rows(response)
    assert "Amara Okafor" in first
    assert "New message, not sent yet" in first
    assert "Draft: To the doctor" in first
    assert "Draft: To nobody" in second
    assert "Draft:" not in third
    for index in (0, 1):
        opened = page(visitor.get(found[index]["href"])).select(".vcm-row")
        assert [row.get("aria-current") for row in opened[:2]].index("true") == index
    assert len(rows(visitor.get(f"/messages/?before={10**9}"))) == 1
    assert len(rows(visitor.get(visitor.post("/messages/", {"q": "good"})["Location"]))) == 1


@pytest.mark.parametrize("show", ["", "waiting", "unread", "all"])
def test_new_messages_are_in_every_filter(visit, patient, doctor, address, show):
    """Staff see what waits first, without having asked for it."""
    visitor = visit(doctor)
    save(visitor, NEW, "To nobody", recipient="")
    response = visitor.get(f"/messages/?show={show}")
    assert page(response).select_one(".vcm-row")["href"] == NEW
    assert len(rows(response)) == 2


def test_a_narrowed_list_with_only_a_draft_says_that_nothing_else_is_in_it(visit, doctor):
    save(visit(doctor), NEW, "To nobody", recipient="")
    response = visit(doctor).get("/messages/?show=waiting")
    assert texts(response, ".vcm-list__none") == ["Nobody waits for an answer."]
    assert len(rows(response)) == 1


def test_a_list_with_only_a_draft_is_not_empty(visit, patient, doctor):
    save(visit(patient), NEW, "To the doctor", recipient=doctor.pk)
    response = visit(patient).get("/messages/")
    assert len(rows(response)) == 1
    assert page(response).select(".vcm-list__none") == []


def test_a_draft_is_in_no_document(visit, patient, conversation, address):
    save(visit(patient), address, "Not sent")
    for document in ("print", "download"):
        response = visit(patient).get(f"{address}{document}/")
        content = response.getvalue() if response.streaming else response.content
        assert b"Good morning" in content
        assert b"Not sent" not in content


def test_a_conversation_of_two_has_a_draft_for_each(visit, patient, doctor):
    conversation = create_conversation(patient, doctor)
    path = f"/messages/{conversation.pk}/"
    for person in (patient, doctor):
        save(visit(person), path, f"By {person.username}")
    assert form(visit(patient).get(path))["body"] == "By patient"
    assert form(visit(doctor).get(path))["body"] == "By doctor"
