"""A typed word is never lost: drafts are saved while one types, and open on any device."""

from __future__ import annotations

import re
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.waits import event_fires
from tests.polling import wait_until
from vclinic_messages import actions
from vclinic_messages.models import Draft, Message
from vclinic_messages.testing import create_conversation

TEXT = "Since Monday it hurts in the morning"


@pytest.fixture
def conversation(people):
    return create_conversation(people.doctor, people.patient, "How are you?")


@pytest.fixture
def page(people, open_as, conversation):
    return opened(open_as(people.patient, allow_errors=True), conversation)


def opened(browser, conversation):
    page = browser.new_page()
    page.goto(f"/messages/{conversation.pk}/")
    return page


@pytest.fixture
def phone(people, open_as, conversation, page):
    """Another browser, with a newer draft than the page in which the person goes on typing."""
    write(page)
    is_saved(page)
    phone = opened(open_as(people.patient, allow_errors=True), conversation)
    write(phone, "From the phone")
    is_saved(phone)
    write(page, "Typed at the desk")
    return phone


def write(page, text=TEXT):
    page.locator("#vcm-body").fill(text)


def is_saved(page):
    expect(page.locator("#vcm-saved")).to_have_text("Draft saved", timeout=10_000)


def shows(page, text):
    expect(page.locator("#vcm-body")).to_have_value(text, timeout=10_000)


def becomes(check):
    wait_until(check, seconds=10, failure="the draft was not saved")


def stored():
    return [draft.body for draft in Draft.objects.order_by("pk")]


def test_the_text_is_in_another_browser_and_after_a_reload(people, open_as, conversation, page):
    write(page)
    is_saved(page)
    expect(page.locator("#vcm-status")).to_have_text("Draft saved")
    elsewhere = opened(open_as(people.patient), conversation)
    shows(elsewhere, TEXT)
    expect(elsewhere.locator("#vcm-restored")).to_contain_text("Draft from")
    page.reload()
    shows(page, TEXT)


def test_a_page_that_is_left_at_once_saves_the_text(conversation, page):
    write(page)
    page.get_by_role("link", name="Home").click()
    expect(page).to_have_url(re.compile(r"localhost:\d+/$"))
    becomes(lambda: stored() == [TEXT])
    page.go_back()
    shows(page, TEXT)


def test_sending_leaves_no_draft(conversation, page):
    write(page)
    is_saved(page)
    page.locator("#vcm-send").click()
    expect(page.locator(".vcm-msg__body").last).to_have_text(TEXT)
    shows(page, "")
    assert stored() == [""]
    write(page, "And one more thing")
    page.locator("#vcm-send").click()
    expect(page.locator(".vcm-msg__body").last).to_have_text("And one more thing")
    page.reload()
    shows(page, "")


def test_a_newer_draft_of_another_device_is_offered(page, phone):
    note = page.locator(".vcm-note--draft")
    expect(note).to_contain_text("A newer draft from another device", timeout=10_000)
    expect(note).to_contain_text("From the phone")
    expect(page.locator("#vcm-body")).to_be_focused()
    shows(page, "Typed at the desk")
    assert stored() == ["From the phone"]
    page.get_by_role("button", name="Use the newer draft").click()
    shows(page, "From the phone")
    expect(page.locator("#vcm-restored")).to_contain_text("The newer draft is now in the form.")
    page.get_by_role("button", name="Undo").click()
    shows(page, "Typed at the desk")
    is_saved(page)
    assert stored() == ["Typed at the desk"]


@pytest.fixture
def away(people):
    actions.set_absence(actor=None, who=people.doctor, first_day=timezone.localdate())


def test_the_offer_takes_the_place_of_the_note_about_the_recipient(away, page, phone):
    expect(page.locator(".vcm-note--draft")).to_be_visible(timeout=10_000)
    expect(page.locator("#vcm-now")).to_be_attached()
    expect(page.locator("#vcm-now")).to_be_hidden()
    page.get_by_role("button", name="Keep this one").click()
    expect(page.locator("#vcm-now")).to_be_visible()


