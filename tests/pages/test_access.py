"""Who may see the pages, and what everybody else is told."""

from __future__ import annotations

import pytest

from tests.pages.visitor import INBOX, NEW, only, texts
from vclinic_messages.models import Message
from vclinic_messages.testing import switch_messages


@pytest.mark.parametrize("path", [INBOX, NEW])
def test_signed_out_goes_to_the_login_page_and_back(visit, path):
    response = visit().get(path)
    assert response.status_code == 302
    assert response["Location"] == f"/login/?next={path}"


def test_pages_are_not_stored_by_browsers_and_proxies(visit, patient, address):
    for path in (INBOX, NEW, address):
        assert visit(patient).get(path)["Cache-Control"] == "private, no-store"


def test_off_answers_404_with_whom_to_phone(visit, patient, address):
    switch_messages(False, phone="555-0100")
    for path in (INBOX, NEW, address):
        response = visit(patient).get(path)
        assert response.status_code == 404
        assert "Messages is not available at" in only(response, "#vcm-reason").get_text()
        assert only(response, "#vcm-reason a")["href"] == "tel:5550100"
        assert only(response, ".vcm-card .vcm-button")["href"] == "/"


def test_a_text_posted_after_switching_off_is_shown_for_copying(visit, patient, address):
    switch_messages(False)
    response = visit(patient).post(
        address, {"body": "Typed <before> it went off"}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert response.status_code == 404
    assert texts(response, "#vcm-unsent") == ["Typed <before> it went off"]
    assert Message.objects.count() == 1


def test_without_a_role_403(visit, nobody):
    response = visit(nobody).get(INBOX)
    assert response.status_code == 403
    assert "not registered for Messages" in only(response, "#vcm-reason").get_text()


def test_a_stranger_and_a_wrong_address_get_the_same_404(visit, patient2, address):
    strange = visit(patient2).get(address)
    missing = visit(patient2).get("/messages/00000000-0000-4000-8000-000000000000/")
    assert strange.status_code == missing.status_code == 404
    assert texts(strange, "#vcm-reason") == texts(missing, "#vcm-reason")
    assert texts(missing, "h1") == ["Conversation not found"]


def test_a_stranger_cannot_post(visit, patient2, address):
    for path, data in (
        (address, {"body": "Hello"}),
        (f"{address}read/", {"message": "1"}),
        (f"{address}no-answer-needed/", {}),
    ):
        assert visit(patient2).post(path, data).status_code == 404
    assert Message.objects.count() == 1


@pytest.mark.parametrize("path", ["read/", "no-answer-needed/"])
def test_changes_are_never_made_by_get(visit, doctor, address, path):
    assert visit(doctor).get(address + path).status_code == 405


def test_every_form_is_protected_against_forgery(visit, patient, address):
    visitor = visit(patient, enforce_csrf_checks=True)
    for path in (address, NEW, f"{address}read/"):
        assert visitor.post(path, {"body": "Hello"}).status_code == 403
    assert Message.objects.count() == 1


def test_nothing_inline_on_the_pages(visit, doctor, address):
    for path in (INBOX, NEW, address):
        found = visit(doctor).get(path).content.decode()
        assert "<style" not in found
        assert " style=" not in found
        assert "onclick" not in found
        assert all("src=" in tag.split(">")[0] for tag in found.split("<script")[1:])
