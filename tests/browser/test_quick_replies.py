"""The list of quick replies over the composer: keyboard, pointer, and what is inserted."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from vclinic_messages.actions import change_quick_reply
from vclinic_messages.models import Message
from vclinic_messages.testing import create_conversation

MOVED = "Your appointment is moved to [day and time].\nPlease write to [name]."


@pytest.fixture
def page(people, open_as) -> Page:
    change_quick_reply(title="Appointment moved", body=MOVED)
    change_quick_reply(title="Parking", body="Parking is free for two hours.")
    change_quick_reply(title="Ramp", body="There is a ramp at the side entrance.")
    conversation = create_conversation(people.patient, people.doctor, "Good morning")
    page = open_as(people.doctor).new_page()
    page.goto(f"/messages/{conversation.pk}/")
    expect(page.locator("#vcm-app[data-enhanced]")).to_be_visible()
    return page


def opened(page: Page) -> None:
    page.get_by_role("button", name="Quick replies", exact=True).click()
    expect(page.get_by_role("combobox", name="Find a reply")).to_be_focused()
    expect(page.get_by_role("option")).to_have_count(3)


def is_marked(page: Page, name: str) -> None:
    option = page.get_by_role("option", name=name)
    expect(option).to_have_attribute("aria-selected", "true")
    active = option.get_attribute("id") or ""
    expect(page.locator("#vcm-replies-search")).to_have_attribute("aria-activedescendant", active)


def selected(page: Page) -> str:
    script = "field => field.value.slice(field.selectionStart, field.selectionEnd)"
    return str(page.locator("#vcm-body").evaluate(script))


def test_by_keyboard_a_text_is_found_and_inserted_at_the_caret(page):
    field = page.locator("#vcm-body")
    field.fill("Hello Maya. Yours")
    for _ in "Yours":
        field.press("ArrowLeft")
    button = page.get_by_role("button", name="Quick replies", exact=True)
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    is_marked(page, "Appointment moved")
    page.keyboard.press("ArrowDown")
    is_marked(page, "Parking")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    is_marked(page, "Ramp")
    page.keyboard.press("ArrowDown")
    is_marked(page, "Appointment moved")
    page.keyboard.type("side")
    expect(page.get_by_role("option")).to_have_count(1)
    expect(page.locator("#vcm-status")).to_have_text("1 quick reply")
    is_marked(page, "Ramp")
    page.keyboard.press("Enter")
    expect(field).to_be_focused()
    expect(field).to_have_value("Hello Maya. There is a ramp at the side entrance.Yours")
    expect(page.locator("#vcm-replies")).to_be_hidden()
    expect(page.locator("#vcm-saved")).to_have_text("Text inserted")
    expect(page.locator("#vcm-status")).to_have_text("Text inserted")
    page.keyboard.press("Control+z")
    expect(field).to_have_value("Hello Maya. Yours")


def test_escape_goes_back_to_the_field(page):
    opened(page)
    page.keyboard.press("Escape")
    expect(page.locator("#vcm-replies")).to_be_hidden()
    expect(page.locator("#vcm-body")).to_be_focused()
    expect(page.locator("#vcm-body")).to_have_value("")


def test_a_click_inserts_and_the_first_gap_is_selected(page):
    opened(page)
    page.get_by_role("option", name="Appointment moved").click()
    expect(page.locator("#vcm-body")).to_have_value(MOVED)
    assert selected(page) == "[day and time]"
    page.keyboard.type("Monday, 9 AM")
    expect(page.locator("#vcm-body")).to_have_value(MOVED.replace("[day and time]", "Monday, 9 AM"))


def test_nobody_sends_a_gap_by_mistake(page):
    opened(page)
    page.get_by_role("option", name="Appointment moved").click()
    page.locator("#vcm-send").click()
    alert = page.locator("#vcm-alert")
    expect(alert).to_contain_text("Your text still has a gap to fill in")
    assert selected(page) == "[day and time]"
    assert Message.objects.count() == 1
    with page.expect_response(lambda response: response.request.method == "POST" and response.ok):
        alert.get_by_role("button", name="Send all the same").click()
    expect(page.locator(".vcm-msg__body").last).to_contain_text("[day and time]")
    assert Message.objects.count() == 2


def test_each_gap_of_each_inserted_text_has_to_be_filled_in(page):
    opened(page)
    page.get_by_role("option", name="Appointment moved").click()
    page.keyboard.insert_text("Monday at nine")
    page.keyboard.press("Control+End")
    opened(page)
    page.get_by_role("option", name="Parking").click()
    page.locator("#vcm-send").click()
    expect(page.locator("#vcm-alert")).to_contain_text("Your text still has a gap to fill in")
    assert selected(page) == "[name]"
    page.keyboard.insert_text("Maya")
    expect(page.locator("#vcm-alert")).to_be_empty()
    with page.expect_response(lambda response: response.request.method == "POST" and response.ok):
        page.locator("#vcm-send").click()
    expect(page.locator(".vcm-msg__body").last).to_contain_text("Please write to Maya.Parking is free")


def test_nothing_found_is_told_and_inserts_nothing(page):
    opened(page)
    page.keyboard.type("zebra")
    expect(page.locator("#vcm-replies")).to_contain_text("No quick reply contains these words.")
    expect(page.locator("#vcm-status")).to_have_text("No quick reply contains these words.")
    expect(page.locator("#vcm-replies-search")).to_have_attribute("aria-activedescendant", "")
    page.keyboard.press("Enter")
    expect(page.locator("#vcm-replies")).to_be_visible()
    expect(page.locator("#vcm-body")).to_have_value("")


def test_it_works_in_a_new_message_too(page):
    page.goto("/messages/new/")
    page.locator(".vcm-person").first.click()
    opened(page)
    page.keyboard.type("ramp")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#vcm-body")).to_have_value("There is a ramp at the side entrance.")
    expect(page.locator(".vcm-chosen")).to_be_visible()


def test_patients_load_nothing_of_it(people, open_as, page):
    patient = open_as(people.patient).new_page()
    asked = []
    patient.on("request", lambda request: asked.append(request.url))
    patient.goto("/messages/new/")
    expect(patient.locator("#vcm-app[data-enhanced]")).to_be_visible()
    assert [url for url in asked if "replies" in url] == []
    expect(patient.get_by_role("button", name="Quick replies", exact=True)).to_have_count(0)


def test_with_400_percent_zoom_a_click_inserts_the_text(page):
    page.set_viewport_size({"width": 320, "height": 256})
    page.locator("#vcm-body").click()  # the button has no room next to it until then
    opened(page)
    page.get_by_role("option", name="Appointment moved").click()
    expect(page.locator("#vcm-body")).to_have_value(MOVED)
    page.locator("#vcm-send").click()
    expect(page.get_by_role("alert")).to_contain_text("gap")