def test_a_choice_that_was_not_made_is_offered_again(people, conversation, page, phone):
    other = create_conversation(people.admin, people.patient)
    expect(page.locator(".vcm-note--draft")).to_be_visible(timeout=10_000)
    page.locator(f"#vcm-row-{other.pk} .vcm-row").click()
    expect(page.locator("#vcm-heading")).to_contain_text("Ruth Adeyemi")
    page.locator(f"#vcm-row-{conversation.pk} .vcm-row").click()
    expect(page.locator(".vcm-note--draft")).to_contain_text("From the phone", timeout=10_000)
    shows(page, "Typed at the desk")
    assert stored() == ["From the phone"]


def both_are_offered(page):
    expect(page.locator(".vcm-note--draft")).to_contain_text("From the phone", timeout=10_000)
    shows(page, "Typed at the desk, and more")


def test_an_open_choice_survives_a_reload_a_crash_and_another_device(
    people, open_as, conversation, page, phone
):
    expect(page.locator(".vcm-note--draft")).to_be_visible(timeout=10_000)
    page.locator("#vcm-body").press_sequentially(", and more")
    becomes(lambda: Draft.objects.get().other == "Typed at the desk, and more")
    page.reload()
    both_are_offered(page)
    tablet = opened(open_as(people.patient, allow_errors=True), conversation)
    both_are_offered(tablet)
    tablet.get_by_role("button", name="Use the newer draft").click()
    shows(tablet, "From the phone")
    assert [(each.body, each.other) for each in Draft.objects.all()] == [("From the phone", "")]
    write(page, "Typed at the desk, and more!")
    expect(page.locator(".vcm-note--draft")).to_contain_text("From the phone", timeout=10_000)
    page.get_by_role("button", name="Keep this one").click()
    is_saved(page)
    assert [(each.body, each.other) for each in Draft.objects.all()] == [("Typed at the desk, and more!", "")]


def test_with_an_open_choice_the_page_is_left_without_a_question(page, phone):
    expect(page.locator(".vcm-note--draft")).to_be_visible(timeout=10_000)
    page.get_by_role("link", name="Home").click()
    expect(page).to_have_url(re.compile(r"localhost:\d+/$"))


def test_sending_during_the_choice_leaves_the_newer_draft(page, phone):
    expect(page.locator(".vcm-note--draft")).to_be_visible(timeout=10_000)
    page.locator("#vcm-send").click()
    expect(page.locator(".vcm-msg__body").last).to_have_text("Typed at the desk")
    shows(page, "From the phone")
    assert [(each.body, each.other) for each in Draft.objects.all()] == [("From the phone", "")]


def test_the_last_keys_are_saved_while_a_save_is_under_way(conversation, page):
    held = []
    page.route("**/messages/*/", lambda route: held.append(route), times=1)
    with page.expect_request("**/messages/*/"):
        write(page)
    page.locator("#vcm-body").press_sequentially(", and in the evening")
    held[0].continue_()
    page.evaluate("window.dispatchEvent(new Event('pagehide'))")
    becomes(lambda: stored() == [TEXT + ", and in the evening"])


def test_the_own_text_can_be_kept(page, phone):
    page.get_by_role("button", name="Keep this one").click()
    is_saved(page)
    shows(page, "Typed at the desk")
    assert stored() == ["Typed at the desk"]


def test_a_text_that_was_sent_elsewhere_meanwhile_is_kept_as_a_draft(people, open_as, conversation, page):
    write(page)
    is_saved(page)
    phone = opened(open_as(people.patient, allow_errors=True), conversation)
    phone.locator("#vcm-send").click()
    expect(phone.locator(".vcm-msg__body").last).to_have_text(TEXT)
    write(page, TEXT + ", and in the evening")
    is_saved(page)
    assert stored() == [TEXT + ", and in the evening"]


def test_discard_and_undo(conversation, page):
    write(page)
    is_saved(page)
    page.reload()
    page.locator("#vcm-restored").get_by_role("button", name="Discard").click()
    shows(page, "")
    becomes(lambda: stored() == [""])
    page.get_by_role("button", name="Undo").click()
    shows(page, TEXT)
    becomes(lambda: stored() == [TEXT])


