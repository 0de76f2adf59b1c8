"""The core walk in each language, and axe on the pages in Arabic."""

from __future__ import annotations

import re

import pytest
from django.utils import translation
from playwright.sync_api import expect

from example_project.translations import PLURAL_FORMS
from tests.browser.axe import violations
from vclinic_messages.models import BODY_MAX_LENGTH, Message
from vclinic_messages.number_formats import number
from vclinic_messages.testing import create_conversation


def said(text):
    return translation.pgettext("vclinic_messages", text)


@pytest.fixture
def conversation(people):
    return create_conversation(people.doctor, people.patient, "Guten Morgen", "صباح الخير", "Good morning")


@pytest.fixture
def open_page(open_as):
    def open_page(person, language, path="/messages/", **options):
        page = open_as(person, locale=language, **options).new_page()
        page.goto(path)
        expect(page.locator("#vcm-app[data-enhanced]")).to_be_visible()
        return page

    return open_page


@pytest.mark.parametrize("language", PLURAL_FORMS)
def test_a_patient_reads_and_answers(people, open_page, conversation, language):
    direction = "rtl" if language == "ar" else "ltr"
    page = open_page(people.patient, language)
    for part in ("html", "#vcm-app", ".vcm-toasts", "[data-vcm-nav]"):
        expect(page.locator(part)).to_have_attribute("lang", language)
        expect(page.locator(part)).to_have_attribute("dir", direction)
    page.locator(".vcm-row").click()
    expect(page.locator("#vcm-heading")).to_have_text("Amara Okafor")
    with translation.override(language):
        expect(page.locator("#vcm-send")).to_have_text(said("Send"))
        expect(page.locator(".vcm-divider time").first).to_have_text(said("Today"))
        # The script and the server write the same number.
        page.locator("#vcm-body").fill("Danke 1")
        full = re.compile(f"{re.escape(number(BODY_MAX_LENGTH - 7))}.*{re.escape(number(BODY_MAX_LENGTH))}")
        expect(page.locator(".vcm-counter__full")).to_have_text(full)
        page.locator("#vcm-send").click()
        expect(page.locator(".vcm-msg--mine .vcm-msg__body").last).to_have_text("Danke 1")
        expect(page.locator("#vcm-status")).to_have_text(said("Message sent"))
    assert Message.objects.filter(body="Danke 1").count() == 1


def test_the_language_is_chosen_in_the_footer(people, open_page, conversation):
    page = open_page(people.patient, "en")
    page.locator(".footer button[lang=ar]").click()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.locator("#vcm-app")).to_have_attribute("lang", "ar")


def test_on_a_phone_the_language_is_chosen_in_the_menu(people, open_page, conversation):
    page = open_page(people.patient, "en", viewport={"width": 390, "height": 844})
    expect(page.get_by_role("form", name="Language")).to_have_count(0)
    page.get_by_text("Menu", exact=True).click()
    page.get_by_role("form", name="Language").get_by_role("button", name="Deutsch").click()
    expect(page.locator("#vcm-app")).to_have_attribute("lang", "de")


@pytest.mark.parametrize("width", [390, 1440])
def test_axe_finds_nothing_in_arabic(people, open_page, conversation, width):
    page = open_page(people.patient, "ar", viewport={"width": width, "height": 900}, allow_errors=True)
    for path in ("/messages/", f"/messages/{conversation.pk}/", "/messages/new/", "/messages/x/"):
        page.goto(path)
        assert [str(each) for each in violations(page)] == []
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
