"""The page where staff keep their own quick replies, and the list that the composer opens."""

from __future__ import annotations

from importlib import import_module

import pytest

from tests.pages.test_posted_forms import UNREADABLE, post_unreadable
from tests.pages.visitor import page
from vclinic_messages import actions
from vclinic_messages.models import QuickReply
from vclinic_messages.viewer import load_viewer

OWN = "/messages/quick-replies/"


def one_of(user):
    return actions.change_own_quick_reply(viewer=load_viewer(user), title="Mine", body="My text")


def text(response):
    return " ".join(page(response).select_one("main").get_text().split())


def test_staff_add_change_and_delete_their_own(visit, doctor):
    visitor = visit(doctor)
    assert visitor.post(OWN, {"title": "Ramp", "body": "  At the side\nentrance "}).status_code == 302
    reply = QuickReply.objects.get()
    assert (reply.title, reply.body, reply.owner.user) == ("Ramp", "  At the side\nentrance ", doctor)
    address = f"{OWN}{reply.pk}/"
    assert page(visitor.get(OWN)).select_one(f'a[href="{address}"]').get_text() == "Ramp"
    changed = visitor.post(address, {"title": "Ramp", "body": "Changed"})
    reply.refresh_from_db()
    assert reply.body == "Changed"
    after = page(visitor.get(changed["Location"]))
    assert after.select_one("#vcm-status")["data-said"] == "Saved."
    assert [each["href"] for each in after.select("main [autofocus]")] == [address]
    deleted = visitor.post(address, {"action": "delete"})
    assert not QuickReply.objects.exists()
    after = page(visitor.get(deleted["Location"]))
    assert after.select_one("#vcm-status")["data-said"] == "Deleted."
    assert [each["id"] for each in after.select("main [autofocus]")] == ["vcm-heading"]


def test_what_is_not_valid_comes_back_with_what_was_typed(visit, doctor):
    response = visit(doctor).post(OWN, {"title": "", "body": "Typed"})
    assert response.status_code == 400
    shown = page(response)
    assert shown.select_one("#vcm-reply-body").get_text().strip() == "Typed"
    assert shown.select_one("#vcm-reply-title")["aria-describedby"] == "vcm-title-error"
    assert "Give it a name." in text(response)
    shown = page(visit(doctor).post(OWN, {"title": "Typed", "body": ""}))
    assert [field["id"] for field in shown.select("main [autofocus]")] == ["vcm-reply-body"]


def test_the_page_shows_the_clinics_own_to_copy(visit, doctor):
    """Without a script there is no list in the composer."""
    actions.change_quick_reply(title="Parking", body="Two hours are free.")
    shown = text(visit(doctor).get(OWN))
    assert "From your clinic ParkingTwo hours are free." in shown


def test_somebody_elses_is_not_found(visit, doctor, doctor2):
    address = f"{OWN}{one_of(doctor).pk}/"
    visitor = visit(doctor2)
    assert visitor.get(address).status_code == 404
    assert visitor.post(address, {"action": "delete"}).status_code == 404
    assert visitor.get(f"{OWN}{10**30}/").status_code == 404
    assert QuickReply.objects.count() == 1


def test_patients_find_no_such_page(visit, patient, conversation):
    visitor = visit(patient)
    assert visitor.get(OWN).status_code == 404
    assert visitor.post(OWN, {"find": ""}).status_code == 404
    shown = page(visitor.get(f"/messages/{conversation.pk}/"))
    assert shown.select("#vcm-replies-open, #vcm-replies") == []
    assert "messages-staff" not in str(shown)


def test_the_composers_list_is_searched_by_a_post(visit, doctor, conversation):
    """So that no word of it is in an address. It needs no token: nothing is changed."""
    actions.change_quick_reply(title="Parking", body="Two hours are free.")
    actions.change_quick_reply(title="Ramp", body="At the side entrance.", language="de")
    visitor = visit(doctor, enforce_csrf_checks=True)
    headers = {"HX-Request": "true", "HX-Target": "vcm-replies-found"}
    found = page(visitor.post(OWN, {"find": "side"}, headers=headers))
    assert [each.get_text() for each in found.select("[role=option] .vcm-reply__name")] == ["Ramp"]
    assert found.select_one(".vcm-reply__text")["lang"] == "de"
    assert found.select_one("#vcm-status").get_text() == "1 quick reply"
    none = page(visitor.post(OWN, {"find": "zebra"}, headers=headers))
    assert "No quick reply contains these words." in none.get_text()
    assert none.select("[role=listbox]") == []


def test_the_composers_list_begins_with_ones_own_and_says_that_there_are_more(visit, doctor, monkeypatch):
    monkeypatch.setattr(import_module("vclinic_messages.selectors.quick_replies"), "MOST_LISTED", 2)
    for title in ("Appointment", "Bill"):
        actions.change_quick_reply(title=title, body="Text")
    one_of(doctor)
    headers = {"HX-Request": "true", "HX-Target": "vcm-replies-found"}
    found = page(visit(doctor).post(OWN, {"find": ""}, headers=headers))
    names = [each.get_text() for each in found.select("[role=option] .vcm-reply__name")]
    assert names == ["Mine", "Appointment"]
    more = "Only the first 2 are listed. Type to find the others."
    assert found.select_one(".vcm-replies__none").get_text() == more
    assert found.select_one("#vcm-status").get_text() == f"2 quick replies. {more}"
    found = page(visit(doctor).post(OWN, {"find": "text"}, headers=headers))
    assert found.select(".vcm-replies__none") != []
    assert page(visit(doctor).post(OWN, {"find": "bill"}, headers=headers)).select(".vcm-replies__none") == []


@pytest.mark.parametrize("action", ["add", "change"])
def test_a_text_of_an_old_form_is_not_lost(visit, doctor, action):
    address = OWN if action == "add" else f"{OWN}{one_of(doctor).pk}/"
    visitor = visit(doctor, enforce_csrf_checks=True)
    response = visitor.post(
        address, {"title": "Ramp", "body": "Typed"}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert response.status_code == 403
    assert page(response).select_one("#vcm-reply-body").get_text().strip() == "Typed"


@pytest.mark.parametrize("action", ["add", "change"])
def test_a_text_that_another_site_posts_is_not_put_into_the_form(visit, doctor, action):
    address = OWN if action == "add" else f"{OWN}{one_of(doctor).pk}/"
    visitor = visit(doctor, enforce_csrf_checks=True)
    form = {"title": "Ramp", "body": "Call 555-0100 instead"}
    response = visitor.post(address, form, headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 403
    assert "555-0100" not in response.content.decode()


@pytest.mark.parametrize("make", UNREADABLE)
def test_a_form_that_cannot_be_read_gets_our_words(visit, doctor, make, settings):
    addresses = [OWN, f"{OWN}{one_of(doctor).pk}/"]
    visitor = visit(doctor, raise_request_exception=False)
    for address in addresses:
        assert post_unreadable(visitor, address, make, settings).status_code == 400