def test_offline_it_is_saved_as_soon_as_possible(conversation, page):
    page.context.set_offline(True)
    write(page)
    expect(page.locator("#vcm-saved")).to_have_text("Draft not saved yet", timeout=10_000)
    expect(page.locator("#vcm-strip")).to_contain_text("You are offline.", timeout=10_000)
    page.context.set_offline(False)
    is_saved(page)
    expect(page.locator("#vcm-strip")).to_contain_text("You are back online.")
    assert stored() == [TEXT]


def test_signed_out_while_typing(people, page, conversation):
    cookies = page.context.cookies()
    page.context.clear_cookies()
    write(page)
    expect(page.locator("#vcm-closed")).to_contain_text("You are signed out.", timeout=10_000)
    expect(page.locator("#vcm-main")).not_to_contain_text("How are you?")
    shows(page, TEXT)
    page.context.add_cookies(cookies)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.locator("#vcm-closed")).to_have_count(0, timeout=10_000)
    shows(page, TEXT)
    becomes(lambda: stored() == [TEXT])


def test_a_new_message_keeps_its_recipient(people, open_as):
    page = open_as(people.patient).new_page()
    page.goto("/messages/new/")
    page.locator(".vcm-person", has_text="Solberg").click()
    write(page)
    is_saved(page)
    page.get_by_role("button", name="Change").click()
    page.locator(".vcm-person", has_text="Okafor").click()
    becomes(lambda: Draft.objects.filter(recipient__user=people.doctor.pk).exclude(body="").exists())
    is_saved(page)
    page.reload()
    shows(page, TEXT)
    expect(page.locator("[name=recipient]:checked")).to_have_value(str(people.doctor.pk))
    assert Draft.objects.exclude(body="").count() == 1
    page.goto("/messages/")
    expect(page.locator("#vcm-rows")).to_contain_text("Draft: " + TEXT)
    page.locator("#vcm-rows").get_by_text("New message, not sent yet").click()
    shows(page, TEXT)
    page.locator("#vcm-send").click()
    expect(page.locator(".vcm-msg__body").last).to_have_text(TEXT)
    assert [body for body in stored() if body] == []


@pytest.fixture
def held(people, open_as):
    """A new message to Solberg. Its first save waits in ``held.saves`` until the test lets it go on."""
    page = open_as(people.patient).new_page()
    page.goto("/messages/new/")
    saves = []

    def hold_first_save(route):
        if saves or "action=save" not in (route.request.post_data or ""):
            route.continue_()
        else:
            saves.append(route)

    page.route("**/messages/new/", hold_first_save)
    page.locator(".vcm-person", has_text="Solberg").click()
    with page.expect_request(lambda request: "action=save" in (request.post_data or "")):
        write(page)
    return SimpleNamespace(page=page, saves=saves)


def drafts_of_new_messages():
    rows = Draft.objects.filter(conversation=None).exclude(body="")
    return list(rows.values_list("recipient__user", "body"))


def test_another_recipient_during_a_save_takes_the_text_along(people, held):
    page = held.page
    page.get_by_role("button", name="Change").click()
    page.locator(".vcm-person", has_text="Okafor").click()
    page.locator("#vcm-body").press_sequentially(", and at night")
    held.saves[0].continue_()
    expect(page).to_have_url(re.compile(rf"\?recipient={people.doctor.pk}$"), timeout=10_000)
    is_saved(page)
    assert drafts_of_new_messages() == [(people.doctor.pk, TEXT + ", and at night")]
    page.reload()
    shows(page, TEXT + ", and at night")
    expect(page.locator("[name=recipient]:checked")).to_have_value(str(people.doctor.pk))


def test_a_draft_that_moves_after_another_row_was_opened_is_in_its_own_row_alone(people, conversation, held):
    page = held.page
    page.locator(f"#vcm-row-{conversation.pk} .vcm-row").click()
    expect(page.locator("#vcm-heading")).to_contain_text("Amara Okafor")
    held.saves[0].continue_()
    row = page.locator("#vcm-rows").get_by_text("New message, not sent yet")
    expect(row).to_be_visible(timeout=10_000)
    shows(page, "")
    assert page.url.endswith(f"/messages/{conversation.pk}/")
    page.locator("#vcm-new").click()
    expect(page.locator("#vcm-picker-search")).to_be_focused()
    assert page.locator("#vcm-body").input_value() == ""
    row.click()
    shows(page, TEXT)
    expect(page.locator("[name=recipient]:checked")).to_have_value(str(people.doctor2.pk))
    assert drafts_of_new_messages() == [(people.doctor2.pk, TEXT)]


