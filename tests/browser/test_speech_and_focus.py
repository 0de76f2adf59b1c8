"""What a screen reader says, and where the focus is, when something else is shown."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_settings_in_open_pages import open_page
from vclinic_messages import actions
from vclinic_messages.selectors import DraftPlace
from vclinic_messages.testing import create_conversation, switch_messages
from vclinic_messages.viewer import load_viewer

PHONE = {"width": 390, "height": 844}
LAPTOP = {"width": 1440, "height": 900}
SIZES = pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["390", "1440"])


@pytest.fixture
def conversation(people):
    return create_conversation(people.patient, people.doctor, "About the zebra", "And a zebra again")


def save_draft(people, place, body="Not finished"):
    actions.save_draft(viewer=load_viewer(people.patient), place=place, body=body, version=0)


def said(page, text):
    expect(page.locator("#vcm-status")).to_have_text(text)


@SIZES
def test_opening_says_that_a_draft_is_in_the_field(people, open_as, conversation, size):
    save_draft(people, DraftPlace(conversation=conversation.pk))
    page = open_page(open_as, people.patient, "/messages/", viewport=size)
    page.locator(".vcm-row").click()
    said(page, re.compile(r"open, 1 new message\. Your draft from today, .+ is in the field$"))


@SIZES
def test_a_draft_of_a_new_message_opens_in_its_field(people, open_as, conversation, size):
    save_draft(people, DraftPlace(recipient=str(people.doctor.pk)))
    page = open_page(open_as, people.patient, "/messages/", viewport=size)
    page.get_by_text("New message, not sent yet").click()
    said(page, re.compile(r"^New message to Amara Okafor\. Your draft from today, .+ is in the field$"))
    expect(page.locator("#vcm-body")).to_be_focused()
    if size is LAPTOP:
        expect(page.locator(f"#vcm-draft-{people.doctor.pk} .vcm-row")).to_have_attribute(
            "aria-current", "true"
        )


@SIZES
def test_back_and_forward_say_what_they_show_and_move_the_focus(people, open_as, conversation, size):
    page = open_page(open_as, people.patient, "/messages/", viewport=size)
    page.locator(".vcm-row").click()
    said(page, re.compile("^Conversation with Amara Okafor open"))
    page.go_back()
    said(page, "No conversation open")
    expect(page.locator(".vcm-row")).to_be_focused()
    page.go_forward()
    said(page, re.compile("^Conversation with Amara Okafor open"))
    expect(page.locator("#vcm-heading" if size is PHONE else ".vcm-row")).to_be_focused()
    page.go_back()
    page.locator("#vcm-new").click()
    said(page, "New message")
    page.go_back()
    said(page, "No conversation open")
    expect(page.locator("#vcm-new")).to_be_focused()


def test_a_hit_says_its_number_and_the_last_one_that_it_is_the_last(people, open_as, conversation):
    page = open_page(open_as, people.doctor, "/messages/?show=all")
    page.locator("#vcm-search").fill("zebra")
    expect(page.locator(".vcm-row .vcm-mark")).to_have_count(1)
    page.locator(".vcm-row").click()
    said(page, re.compile("^Conversation with Maya Ferreira open.*Message 2 of 2, You, Today"))
    page.get_by_role("button", name="Next hit").focus()
    page.keyboard.press("F3")
    said(page, "This is the last hit.")
    page.keyboard.press("Shift+F3")
    said(page, re.compile("^Message 1 of 2"))
    page.keyboard.press("Shift+Enter")
    said(page, "This is the first hit.")


def test_being_back_is_said_and_a_closed_field_says_why_it_takes_no_text(people, open_as, conversation):
    page = open_page(open_as, people.patient, f"/messages/{conversation.pk}/", allow_errors=True)
    cookies = page.context.cookies()
    page.context.clear_cookies()
    page.locator("#vcm-body").fill("Not finished")
    expect(page.locator("#vcm-closed")).to_contain_text("You are signed out.", timeout=10_000)
    page.evaluate("document.getElementById('vcm-status').textContent = ''")
    page.locator("#vcm-body").press("x")
    said(page, re.compile("^You are signed out"))
    page.context.add_cookies(cookies)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.locator("#vcm-closed")).to_have_count(0, timeout=10_000)
    said(page, "You are back in Messages.")
    page.reload()
    said(page, "")


def test_the_keyboard_skips_to_the_field(people, open_as, conversation):
    page = open_page(open_as, people.patient, f"/messages/{conversation.pk}/")
    link = page.get_by_role("link", name="Skip to the message field")
    link.focus()
    expect(link).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#vcm-body")).to_be_focused()
    page.goto("/messages/")
    expect(link).to_be_hidden()


def test_a_row_looks_open_at_once_and_what_did_not_open_is_named(people, open_as, conversation):
    other = create_conversation(people.patient, people.admin)
    page = open_page(open_as, people.patient, f"/messages/{conversation.pk}/", allow_errors=True)
    row = page.locator(f"#vcm-row-{other.pk} .vcm-row")
    held = []
    page.route(f"**/messages/{other.pk}/", lambda route: held.append(route))
    row.click()
    expect(row).to_have_attribute("aria-current", "true")
    expect(page.locator("#vcm-rows [aria-current=true]")).to_have_count(1)
    held[0].abort()
    expect(page.locator("#vcm-failed h2")).to_have_text("“Ruth Adeyemi” did not open")
    expect(page.locator("#vcm-failed")).to_contain_text(
        "There is no connection. Your list and your texts are"
    )
    expect(page.locator(f"#vcm-row-{conversation.pk} .vcm-row")).to_have_attribute("aria-current", "true")


def test_change_clears_the_search_and_one_escape_goes_back(people, open_as):
    page = open_page(open_as, people.patient, "/messages/new/")
    search = page.locator("#vcm-picker-search")
    search.fill("Solberg")
    expect(page.locator(".vcm-person")).to_have_count(1)
    page.locator(".vcm-person").click()
    page.get_by_role("button", name="Change").click()
    expect(search).to_be_focused()
    expect(search).to_have_value("")
    expect(page.locator(".vcm-person", has_text="Okafor")).to_be_visible()
    search.press_sequentially("Oka")
    search.press("Escape")
    expect(page.get_by_role("button", name="Change")).to_be_focused()
    expect(page.locator("#vcm-recipient")).to_contain_text("Henrik Solberg")


@SIZES
def test_a_saved_absence_is_said_and_the_focus_is_where_it_is_changed(people, open_as, size):
    page = open_page(open_as, people.doctor, "/messages/absence/", viewport=size)
    page.get_by_role("button", name="Save the absence").click()
    said(page, "Your absence is saved.")
    change = page.get_by_role("link", name="Change your absence")
    expect(change).to_be_focused()
    expect(change).to_have_accessible_description("You are away")
    change.press("Enter")
    page.get_by_role("button", name="End the absence").click()
    said(page, "Your absence has ended.")
    expect(page.get_by_role("link", name="Plan an absence")).to_be_focused()


@SIZES
def test_a_saved_choice_about_reminders_is_said_and_the_focus_stays(people, open_as, size):
    switch_messages(reminders=True)
    page = open_page(open_as, people.patient, "/messages/reminders/", viewport=size)
    page.get_by_role("button", name="Save").click()
    said(page, "Saved.")
    expect(page.get_by_role("button", name="Save")).to_be_focused()
