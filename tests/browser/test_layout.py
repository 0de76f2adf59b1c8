"""The pages in small windows, with large letters, in forced colours, on paper, and in other style sheets."""

from __future__ import annotations

import re
import shutil

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.conftest import CHROMIUM_ARGUMENTS
from tests.options import set_options
from tests.roles import change_roles
from vclinic_messages.actions import set_absence
from vclinic_messages.models import Participant, Role
from vclinic_messages.testing import create_conversation, create_member

TWICE_AS_LARGE = "--blink-settings=defaultFontSize=32"
LONG_NAME = "Wolfeschlegelsteinhausenbergerdorffabcde"


@pytest.fixture
def conversation(people):
    return create_conversation(people.patient, people.doctor, "Good morning", *["Words\nand words"] * 11)


@pytest.fixture
def open_page(people, open_as):
    def open_page(path="/messages/", *, person=people.patient, size=(1440, 900), style="", **options):
        size = {"width": size[0], "height": size[1]}
        page = open_as(person, viewport=size, bypass_csp=bool(style), **options).new_page()
        page.goto(path)
        expect(page.locator("#vcm-app[data-enhanced]")).to_be_visible()
        if style:
            page.add_style_tag(content=style)
        return page

    return open_page


@pytest.fixture
def large_letters(chromium):
    """A browser whose person has set letters of twice the usual size."""
    browser = chromium.browser_type.launch(
        executable_path=shutil.which("chromium"), args=[*CHROMIUM_ARGUMENTS, TWICE_AS_LARGE]
    )
    yield browser
    browser.close()


def lines_of(locator):
    return locator.evaluate(
        "each => each.getBoundingClientRect().height / parseFloat(getComputedStyle(each).lineHeight)"
    )


def style_of(locator, name, pseudo=None):
    return locator.evaluate("(each, [name, pseudo]) => getComputedStyle(each, pseudo)[name]", [name, pseudo])


def is_wider_than_the_window(page):
    return page.evaluate("document.documentElement.scrollWidth > innerWidth")


# Large letters and low windows


def test_a_name_in_large_letters_breaks_between_its_words(large_letters, open_page, conversation):
    page = open_page(f"/messages/{conversation.pk}/", size=(390, 844), browser=large_letters)
    assert lines_of(page.locator("#vcm-heading")) < 1.5
    expect(page.locator(".vcm-header > .vcm-avatar")).to_be_hidden()
    assert not is_wider_than_the_window(page)


def test_opening_by_keyboard_shows_the_heading_at_400_percent(open_page, conversation):
    page = open_page(size=(320, 256))
    page.locator(".vcm-row").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#vcm-heading")).to_be_focused()
    expect(page.locator("#vcm-heading")).to_be_in_viewport(ratio=1)
    assert style_of(page.locator("#vcm-conversation"), "overflowY") == "visible"


def test_the_reply_is_one_line_until_it_has_the_focus(open_page, conversation):
    page = open_page(f"/messages/{conversation.pk}/", size=(844, 390))
    field = page.locator(".vcm-field")
    assert field.bounding_box()["height"] < 52
    page.locator("#vcm-body").focus()
    expect(page.locator("label[for=vcm-body]")).to_be_visible()
    assert field.bounding_box()["height"] > 90


def test_who_is_away_takes_no_room_from_the_messages_until_the_reply_has_the_focus(
    people, large_letters, open_page, conversation
):
    set_absence(actor=None, who=people.doctor, first_day=timezone.localdate())
    page = open_page(f"/messages/{conversation.pk}/", size=(390, 844), browser=large_letters)
    note = page.locator("#vcm-now")
    assert page.locator(".vcm-footer").bounding_box()["height"] < 844 / 2
    expect(page.locator("#vcm-body")).to_have_accessible_description(re.compile("Amara Okafor is away"))
    page.locator("#vcm-body").focus()
    expect(note).to_be_in_viewport(ratio=1)


def test_in_large_letters_no_button_covers_the_number_of_characters(large_letters, open_page, conversation):
    page = open_page(f"/messages/{conversation.pk}/", size=(390, 844), browser=large_letters)
    page.locator("#vcm-body").fill("A few words")
    words = page.locator(".vcm-counter__short").bounding_box()
    button = page.locator("#vcm-send").bounding_box()
    below = words["y"] + words["height"] <= button["y"] + 1
    assert below or words["x"] + words["width"] <= button["x"] + 1


def test_a_filter_in_large_letters_stays_inside_of_the_pane(large_letters, open_page):
    page = open_page("/messages/new/", size=(390, 844), browser=large_letters)
    search, filters = (page.locator(each).bounding_box() for each in (".vcm-picker .vcm-search", ".vcm-seg"))
    assert filters["x"] + filters["width"] <= search["x"] + search["width"] + 1


def test_only_what_is_in_the_window_counts_as_read_where_the_page_scrolls(people, open_page, conversation):
    page = open_page(f"/messages/{conversation.pk}/", person=people.patient, size=(320, 400))
    expect(page.locator("#vcm-first-new")).to_be_attached()
    expect(page.locator(".vcm-msg").last).not_to_be_in_viewport()
    with page.expect_request("**/read/"):
        page.locator(".vcm-msg").last.scroll_into_view_if_needed()
    expect(page.locator(".vcm-view")).to_have_attribute("data-unread", "0")
    assert Participant.objects.get(mailbox__user=people.patient).unread_count == 0


def test_in_a_low_window_opening_shows_the_panes_in_full(open_page, conversation):
    page = open_page(size=(844, 390))
    page.locator(".vcm-row").click()
    expect(page.locator("#vcm-heading")).to_be_visible()
    expect(page.locator("#vcm-notice")).to_be_in_viewport(ratio=1)