def test_a_message_that_is_sent_while_its_draft_moves_leaves_no_draft(held):
    page = held.page
    page.locator("#vcm-send").click()
    held.saves[0].continue_()
    expect(page.locator(".vcm-msg__body").last).to_have_text(TEXT)
    shows(page, "")
    page.locator("#vcm-new").click()
    expect(page.locator("#vcm-picker-search")).to_be_focused()
    assert page.locator("#vcm-body").input_value() == ""
    assert drafts_of_new_messages() == []
    assert [message.body for message in Message.objects.all()] == [TEXT]


def test_in_another_conversation_nothing_of_it_is_shown(people, conversation, page):
    other = create_conversation(people.admin, people.patient)
    write(page)
    page.locator(f"#vcm-row-{other.pk} .vcm-row").click()
    expect(page.locator("#vcm-heading")).to_contain_text("Ruth Adeyemi")
    shows(page, "")
    becomes(lambda: stored() == [TEXT])
    page.locator(f"#vcm-row-{conversation.pk} .vcm-row").click()
    shows(page, TEXT)


def test_a_lost_answer_is_settled_when_the_message_arrives(people, conversation, page, portal):
    address = f"/messages/{conversation.pk}/"

    def lose_the_answer(route):
        request = route.request
        headers = {**request.all_headers(), "host": portal.host("alder")}
        with portal.client("alder") as client:
            assert client.post(address, content=request.post_data, headers=headers).status_code == 302
        route.abort()

    is_send = lambda request: request.method == "POST" and "action=save" not in (request.post_data or "")  # noqa: E731
    page.route(
        f"**{address}", lambda route: lose_the_answer(route) if is_send(route.request) else route.continue_()
    )
    write(page)
    page.locator("#vcm-send").click()
    expect(page.get_by_role("alert")).to_contain_text("We do not know whether your message was sent")
    shows(page, "")
    expect(page.get_by_role("alert")).to_be_empty()
    expect(page.locator("#vcm-status")).to_have_text("Message sent")
    assert Message.objects.filter(body=TEXT).count() == 1
    page.reload()
    shows(page, "")


def test_a_colleague_sees_nothing(people, conversation, page, open_as):
    write(page)
    is_saved(page)
    doctor = opened(open_as(people.doctor), conversation)
    expect(doctor.locator("#vcm-main")).not_to_contain_text(TEXT)
    expect(doctor.locator("#vcm-rows")).not_to_contain_text(TEXT)


def test_switched_off_and_on(people, conversation, page):
    write(page)
    is_saved(page)
    actions.change_settings(enabled=False)
    page.reload()
    actions.change_settings(enabled=True)
    page.reload()
    shows(page, TEXT)


def test_an_answer_that_comes_after_another_row_was_opened_changes_nothing_there(people, conversation, page):
    other = create_conversation(people.admin, people.patient)
    held = []
    is_send = re.compile(f"/messages/{conversation.pk}/$")
    page.route(
        is_send, lambda route: held.append(route) if route.request.method == "POST" else route.continue_()
    )
    write(page)
    with page.expect_request(lambda request: request.method == "POST" and is_send.search(request.url)):
        page.locator("#vcm-send").click()
    page.locator(f"#vcm-row-{other.pk} .vcm-row").click()
    expect(page.locator("#vcm-heading")).to_contain_text("Ruth Adeyemi")
    write(page, "For Ruth")
    held[0].continue_()
    expect(page.locator("#vcm-status")).to_have_text("Message sent")
    page.unroute(is_send)
    expect(page.locator("#vcm-heading")).to_contain_text("Ruth Adeyemi")
    shows(page, "For Ruth")
    is_saved(page)
    page.locator(f"#vcm-row-{conversation.pk} .vcm-row").click()
    expect(page.locator(".vcm-msg__body").last).to_have_text(TEXT)
    shows(page, "")
    assert [body for body in stored() if body] == ["For Ruth"]


