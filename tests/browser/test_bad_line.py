"""The strip above both panes says that the portal is slow or cannot be reached, until that is over."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from vclinic_messages.testing import create_conversation

PANE = re.compile(r"/messages/[0-9a-f-]{36}/$")
INBOX = re.compile(r"/messages/$")
OFFLINE = "You are offline. What you write is kept."
BACK = "You are back online."


@pytest.fixture
def page(people, open_as):
    create_conversation(people.patient, people.doctor, "Good morning")
    page = open_as(people.patient, allow_errors=True).new_page()
    page.clock.install()
    page.goto("/messages/")
    expect(page.locator("#vcm-app[data-enhanced]")).to_be_visible()
    return page


def strip(page):
    return expect(page.locator("#vcm-strip"))


def open_in_vain(page):
    """Click the row. The portal cannot be reached."""
    with page.expect_event("requestfailed", lambda request: PANE.search(request.url)):
        page.locator(".vcm-row").click()
    expect(page.locator("#vcm-failed")).to_be_visible()


def become_unreachable(page):
    for address in (PANE, INBOX):
        page.route(address, lambda route: route.abort())
    open_in_vain(page)
    open_in_vain(page)
    page.clock.fast_forward(2_000)
    strip(page).to_have_text(OFFLINE)


def test_offline_is_said_after_two_seconds_however_often_one_tries(page):
    page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=2))
    page.context.set_offline(True)
    page.wait_for_function("() => !navigator.onLine")
    page.clock.run_for(1_500)
    strip(page).to_be_empty()
    open_in_vain(page)
    page.clock.run_for(500)
    strip(page).to_have_text(OFFLINE)
    page.context.set_offline(False)
    strip(page).to_have_text(BACK)
    page.clock.run_for(4_000)
    strip(page).to_be_empty()


def test_slow_does_not_replace_offline_and_the_next_answer_ends_it(page):
    held = []
    become_unreachable(page)
    page.unroute(PANE)
    page.route(PANE, lambda route: held.append(route))
    with page.expect_request(PANE):
        page.locator(".vcm-row").click()
    page.clock.fast_forward(10_000)
    strip(page).to_have_text(OFFLINE)
    held[0].continue_()
    expect(page.locator("#vcm-heading")).to_have_text("Amara Okafor")
    strip(page).to_have_text(BACK)
    page.clock.fast_forward(4_000)
    strip(page).to_be_empty()


def test_a_portal_that_answers_again_is_noticed_although_nobody_does_anything(page):
    become_unreachable(page)
    page.unroute_all()
    page.clock.fast_forward(15_000)
    strip(page).to_have_text(BACK)


def test_a_portal_that_sends_people_to_a_login_on_another_host_answers(page):
    become_unreachable(page)
    page.unroute_all()
    elsewhere = {"Location": "https://login.example/"}
    page.route(INBOX, lambda route: route.fulfill(status=302, headers=elsewhere))
    page.clock.fast_forward(15_000)
    strip(page).to_have_text(BACK)


def test_earlier_messages_that_do_not_come_are_named_in_their_place(people, open_as):
    long = create_conversation(people.patient, people.doctor, *[f"Message {number}" for number in range(60)])
    page = open_as(people.patient, allow_errors=True).new_page()
    page.goto(f"/messages/{long.pk}/")
    earlier = page.locator("#vcm-earlier")
    page.context.set_offline(True)
    earlier.get_by_role("link").click()
    expect(earlier).to_contain_text("There is no connection.")
    expect(page.locator("#vcm-status")).to_contain_text("There is no connection.")
    expect(page.locator(".vcm-msg__body").first).not_to_have_text("Message 0")
    page.context.set_offline(False)
    earlier.get_by_text("Try again").click()
    expect(page.locator(".vcm-msg__body").first).to_have_text("Message 0")
    expect(page.locator("#vcm-conversation")).not_to_contain_text("There is no connection.")
