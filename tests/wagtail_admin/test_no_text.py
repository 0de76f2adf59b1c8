"""No page of the admin shows the text of a message."""

from __future__ import annotations

import io
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup
from django.urls import get_resolver
from openpyxl import load_workbook

from tests.wagtail_admin.conftest import TEXT
from tests.wagtail_admin.test_access import every_address
from vclinic_messages import actions

ORIGIN = "http://alder.localhost"


@pytest.fixture
def busy(conversation, clinic_admin, doctor, patient):
    """Everything that could be shown has happened."""
    actions.send_message(conversation=conversation, sender=doctor, body=f"Antwort: {TEXT}")
    actions.send_message(conversation=conversation, sender=patient, body=TEXT)
    actions.change_settings(actor=clinic_admin, phone="555-0133")
    actions.export_conversation(conversation=conversation, actor=clinic_admin, reason="Asked", format="html")
    clinic_admin.is_superuser = True
    clinic_admin.save()
    return clinic_admin


def content(response):
    """Return what a visitor could read in an answer."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    if body.startswith(b"PK"):
        sheet = load_workbook(io.BytesIO(body)).active
        return "\n".join(str(cell) for row in sheet.iter_rows(values_only=True) for cell in row)
    return body.decode()


def test_every_view_of_ours(visit, busy, conversation):
    visitor = visit(busy)
    for path in every_address(conversation):
        response = visitor.get(path, follow=True)
        assert response.status_code == 200, path
        assert TEXT not in content(response), path


def test_the_walk_knows_every_address_of_ours():
    names = get_resolver("vclinic_messages.wagtail_admin.urls").reverse_dict
    ours = {name for name in names if isinstance(name, str)}
    reports = {"waiting", "activity", "audit", "export_list"}
    others = {"export", "remove_from_waiting_list", "teams", "new_team", "team"}
    others |= {"absences", "new_absence", "absence", "quick_replies", "new_quick_reply", "quick_reply"}
    others.add("hours_preview")
    assert ours == reports | {f"{name}_results" for name in reports} | others


def links(path, text):
    for tag in BeautifulSoup(text, "html.parser").select("a[href], form[action], [src], [data-src]"):
        found = tag.get("href") or tag.get("action") or tag.get("src") or tag.get("data-src")
        target = urlsplit(urldefrag(urljoin(ORIGIN + path, str(found)))[0])
        if target.netloc in ("", "alder.localhost") and target.path.startswith("/cms/"):
            yield target.path + (f"?{target.query}" if target.query else "")


def test_every_page_that_a_superuser_reaches_by_links(visit, busy):
    visitor = visit(busy)
    start = ["/cms/", "/cms/reports/site-history/", "/cms/settings/vclinic_messages/messagessettings/"]
    start += ["/cms/messages/waiting/", "/cms/messages/activity/?by=both", "/cms/messages/audit/"]
    seen, todo, kinds = set(), [*start, "/cms/messages/export-list/"], {}
    while todo:
        path = todo.pop(0)
        kind = urlsplit(path).path
        if path in seen or kinds.get(kind, 0) >= 4 or "/logout" in path:
            continue
        seen.add(path)
        kinds[kind] = kinds.get(kind, 0) + 1
        response = visitor.get(path, follow=True)
        assert response.status_code < 500, path
        shown = content(response)
        assert TEXT not in shown, path
        if "html" in response.get("Content-Type", ""):
            todo += links(path, shown)
    assert len(seen) > 40
    assert any(path.startswith("/cms/messages/export/") for path in seen)