def test_what_is_typed_below_the_offer_is_kept(page, phone):
    expect(page.locator(".vcm-note--draft")).to_be_visible(timeout=10_000)
    page.locator("#vcm-body").press_sequentially(" and more")
    page.get_by_role("button", name="Keep this one").click()
    is_saved(page)
    shows(page, "Typed at the desk and more")
    assert stored() == ["Typed at the desk and more"]


def test_going_on_in_a_conversation_leaves_no_second_draft(people, open_as, conversation):
    page = open_as(people.patient).new_page()
    page.goto("/messages/new/")
    page.locator(".vcm-person", has_text="Okafor").click()
    expect(page.get_by_role("button", name="Continue it")).to_be_visible()
    write(page)
    page.get_by_role("button", name="Continue it").click()
    expect(page.locator("#vcm-heading")).to_contain_text("Amara Okafor")
    shows(page, TEXT)
    page.locator("#vcm-body").press_sequentially(", and in the evening")
    is_saved(page)
    assert [body for body in stored() if body] == [TEXT + ", and in the evening"]


def test_a_draft_that_was_sent_on_the_phone_leaves_the_field(people, open_as, conversation, page):
    write(page)
    is_saved(page)
    page.reload()
    shows(page, TEXT)
    phone = opened(open_as(people.patient), conversation)
    phone.locator("#vcm-send").click()
    expect(page.locator(".vcm-msg__body").last).to_have_text(TEXT, timeout=10_000)
    shows(page, "")


def test_a_text_that_cannot_be_saved_says_why(conversation, page):
    write(page, "x" * 10_001)
    expect(page.locator("#vcm-saved")).to_contain_text("1 character too long", timeout=10_000)
    write(page, TEXT)
    is_saved(page)


def test_what_is_sent_elsewhere_is_not_offered_any_more(page, phone):
    expect(page.locator(".vcm-note--draft")).to_be_visible(timeout=10_000)
    phone.locator("#vcm-send").click()
    expect(page.locator(".vcm-note--draft")).to_have_count(0, timeout=10_000)
    is_saved(page)
    shows(page, "Typed at the desk")
    becomes(lambda: stored() == ["Typed at the desk"])


def test_an_undo_can_be_undone(page, phone):
    page.get_by_role("button", name="Keep this one").click()
    page.get_by_role("button", name="Undo").click()
    shows(page, "From the phone")
    page.get_by_role("button", name="Undo").click()
    shows(page, "Typed at the desk")


def test_the_row_of_the_open_conversation_shows_its_draft(conversation, page):
    write(page)
    expect(page.locator(f"#vcm-row-{conversation.pk}")).to_contain_text(f"Draft: {TEXT}", timeout=15_000)


def answer_to(route):
    """Return what the portal answers. Only browsers know where a host below localhost is."""
    url = urlsplit(route.request.url)
    headers = {**route.request.all_headers(), "host": url.netloc}
    return route.fetch(url=url._replace(netloc=f"127.0.0.1:{url.port}").geturl(), headers=headers)


def test_a_pane_that_was_fetched_before_the_save_shows_what_was_saved(people, conversation, page):
    other = create_conversation(people.admin, people.patient, "Another one")
    panes, saves = [], []
    address = f"/messages/{conversation.pk}/"
    page.reload()
    page.route(re.compile(f"{address}$"), lambda route: saves.append(route))
    write(page)
    page.locator(f"#vcm-row-{other.pk} .vcm-row").click()
    expect(page.locator(".vcm-msg__body")).to_have_text("Another one")
    page.route(
        re.compile(f"{address}$"),
        lambda route: (saves if route.request.method == "POST" else panes).append(route),
    )
    with page.expect_request(lambda request: request.url.endswith(address) and request.method == "GET"):
        page.locator(f"#vcm-row-{conversation.pk} .vcm-row").click()
    becomes(lambda: page.evaluate("1") and bool(panes and saves))
    older = answer_to(panes[0])
    with event_fires(page, "vcm:drafts"):
        saves[0].continue_()
    panes[0].fulfill(response=older)
    expect(page.locator(".vcm-msg__body")).to_have_text("How are you?")
    shows(page, TEXT)
    write(page, f"{TEXT} and in the evening")
    page.unroute_all()
    is_saved(page)
    becomes(lambda: stored() == [f"{TEXT} and in the evening"])