# The notice


@pytest.mark.parametrize("size", [(1440, 900), (1280, 800), (390, 844), (390, 500)], ids=str)
def test_not_for_emergencies_is_always_in_view(open_page, conversation, size):
    page = open_page("/messages/new/", size=size)
    first = page.locator(".vcm-notice__first")
    expect(first).to_be_in_viewport(ratio=1)
    page.locator(".vcm-person").first.click()
    expect(page.locator("#vcm-hint")).to_be_visible()
    expect(first).to_be_in_viewport(ratio=1)
    page.goto(f"/messages/{conversation.pk}/")
    expect(first).to_be_in_viewport(ratio=1)
    assert style_of(first, "color") == style_of(page.locator("#vcm-heading"), "color")
    expect(first.get_by_role("link", name="911")).to_have_attribute("href", "tel:911")


# Rings, borders, edges


def test_the_ring_of_a_row_lies_inside_of_it(open_page, conversation):
    page = open_page()
    page.locator("#vcm-title").focus()
    page.keyboard.press("Tab")
    page.locator(".vcm-row").focus()
    assert style_of(page.locator(".vcm-row"), "outlineOffset") == "-4px"


def test_a_field_that_is_too_long_is_red_with_the_focus_too(open_page, conversation):
    page = open_page(f"/messages/{conversation.pk}/")
    page.locator("#vcm-body").fill("x" * 5001)
    expect(page.locator("#vcm-body")).to_be_focused()
    red = style_of(page.locator("#vcm-counter"), "color")
    assert style_of(page.locator(".vcm-field"), "outlineColor") == red
    assert style_of(page.locator(".vcm-field"), "borderBlockStartColor") == red


def test_a_shell_at_both_edges_of_the_window_has_no_corners(open_page):
    assert style_of(open_page(size=(768, 1024)).locator(".vcm-shell"), "borderStartStartRadius") == "0px"
    assert style_of(open_page().locator(".vcm-shell"), "borderStartStartRadius") == "14px"


@pytest.mark.parametrize("field", ["#vcm-body", "#vcm-search"])
def test_the_ring_of_another_style_sheet_is_not_drawn(open_page, conversation, field):
    """Tailwind's plugin for forms draws one around each field."""
    style = "textarea:focus, [type='search']:focus { box-shadow: 0 0 0 1px blue; border-color: blue; }"
    page = open_page(f"/messages/{conversation.pk}/", style=style)
    page.locator(field).focus()
    assert style_of(page.locator(field), "boxShadow") == "none"
    width = style_of(page.locator(field), "borderBlockStartWidth")
    assert width == "0px" or style_of(page.locator(field), "borderBlockStartColor") != "rgb(0, 0, 255)"


def test_in_forced_colors_the_selected_filter_differs(people, open_page):
    page = open_page("/messages/new/", forced_colors="active")
    selected = page.locator(".vcm-seg__item", has_text="All")
    other = page.locator(".vcm-seg__item", has_text="Doctors")
    for name in ("backgroundColor", "color", "borderBlockStartColor"):
        assert style_of(selected, name) != style_of(other, name), name


# Names and lists


def test_a_long_name_makes_no_page_wider_than_the_window(people, open_page):
    doctor = create_member(Role.DOCTOR, username="long", first_name="Hubert", last_name=LONG_NAME)
    conversation = create_conversation(doctor, people.patient)
    page = open_page(size=(320, 640))
    assert not is_wider_than_the_window(page)
    page.goto(f"/messages/{conversation.pk}/")
    assert not is_wider_than_the_window(page)
    page.goto("/messages/new/")
    assert not is_wider_than_the_window(page)
    page.locator(".vcm-person", has_text=LONG_NAME).click()
    expect(page.locator("#vcm-hint")).to_be_visible()
    assert not is_wider_than_the_window(page)


def test_a_picker_of_two_people_is_shown_in_full(people, open_page):
    change_roles(people.doctor2)
    page = open_page("/messages/new/", size=(1280, 800))
    expect(page.locator(".vcm-person")).to_have_count(2)
    expect(page.locator(".vcm-person").last).to_be_in_viewport(ratio=1)
    people_list = page.locator("#vcm-people")
    assert people_list.evaluate("each => each.scrollHeight <= each.clientHeight")


@pytest.mark.parametrize("size", [(390, 844), (1440, 900)], ids=str)
def test_there_is_no_scroller_in_a_scroller(open_page, size):
    page = open_page("/messages/new/", size=size)
    assert style_of(page.locator("#vcm-write"), "overflowY") == "hidden"
    page.locator(".vcm-person").first.click()
    expect(page.locator("#vcm-picker")).to_be_hidden()


# On paper


def test_the_browsers_own_print_shows_the_whole_conversation(people, open_page, settings):
    set_options(settings, SENDS_PER_MINUTE=1000)
    conversation = create_conversation(people.patient, people.doctor, *["Words\n" * 10] * 140)
    page = open_page(f"/messages/{conversation.pk}/")
    shown = page.locator(".vcm-msg").count()
    page.emulate_media(media="print")
    for hidden in ("#vcm-sidebar", ".vcm-footer", ".vcm-print"):
        expect(page.locator(hidden)).to_be_hidden()
    expect(page.locator("#vcm-earlier")).to_contain_text("Earlier messages are not printed here.")
    box = page.locator("#vcm-conversation")
    assert box.evaluate("each => each.scrollHeight <= each.clientHeight")
    assert page.pdf().count(b"/Type /Page\n") > shown / 10
