"""Choosing a conversation and exporting it."""

from __future__ import annotations

import json

import pytest

from tests.actions.snapshot import last_audit
from tests.options import set_options
from tests.pages.visitor import only, page, texts
from tests.wagtail_admin.conftest import TEXT
from tests.wagtail_admin.test_access import address
from tests.wagtail_admin.test_reports import table, without_account
from vclinic_messages.models import AuditEvent
from vclinic_messages.testing import create_conversation


@pytest.fixture
def path(conversation):
    return address("export", conversation.pk)


def document(response):
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith("attachment; filename=")
    assert "no-store" in response["Cache-Control"]
    return b"".join(response.streaming_content).decode()


def test_a_conversation_is_found_by_a_name(visit, clinic_admin, conversation, path, patient2, admin):
    create_conversation(patient2, admin)
    create_conversation(admin, patient2)
    found = visit(clinic_admin).get(address("export_list") + "?person=ferreira")
    assert [row[:2] for row in table(found)] == [["Maya Ferreira", "Amara Okafor"]]
    assert only(found, "table tbody a")["href"] == path
    assert len(table(visit(clinic_admin).get(address("export_list")))) == 3


def test_the_form_says_whose_conversation_it_is(visit, clinic_admin, path):
    response = visit(clinic_admin).get(path)
    patient, staff, messages = texts(response, "main dl dd")
    assert [without_account(patient), without_account(staff), messages] == [
        "Maya Ferreira",
        "Amara Okafor",
        "1",
    ]
    assert [field["value"] for field in page(response).select("input[name=format]")] == [
        "html",
        "json",
        "fhir",
    ]


@pytest.mark.parametrize(
    ("format", "kind"),
    [("html", "text/html; charset=utf-8"), ("json", "application/json"), ("fhir", "application/fhir+json")],
)
def test_the_document(visit, clinic_admin, path, conversation, format, kind):
    response = visit(clinic_admin).post(path, {"reason": "By letter", "format": format})
    assert response["Content-Type"] == kind
    found = document(response)
    assert TEXT in found
    if format != "fhir":
        assert "Alder Clinic" in found
    if format != "html":
        json.loads(found)
    event = last_audit()
    assert (event.action, event.details["reason"]) == ("exported", "By letter")
    assert "Noor Haddad" in texts(visit(clinic_admin).get(path), "main dl dd")[3]


def test_too_many_exports_in_an_hour_are_refused(visit, clinic_admin, path, settings):
    set_options(settings, EXPORTS_PER_HOUR=2)
    visitor, form = visit(clinic_admin), {"reason": "By letter", "format": "json"}
    for _ in range(2):
        document(visitor.post(path, form))
    response = visitor.post(path, form)
    assert (response.status_code, response.streaming) == (429, False)
    assert 0 < int(response["Retry-After"]) <= 3600
    assert texts(response, "main .error") == [
        "You have printed, downloaded or exported a lot in the last hour. Please try again later."
    ]
    assert texts(response, "main textarea") == ["By letter"]
    assert AuditEvent.objects.filter(action="exported").count() == 2


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ({}, "Enter the reason for the export."),
        ({"reason": " \n"}, "Enter the reason for the export."),
        ({"reason": "x" * 501}, "The reason may have at most 500 characters."),
        ({"reason": "a\0"}, "The reason contains characters that cannot be stored. Remove them."),
    ],
)
def test_without_a_good_reason_there_is_no_document(visit, clinic_admin, path, typed, error):
    response = visit(clinic_admin).post(path, {"format": "json", **typed})
    assert (response.status_code, response.streaming) == (200, False)
    assert TEXT not in response.content.decode()
    assert texts(response, ".w-field__wrapper:has(textarea) .error-message") == [error]
    assert only(response, "textarea[name=reason]").get_text().strip() == typed.get("reason", "").strip()
    assert texts(response, ".error-message") == [error]
    assert not AuditEvent.objects.filter(action="exported").exists()


def test_a_format_that_does_not_exist(visit, clinic_admin, path):
    response = visit(clinic_admin).post(path, {"reason": "By letter", "format": "pdf"})
    assert (response.status_code, response.streaming) == (200, False)
    assert len(texts(response, ".w-field__wrapper:has(input[type=radio]) .error-message")) == 1
    assert not AuditEvent.objects.filter(action="exported").exists()


def test_the_form_marks_the_reason_as_required(visit, clinic_admin, path):
    response = visit(clinic_admin).get(path)
    assert only(response, "textarea[name=reason]").has_attr("required")
    assert len(page(response).select(".w-field__wrapper:has(textarea) .w-required-mark")) == 1


def test_browsers_must_not_guess_the_type_of_a_document(visit, clinic_admin, path, settings):
    settings.SECURE_CONTENT_TYPE_NOSNIFF = False  # a portal may do without Django's own header
    response = visit(clinic_admin).post(path, {"reason": "By letter", "format": "html"})
    assert response["X-Content-Type-Options"] == "nosniff"


def test_the_form_is_protected_against_forgery(visit, clinic_admin, path):
    visitor = visit(clinic_admin, enforce_csrf_checks=True)
    assert visitor.post(path, {"reason": "By letter", "format": "json"}).status_code == 403


def test_the_participants_see_that_it_was_exported(visit, clinic_admin, path, conversation, patient, doctor):
    own = f"/messages/{conversation.pk}/"
    assert page(visit(patient).get(own)).select(".vcm-exported") == []
    document(visit(clinic_admin).post(path, {"reason": "By letter", "format": "html"}))
    for person in (patient, doctor):
        [note] = texts(visit(person).get(own), ".vcm-exported")
        assert note.startswith("Noor Haddad exported this conversation today at ")
        assert "By letter" not in visit(person).get(own).content.decode()


@pytest.mark.parametrize("name", ["export_list", "export_list_results"])
@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_the_list_is_not_given_away_as_a_spreadsheet(visit, clinic_admin, conversation, name, format):
    response = visit(clinic_admin).get(address(name) + f"?export={format}")
    assert (response.status_code, response.streaming) == (404, False)
    assert "Maya Ferreira" not in response.content.decode()
