"""The list of conversations in a browser: it stays up to date, follows the clock, and says what happens."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.actions.snapshot import message_row
from tests.browser.waits import stream_opens
from vclinic_messages import actions
from vclinic_messages.models import Message, MessageWords, Participant
from vclinic_messages.search.folding import FOLD_VERSION, searchable_text
from vclinic_messages.testing import create_conversation

#: A poke goes through a stream, or a poll comes within 20 s.
WITHIN = 25_000


@pytest.fixture
def conversation(people):
    return create_conversation(people.patient, people.doctor, "Good morning")


def open_page(open_as, person, path="/messages/", **options):
    page = open_as(person, **options).new_page()
    with stream_opens(page):
        page.goto(path)
    expect(page.locator("#vcm-app[data-enhanced]")).to_be_visible()
    return page


def names(page):
    return page.locator(".vcm-row__name")


def test_a_click_on_a_row_does_not_freeze_the_list(people, open_as, conversation):
    page = open_page(open_as, people.doctor)
    page.locator(".vcm-row").click()
    expect(page.locator("#vcm-heading")).to_have_text("Maya Ferreira")
    page.mouse.move(900, 400)
    create_conversation(people.patient2, people.doctor)
    expect(names(page)).to_have_text(["Maya Ferreira", "Joana Lopes"], timeout=WITHIN)


def test_a_pointer_that_rests_does_not_freeze_it_either(people, open_as, conversation):
    page = open_page(open_as, people.doctor)
    page.locator(".vcm-row").hover()
    create_conversation(people.patient2, people.doctor)
    expect(names(page)).to_have_text(["Maya Ferreira", "Joana Lopes"], timeout=WITHIN)


def test_to_the_keyboard_in_the_list_what_is_new_is_offered(people, open_as, conversation):
    page = open_page(open_as, people.doctor, "/messages/?show=all")
    page.locator("#vcm-search").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".vcm-row")).to_be_focused()
    create_conversation(people.patient2, people.doctor)
    expect(page.locator("#vcm-news")).to_have_text("1 new conversation", timeout=WITHIN)
    expect(names(page)).to_have_text(["Maya Ferreira"])
    page.locator("#vcm-news").click()
    expect(names(page)).to_have_text(["Joana Lopes", "Maya Ferreira"])
    expect(page.locator("#vcm-news")).to_be_hidden()
    expect(page.locator(".vcm-row").first).to_be_focused()


def test_the_list_is_one_stop_of_the_tab_key(people, open_as, conversation):
    create_conversation(people.patient2, people.doctor)
    page = open_page(open_as, people.doctor, "/messages/?show=all")
    rows = page.locator(".vcm-row")
    expect(page.locator(".vcm-row[tabindex='0']")).to_have_count(1)
    page.locator("[name=show]:checked").focus()
    page.keyboard.press("Tab")
    expect(rows.first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#vcm-heading")).to_have_text("Maya Ferreira")
    page.keyboard.press("Tab")
    expect(page.locator("#vcm-list :focus")).to_have_count(0)
    page.keyboard.press("Shift+Tab")
    expect(rows.nth(1)).to_be_focused()


def test_opening_is_said_and_so_is_a_message_elsewhere(people, open_as, conversation):
    actions.send_message(conversation=conversation, sender=people.patient, body="And one thing more")
    page = open_page(open_as, people.doctor)
    page.locator(".vcm-row").click()
    said = page.locator("#vcm-status")
    expect(said).to_have_text("Conversation with Maya Ferreira open, 2 new messages")
    create_conversation(people.patient2, people.doctor)
    expect(said).to_have_text("New message from Joana Lopes", timeout=WITHIN)


def test_a_filter_is_kept_by_a_reload(people, open_as, conversation):
    page = open_page(open_as, people.doctor)
    expect(page.locator("[name=show][value=waiting]")).to_be_checked()
    page.get_by_text("All", exact=True).click()
    expect(page).to_have_url(re.compile(r"/messages/\?show=all$"))
    page.locator(".vcm-row").click()
    expect(page.locator("#vcm-heading")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/\?show=all$"))
    page.reload()
    expect(page.locator("[name=show][value=all]")).to_be_checked()
    page.go_back()
    expect(page.locator("#vcm-heading")).to_have_count(0)
    expect(page.locator("[name=show][value=all]")).to_be_checked()


def test_what_waits_no_more_stays_where_it_is_and_says_so(people, open_as, conversation):
    other = create_conversation(people.patient2, people.doctor)
    page = open_page(open_as, people.doctor)
    expect(page.locator("#vcm-count-waiting")).to_contain_text("2")
    actions.send_message(conversation=conversation, sender=people.doctor, body="An answer")
    expect(page.locator("#vcm-count-waiting")).to_contain_text("1", timeout=WITHIN)
    row = page.locator(f"#vcm-row-{conversation.pk}")
    expect(row).to_contain_text("Answered")
    expect(names(page)).to_have_text(["Maya Ferreira", "Joana Lopes"])
    page.reload()
    expect(names(page)).to_have_text(["Joana Lopes"])
    assert other


def test_no_answer_needed_and_undo_take_the_focus_and_are_said(people, open_as, conversation):
    page = open_page(open_as, people.doctor, f"/messages/{conversation.pk}/")
    page.locator("#vcm-body").fill("Typed meanwhile")
    page.get_by_role("button", name="No answer needed").click()
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    expect(page.locator("#vcm-status")).to_have_text("Removed from the waiting list. Undo is available.")
    expect(page.locator(".vcm-work")).to_contain_text("until Maya Ferreira writes again.")
    undo.click()
    expect(page.get_by_role("button", name="No answer needed")).to_be_focused()
    expect(page.locator("#vcm-status")).to_have_text("Back on the waiting list.")
    expect(page.locator("#vcm-body")).to_have_value("Typed meanwhile")


def test_times_follow_the_clock_and_days_their_names(people, open_as, conversation):
    now = timezone.now().replace(hour=12, minute=0)
    page = open_as(people.doctor).new_page()
    page.clock.install(time=now)
    page.goto("/messages/?show=all")
    expect(page.locator(".vcm-row__wait [aria-hidden]")).to_have_text("1 min")
    page.goto(f"/messages/{conversation.pk}/")
    expect(page.locator(".vcm-divider [datetime]").first).to_have_text("Today")
    page.clock.fast_forward("20:00")
    expect(page.locator(".vcm-row__wait [aria-hidden]")).to_have_text("20 min")
    expect(page.locator(".vcm-chip")).to_have_text("Waiting for 20 minutes")
    page.clock.fast_forward("24:00:00")
    expect(page.locator(".vcm-chip")).to_have_text("Waiting for 1 day")
    expect(page.locator(".vcm-divider [datetime]").first).to_have_text("Yesterday")
    page.clock.fast_forward("24:00:00")
    expect(page.locator(".vcm-divider [datetime]").first).not_to_have_text("Yesterday")


def test_after_midnight_all_rows_follow(people, open_as):
    """The rows of the first page come from the server. It is not asked here."""
    for _ in range(26):
        create_conversation(people.doctor, people.patient)
    page = open_as(people.patient, allow_errors=True).new_page()
    page.clock.install(time=timezone.now().replace(hour=12, minute=0))
    page.goto("/messages/")
    page.locator("#vcm-more a").click()
    expect(page.locator(".vcm-row")).to_have_count(26)
    page.route(
        "**/messages/", lambda route: route.abort() if route.request.method == "POST" else route.continue_()
    )
    page.clock.fast_forward("24:00:00")
    times = page.locator(".vcm-row__time time")
    expect(times.last).to_have_text("Yesterday")
    page.clock.fast_forward("24:00:00")
    expect(times.last).to_have_text(re.compile("^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)$"))


def test_a_search_looks_everywhere_and_is_cleared_by_its_button(people, open_as, conversation):
    create_conversation(people.patient2, people.doctor, "About the bill", "It is paid")
    page = open_page(open_as, people.doctor)
    expect(names(page)).to_have_text(["Maya Ferreira"])
    page.locator("#vcm-search").fill("bill")
    expect(names(page)).to_have_text(["Joana Lopes"])
    expect(page.locator("#vcm-status")).to_have_text("1 message in 1 conversation")
    page.get_by_role("button", name="Clear the search").click()
    expect(page.locator("#vcm-search")).to_be_focused()
    expect(names(page)).to_have_text(["Joana Lopes", "Maya Ferreira"])
    expect(page.get_by_role("button", name="Clear the search")).to_be_hidden()


@pytest.fixture
def long_conversation(people):
    """100 messages of the patient. Two are about a zebra, far from each other and from the end."""
    conversation = create_conversation(people.patient, people.doctor, "A zebra")
    texts = ["Zebra again" if each == 69 else f"No. {each}" for each in range(99)]
    Message.objects.bulk_create(message_row(conversation, people.patient, each) for each in texts)
    again = Message.objects.get(body="Zebra again")
    MessageWords.objects.create(
        message=again,
        conversation=conversation,
        folded=searchable_text(again.body),
        fold_version=FOLD_VERSION,
    )
    newest = Message.objects.latest("pk")
    Participant.objects.filter(conversation=conversation).update(last_message=newest)
    Participant.objects.filter(conversation=conversation, role="doctor").update(
        unread_count=100, waiting_since=timezone.now() - timedelta(days=2)
    )
    return conversation


def test_a_search_lands_on_the_message_and_leads_to_the_next(people, open_as, long_conversation):
    page = open_page(open_as, people.doctor)
    addresses = []
    page.on("request", lambda request: addresses.append(request.url))
    page.locator("#vcm-search").fill("zebra")
    expect(page.locator(".vcm-row .vcm-mark")).to_have_text(["Zebra"])
    page.locator(".vcm-row").click()
    expect(page.locator(".vcm-hits__text")).to_have_text("“zebra”: message 2 of 2")
    hit = page.locator(".vcm-msg--hit")
    expect(hit.locator(".vcm-mark")).to_have_text("Zebra")
    expect(hit).to_be_in_viewport()
    expect(page).to_have_url(re.compile(r"\?at=\d+&show=all$"))
    page.locator("#vcm-body").fill("Typed meanwhile")
    previous = page.get_by_role("button", name="Previous hit")
    previous.click()
    expect(page.locator(".vcm-hits__text")).to_have_text("“zebra”: message 1 of 2")
    expect(hit).to_be_in_viewport()
    expect(previous).to_be_focused()
    expect(page.locator("#vcm-status")).to_have_text(re.compile("Message 1 of 2, Maya Ferreira, Today"))
    page.keyboard.press("F3")
    expect(page.locator(".vcm-hits__text")).to_have_text("“zebra”: message 2 of 2")
    page.keyboard.press("Escape")
    expect(page.locator(".vcm-hits")).to_be_hidden()
    expect(page.locator(".vcm-msg .vcm-mark")).to_have_count(0)
    expect(page.locator("#vcm-body")).to_have_value("Typed meanwhile")
    assert not [address for address in addresses if "ebra" in address]
    assert Participant.objects.get(conversation=long_conversation, role="doctor").unread_count == 100


def test_in_large_letters_the_number_of_the_hit_can_be_read(people, open_as, long_conversation):
    page = open_page(open_as, people.doctor, viewport={"width": 390, "height": 844}, bypass_csp=True)
    page.add_style_tag(content="html { font-size: 32px }")
    page.locator("#vcm-search").fill("zebra")
    expect(page.locator(".vcm-row .vcm-mark")).to_have_text(["Zebra"])
    page.locator(".vcm-row").click()
    text = page.locator(".vcm-hits__text")
    expect(text).to_have_text("“zebra”: message 2 of 2")
    assert text.evaluate("each => each.scrollWidth <= each.clientWidth")
    expect(page.locator("#vcm-hits-close")).to_be_in_viewport(ratio=1)


def test_without_scripts_a_search_lands_there_too(people, open_as, long_conversation):
    page = open_as(people.doctor, java_script_enabled=False).new_page()
    page.goto("/messages/?show=all")
    page.locator("#vcm-search").fill("zebra")
    page.locator("#vcm-search").press("Enter")
    page.locator(".vcm-row").click()
    expect(page.locator(".vcm-msg--hit")).to_be_in_viewport()
    page.get_by_role("button", name="Previous hit").click()
    expect(page.locator(".vcm-hits__text")).to_have_text("“zebra”: message 1 of 2")
    expect(page.locator(".vcm-msg--hit")).to_be_in_viewport()
