"""Two members of a team at once, in a browser each."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.test_list import WITHIN, open_page
from vclinic_messages import actions
from vclinic_messages.models import Message, TeamMember
from vclinic_messages.teams import recipient_id
from vclinic_messages.testing import create_conversation, create_member, create_team
from vclinic_messages.viewer import load_viewer


@pytest.fixture
def team(people):
    return create_team("Front desk", people.admin, people.doctor)


@pytest.fixture
def asked(people, team):
    return create_conversation(people.patient, team, "Can I come on Monday?")


@pytest.fixture
def address(asked):
    return f"/messages/{asked.pk}/"


def test_a_colleague_sees_that_one_is_writing_until_it_expires(people, open_as, asked, address):
    writer = open_page(open_as, people.admin, address)
    posted = []
    writer.on("request", lambda request: posted.append(request.url) if "/writing/" in request.url else None)
    page = open_as(people.doctor).new_page()
    page.clock.install()
    page.goto(address)
    writer.locator("#vcm-body").press_sequentially("Good")
    expect(page.locator(".vcm-presence")).to_have_text("Ruth Adeyemi is writing a reply", timeout=WITHIN)
    expect(page.locator("#vcm-status")).to_have_text("Ruth Adeyemi is writing a reply")
    writer.locator("#vcm-body").press_sequentially(" morning")
    assert len(posted) == 1
    expect(writer.locator(".vcm-presence")).to_have_count(0)
    page.clock.fast_forward(21_000)
    expect(page.locator(".vcm-presence")).to_have_count(0)


def test_when_one_of_two_has_stopped_the_other_is_named(people, open_as, team, asked, address):
    clerk = create_member("admin", first_name="Tomasz", last_name="Bielski")
    actions.change_team(team=team, members=[people.admin, people.doctor, clerk])
    for member, seconds in ((people.admin, 15), (clerk, 0)):
        actions.note_writing(viewer=load_viewer(member), conversation=asked.pk)
        began = timezone.now() - timedelta(seconds=seconds)
        TeamMember.objects.filter(mailbox__user=member).update(writing_at=began)
    page = open_as(people.doctor).new_page()
    page.clock.install()
    page.goto(address)
    line = page.locator(".vcm-presence:visible")
    expect(line).to_have_text("Ruth Adeyemi and Tomasz Bielski are writing a reply")
    page.clock.fast_forward(6_000)
    expect(line).to_have_text("Tomasz Bielski is writing a reply")
    page.clock.fast_forward(16_000)
    expect(line).to_have_count(0)


def test_nothing_is_told_of_a_text_to_a_person(people, open_as):
    conversation = create_conversation(people.patient, people.doctor, "Good morning")
    page = open_page(open_as, people.doctor, f"/messages/{conversation.pk}/")
    page.on("request", lambda request: pytest.fail(request.url) if "/writing/" in request.url else None)
    page.locator("#vcm-body").press_sequentially("Hello")
    expect(page.locator("#vcm-saved")).to_have_text("Draft saved", timeout=WITHIN)
    assert not TeamMember.objects.exists()


def test_two_answer_at_once_and_the_second_reads_first(people, open_as, asked, address):
    page = open_page(open_as, people.doctor, address, allow_errors=True)
    page.locator("#vcm-body").fill("At ten")
    # The colleague's answer is under way while this one is sent: the page does not know it yet.
    page.context.set_offline(False)
    page.route(re.compile(r"after="), lambda route: route.abort())
    actions.send_message(conversation=asked, sender=people.admin, body="At nine", seen=asked.last_message_id)
    page.locator("#vcm-send").click()
    expect(page.locator("#vcm-alert")).to_contain_text("A colleague has answered")
    expect(page.locator(".vcm-msg__body").last).to_have_text("At nine")
    expect(page.locator("#vcm-body")).to_have_value("At ten")
    expect(page.locator("#vcm-body")).to_be_focused()
    expect(page.locator("#vcm-status")).to_have_text("Your message was not sent")
    assert Message.objects.count() == 2
    page.locator("#vcm-send").click()
    expect(page.locator(".vcm-msg__body").last).to_have_text("At ten")
    expect(page.locator("#vcm-body")).to_have_value("")
    expect(page.locator("#vcm-status")).to_have_text("Message sent")


def test_an_answer_that_comes_while_one_writes_is_told(people, open_as, asked, address):
    page = open_page(open_as, people.doctor, address)
    page.locator("#vcm-body").press_sequentially("At t")
    actions.send_message(conversation=asked, sender=people.admin, body="At nine", seen=asked.last_message_id)
    told = "Ruth Adeyemi has just answered. Read it before you send."
    expect(page.locator("#vcm-answered")).to_have_text(told, timeout=WITHIN)
    expect(page.locator("#vcm-body")).to_be_focused()
    expect(page.locator("#vcm-body")).to_have_value("At t")


def test_take_hand_over_and_undo_by_keyboard(people, open_as, asked, address):
    colleague = open_page(open_as, people.doctor, address)
    page = open_page(open_as, people.admin, address)
    page.locator("#vcm-body").fill("Typed meanwhile")
    page.get_by_role("button", name="Take", exact=True).press("Enter")
    opener = page.locator("#vcm-menu-button")
    expect(opener).to_be_focused()
    expect(page.locator(".vcm-work")).to_contain_text("Taken by you")
    expect(page.locator("#vcm-status")).to_have_text("Taken by you")
    expect(colleague.locator(".vcm-work")).to_contain_text("Taken by Ruth Adeyemi", timeout=WITHIN)
    expect(colleague.locator(".vcm-row__taken")).to_have_text("Taken by Ruth", timeout=WITHIN)
    page.keyboard.press("ArrowDown")
    items = page.get_by_role("menuitem")
    expect(items).to_have_count(2)
    expect(items.nth(0)).to_be_focused()
    expect(opener).to_have_attribute("aria-expanded", "true")
    for key, place in (("ArrowDown", 1), ("ArrowDown", 0), ("ArrowUp", 1), ("Home", 0), ("End", 1), ("a", 0)):
        page.keyboard.press(key)
        expect(items.nth(place)).to_be_focused()
    page.keyboard.press("Escape")
    expect(items).to_have_count(0)
    expect(opener).to_be_focused()
    expect(opener).to_have_attribute("aria-expanded", "false")
    page.keyboard.press(" ")
    expect(items.nth(0)).to_be_focused()
    page.keyboard.press("Tab")
    expect(items).to_have_count(0)
    expect(page.get_by_role("button", name="No answer needed")).to_be_focused()
    opener.press("Enter")
    expect(items.nth(0)).to_be_focused()
    page.keyboard.press("Enter")
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    expect(page.locator(".vcm-work")).to_contain_text("Handed over to Amara Okafor.")
    expect(colleague.locator(".vcm-work")).to_contain_text("Taken by you", timeout=WITHIN)
    expect(undo).to_be_visible()
    undo.press("Enter")
    expect(page.locator(".vcm-work")).to_contain_text("Taken by you")
    expect(page.locator("#vcm-body")).to_have_value("Typed meanwhile")


def test_the_menu_closes_with_a_click_elsewhere_and_on_its_button(people, open_as, asked, address):
    page = open_page(open_as, people.admin, address)
    opener, items = page.locator("#vcm-menu-button"), page.get_by_role("menuitem")
    opener.click()
    expect(items).to_have_count(1)
    opener.click()
    expect(items).to_have_count(0)
    opener.click()
    expect(items).to_have_count(1)
    page.locator("#vcm-heading").click()
    expect(items).to_have_count(0)
    opener.click()
    items.first.click()
    expect(page.locator(".vcm-work")).to_contain_text("Handed over to Amara Okafor.")


def test_keys_of_the_browser_work_in_the_menu(people, open_as, asked, address):
    page = open_page(open_as, people.admin, address)
    page.locator("#vcm-menu-button").click()
    expect(page.get_by_role("menuitem").first).to_be_focused()
    page.evaluate("addEventListener('keydown', (event) => { window.prevented = event.defaultPrevented; })")
    for key, prevented in [("F6", False), ("Control+a", False), ("ArrowDown", True)]:
        page.keyboard.press(key)
        assert page.evaluate("window.prevented") is prevented, key


def test_on_a_phone_the_page_to_hand_over_has_the_whole_window(people, open_as, asked, address):
    """A browser without scripts opens it."""
    page = open_as(people.admin, java_script_enabled=False).new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}assign/")
    expect(page.locator("#vcm-hand-over")).to_be_visible()
    expect(page.locator("#vcm-sidebar")).to_be_hidden()


def test_the_list_keeps_the_mailbox_in_the_address(people, open_as, team, asked):
    create_conversation(people.patient2, people.admin, "For you alone")
    page = open_page(open_as, people.admin)
    expect(page.locator(".vcm-row")).to_have_count(2)
    page.get_by_label("Mailbox").select_option("Front desk")
    expect(page.locator(".vcm-row__name")).to_have_text(["Maya Ferreira"])
    expect(page.locator("#vcm-count-waiting")).to_contain_text("1")
    expect(page).to_have_url(re.compile(r"mailbox=team%3A"))
    page.reload()
    expect(page.get_by_label("Mailbox")).to_have_value(recipient_id(team.pk))
    page.locator(".vcm-row").click()
    expect(page.locator("#vcm-heading")).to_have_text("Maya Ferreira")
    expect(page).to_have_url(re.compile(r"mailbox=team%3A"))
    page.get_by_label("Mailbox").select_option("All mailboxes")
    expect(page.locator(".vcm-row")).to_have_count(2)
    expect(page).not_to_have_url(re.compile("mailbox="))
    page.locator("#vcm-search").fill("alone")
    expect(page.locator(".vcm-row__name")).to_have_text(["Joana Lopes"])


def test_a_refusal_that_comes_after_another_pane_opened_keeps_the_text(people, open_as, asked, address):
    other = create_conversation(people.patient2, people.doctor, "Something else")
    page = open_page(open_as, people.doctor, address, allow_errors=True)
    held = []

    def hold(route):
        is_send = route.request.method == "POST" and "action=save" not in (route.request.post_data or "")
        held.append(route) if is_send else route.continue_()

    page.route(re.compile(f"{address}$"), hold)
    page.route(re.compile(r"after="), lambda route: route.abort())
    page.locator("#vcm-body").fill("At ten")
    actions.send_message(conversation=asked, sender=people.admin, body="At nine", seen=asked.last_message_id)
    with page.expect_request(lambda request: request.url.endswith(address) and request.method == "POST"):
        page.locator("#vcm-send").click()
    page.locator(f"#vcm-row-{other.pk} .vcm-row").click()
    expect(page.locator("#vcm-heading")).to_have_text("Joana Lopes")
    for route in held:
        route.continue_()
    expect(page.locator("#vcm-status")).to_have_text("Your message was not sent")
    page.locator(f"#vcm-row-{asked.pk} .vcm-row").click()
    expect(page.locator(".vcm-msg__body").last).to_have_text("At nine")
    expect(page.locator("#vcm-body")).to_have_value("At ten")
