"""A participant prints or downloads a conversation of their own."""

from __future__ import annotations

import json

import pytest
from bs4 import BeautifulSoup
from django.contrib.staticfiles import finders

from tests.options import set_options
from tests.pages.visitor import only, texts
from vclinic_messages import actions
from vclinic_messages.models import AuditEvent
from vclinic_messages.testing import switch_messages


def body(response):
    return b"".join(response.streaming_content).decode()


def test_the_conversation_leads_to_its_page_to_print(visit, patient, conversation, address):
    link = only(visit(patient).get(address), ".vcm-print")
    assert link.get_text().strip() == "Print or download"
    assert link["href"] == f"{address}print/"


def test_the_page_to_print(visit, patient, conversation, address, doctor):
    actions.send_message(conversation=conversation, sender=doctor, body="<b>Bold</b>\nand more")
    response = visit(patient).get(f"{address}print/")
    assert response.status_code == 200
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert response["Cache-Control"] == "private, no-store"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'self'" in response["Content-Security-Policy"]
    shown = BeautifulSoup(body(response), "html.parser")
    assert [div.get_text() for div in shown.select("article div")] == [
        "Good morning",
        "<b>Bold</b>\nand more",
    ]
    assert shown.select("style, [style], [onclick]") == []
    [icon] = shown.select("link[rel=icon]")  # or the browser asks for /favicon.ico
    assert finders.find(icon["href"].removeprefix("/static/"))
    assert all(tag.get("src") for tag in shown.select("script"))
    assert [tag["href"] for tag in shown.select(".tools a[download]")] == [
        f"{address}download/?format={name}" for name in ("html", "json", "fhir")
    ]


def test_printing_is_recorded_and_is_no_export(visit, patient, address):
    visit(patient).get(f"{address}print/")
    assert set(AuditEvent.objects.values_list("action", flat=True)) == {"switched", "started", "printed"}


def test_the_files(visit, patient, address):
    response = visit(patient).get(f"{address}download/?format=json")
    assert response["Content-Disposition"].startswith('attachment; filename="conversation-')
    assert [message["body"] for message in json.loads(body(response))["messages"]] == ["Good morning"]
    assert "<style>" in body(visit(patient).get(f"{address}download/"))
    assert AuditEvent.objects.filter(action="downloaded").count() == 2


@pytest.mark.parametrize("path", ["print/", "download/", "download/?format=json"])
def test_only_participants_may_print_and_download(visit, patient2, nobody, address, path):
    assert visit(patient2).get(address + path).status_code == 404
    assert visit(nobody).get(address + path).status_code == 403
    assert visit().get(address + path).status_code == 302
    switch_messages(False)
    assert visit(patient2).get(address + path).status_code == 404


def test_an_unknown_format_is_not_found(visit, patient, address):
    assert visit(patient).get(f"{address}download/?format=exe").status_code == 404
    assert not AuditEvent.objects.filter(action="downloaded").exists()


@pytest.mark.parametrize("most", [1, 3])
@pytest.mark.parametrize("path", ["print/", "download/", "download/?format=fhir"])
def test_too_many_copies_in_an_hour_are_refused(visit, patient, doctor, address, settings, path, most):
    set_options(settings, EXPORTS_PER_HOUR=most)
    visitor = visit(patient)
    for number in range(most):
        assert visitor.get(address + ("print/", "download/")[number % 2]).status_code == 200
    before = AuditEvent.objects.count()
    response = visitor.get(address + path)
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 3600
    assert "Please try again later." in texts(response, "#vcm-reason")[0]
    assert AuditEvent.objects.count() == before
    assert visit(doctor).get(address + path).status_code == 200
    assert visitor.get(address).status_code == 200


def test_head_requests_do_not_count(visit, patient, address, settings):
    set_options(settings, EXPORTS_PER_HOUR=1)
    visitor = visit(patient)
    for _ in range(3):
        assert visitor.send("head", f"{address}download/").status_code == 200
    assert visitor.get(f"{address}download/").status_code == 200
