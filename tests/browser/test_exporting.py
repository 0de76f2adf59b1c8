"""A clinic admin exports a conversation: the page says so, because the answer is a file."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from playwright.sync_api import expect

from example_project.people.groups import ADMINISTRATORS
from vclinic_messages.models import AuditEvent
from vclinic_messages.testing import create_conversation, create_member


@pytest.fixture
def page(people, open_as):
    conversation = create_conversation(people.patient, people.doctor)
    manager = create_member(None, username="manager", first_name="Noor", last_name="Haddad")
    manager.groups.add(Group.objects.get(name=ADMINISTRATORS))
    page = open_as(manager).new_page()
    page.goto(f"/cms/messages/export/{conversation.pk}/")
    return page


def test_the_page_says_that_the_export_has_begun(page):
    page.locator("[name=reason]").fill("By letter")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export", exact=True).click()
    assert download.value.suggested_filename.endswith(".html")
    expect(page.locator(".messages .success")).to_contain_text("The export has begun.")
    assert AuditEvent.objects.filter(action="exported").count() == 1


def test_without_a_reason_nothing_has_begun(page):
    page.get_by_role("button", name="Export", exact=True).click()
    expect(page.locator(".error-message")).to_have_text("Enter the reason for the export.")
    expect(page.locator(".messages .success")).to_have_count(0)
