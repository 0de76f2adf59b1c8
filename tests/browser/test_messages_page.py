"""The Messages pages in a browser: by pointer, by keyboard, on a phone, on a bad line and without scripts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.waits import look_at, stream_opens
from tests.options import set_options
from tests.roles import change_roles
from tests.servers import sign_in
from vclinic_messages import actions
from vclinic_messages.models import Conversation, Message, Participant
from vclinic_messages.testing import create_conversation, switch_messages


@pytest.fixture
def conversation(people):
    return create_conversation(people.patient, people.doctor, "Good morning", "Good morning to you")


def open_page(open_as, person, path="/messages/", **options):
    page = open_as(person, **options).new_page()
    page.goto(path)
    expect(page.locator("#vcm-app[data-enhanced]")).to_be_visible()
    return page


def open_live_page(open_as, person, conversation):
    """A conversation in a page whose stream is open."""
    page = open_as(person).new_page()
    with stream_opens(page):
        page.goto(f"/messages/{conversation.pk}/")
    return page


def open_row(page, name):
    page.locator(".vcm-row", has_text=name).click()
    expect(page.locator("#vcm-heading")).to_have_text(name)


def send(page, text):
    page.locator("#vcm-body").fill(text)
    page.locator("#vcm-send").click()


def bodies():
    return list(Message.objects.order_by("pk").values_list("body", flat=True))


def unread(person):
    return Participant.objects.get(mailbox__user=person).unread_count


def has_no_sideways_scrolling(page):
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_send_and_what_follows(people, open_as, conversation):
    newer = create_conversation(people.admin, people.patient, "About the bill")
    page = open_page(open_as, people.patient)
    expect(page.locator(".vcm-row__name")).to_have_text(["Ruth Adeyemi", "Amara Okafor"])
    open_row(page, "Amara Okafor")
    expect(page).to_have_url(re.compile(str(conversation.pk)))
    expect(page).to_have_title(re.compile("Amara Okafor"))
    send(page, "Thank you")
    expect(page.locator(".vcm-msg__body")).to_have_text(["Good morning", "Good morning to you", "Thank you"])
    expect(page.locator("#vcm-body")).to_have_value("")
    expect(page.locator("#vcm-body")).to_be_focused()
    expect(page.locator("#vcm-status")).to_have_text("Message sent")
    expect(page.locator(".vcm-msg__receipt")).to_have_text("Sent")
    expect(page.locator(".vcm-row__name")).to_have_text(["Amara Okafor", "Ruth Adeyemi"])
    expect(page.locator(".vcm-row").first).to_contain_text("You: Thank you")
    page.go_back()
    expect(page).to_have_url(re.compile("/messages/$"))
    expect(page.locator("#vcm-heading")).to_have_count(0)
    assert Conversation.objects.filter(pk=newer.pk).exists()


def test_a_second_click_sends_nothing(people, open_as, conversation):
    page = open_page(open_as, people.patient, f"/messages/{conversation.pk}/")
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.locator("#vcm-body").fill("Once")
    page.locator("#vcm-send").dblclick()
    expect(page.locator(".vcm-msg__body").last).to_have_text("Once")
    send(page, "Afterwards")
    expect(page.locator(".vcm-msg__body").last).to_have_text("Afterwards")
    assert len([url for url in sent if url.endswith(f"/messages/{conversation.pk}/")]) == 2
    assert bodies()[2:] == ["Once", "Afterwards"]


def test_a_new_message_by_keyboard_alone(people, open_as):
    page = open_page(open_as, people.patient)
    page.locator("#vcm-new").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#vcm-picker-search")).to_be_focused()
    page.keyboard.type("solberg")
    expect(page.locator(".vcm-person")).to_have_count(1)
    expect(page.locator("#vcm-status")).to_have_text("1 person")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.locator("label[for=vcm-body]")).to_have_text("Message to Henrik Solberg")
    page.keyboard.press("Enter")
    expect(page.locator("#vcm-body")).to_be_focused()
    page.keyboard.type("Hello")
    page.keyboard.press("Enter")
    page.keyboard.type("again")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#vcm-heading")).to_have_text("Henrik Solberg")
    expect(page).to_have_url(re.compile(str(Conversation.objects.get().pk)))
    expect(page.locator(".vcm-row")).to_contain_text("You: Hello again")
    assert bodies() == ["Hello\nagain"]


def test_the_list_by_keyboard(people, open_as, conversation):
    create_conversation(people.admin, people.patient)
    create_conversation(people.doctor2, people.patient)
    page = open_page(open_as, people.patient)
    rows = page.locator(".vcm-row")
    rows.first.focus()
    for key, index in (("ArrowDown", 1), ("End", 2), ("ArrowDown", 2), ("ArrowUp", 1), ("Home", 0)):
        page.keyboard.press(key)
        expect(rows.nth(index)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#vcm-heading")).to_have_text("Henrik Solberg")
    expect(rows.first).to_be_focused()
    expect(rows.first).to_have_attribute("aria-current", "true")


def test_continue_an_existing_conversation_with_the_typed_text(people, open_as, conversation):
    page = open_page(open_as, people.patient, "/messages/new/")
    page.locator(".vcm-person", has_text="Okafor").click()
    page.locator("#vcm-body").fill("One more question")
    page.get_by_role("button", name="Continue it").click()
    expect(page).to_have_url(re.compile(str(conversation.pk)))
    expect(page.locator("#vcm-body")).to_have_value("One more question")
    assert len(bodies()) == 2


def test_escape_closes_and_typed_text_comes_back(people, open_as, conversation):
    page = open_page(open_as, people.patient)
    page.locator("#vcm-new").click()
    page.locator(".vcm-person", has_text="Solberg").click()
    page.locator("#vcm-body").fill("Not finished")
    page.keyboard.press("Escape")
    expect(page.locator("#vcm-new")).to_be_focused()
    open_row(page, "Amara Okafor")
    expect(page.locator("#vcm-body")).to_have_value("")
    page.locator("#vcm-rows").get_by_text("New message, not sent yet").click()
    expect(page.locator("#vcm-body")).to_have_value("Not finished")
    assert page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})").count("Not finished") == 0


def test_a_lost_connection_keeps_the_text_and_sends_once(people, open_as, conversation):
    page = open_page(open_as, people.patient, f"/messages/{conversation.pk}/", allow_errors=True)
    page.route("**/messages/*/", lambda route: route.abort())
    send(page, "On a bad line")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("We do not know whether your message was sent")
    expect(alert).to_contain_text("Your text is still in the form.")
    expect(alert.get_by_role("link", name="555-0100")).to_have_attribute("href", "tel:5550100")
    expect(page.locator("#vcm-body")).to_have_value("On a bad line")
    expect(page.locator("#vcm-send")).to_have_text("Try again")
    expect(page.locator("#vcm-send")).to_be_focused()
    page.unroute("**/messages/*/")
    page.locator("#vcm-send").click()
    expect(page.locator(".vcm-msg__body").last).to_have_text("On a bad line")
    expect(page.get_by_role("alert")).to_be_empty()
    assert bodies().count("On a bad line") == 1


def test_offline_nothing_is_sent_and_that_is_certain(people, open_as, conversation):
    page = open_page(open_as, people.patient, f"/messages/{conversation.pk}/", allow_errors=True)
    page.context.set_offline(True)
    send(page, "Without a line")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Your message was not sent")
    expect(alert).to_contain_text("There is no connection.")
    expect(page.locator("#vcm-body")).to_have_value("Without a line")
    page.context.set_offline(False)
    page.locator("#vcm-send").click()
    expect(page.locator(".vcm-msg__body").last).to_have_text("Without a line")


def test_an_answer_that_was_lost_after_sending_is_not_sent_twice(people, open_as, portal, conversation):
    page = open_page(open_as, people.patient, f"/messages/{conversation.pk}/", allow_errors=True)
    address = f"/messages/{conversation.pk}/"
    state = {"lost": 0}

    def lose_the_answer(route):
        if route.request.method == "POST" and not state["lost"]:
            state["lost"] = 1
            request = route.request
            headers = {**request.all_headers(), "host": portal.host("alder")}
            with portal.client("alder") as client:
                answer = client.post(address, content=request.post_data, headers=headers)
            assert answer.status_code == 302
            route.abort()
        else:
            route.continue_()

    page.route(f"**{address}", lose_the_answer)
    send(page, "Arrived all the same")
    expect(page.get_by_role("alert")).to_contain_text("We do not know whether your message was sent")
    expect(page.get_by_role("alert")).to_contain_text("The connection was lost.")
    page.locator("#vcm-send").click()
    expect(page.locator("#vcm-body")).to_have_value("")
    assert bodies().count("Arrived all the same") == 1


def test_signed_out_while_writing(people, open_as, conversation):
    page = open_page(open_as, people.patient, f"/messages/{conversation.pk}/", allow_errors=True)
    cookie = next(each for each in page.context.cookies() if each["name"] == "sessionid")
    page.context.clear_cookies()
    send(page, "Typed before")
    expect(page.get_by_role("alert")).to_contain_text("You are signed out.")
    expect(page.locator("#vcm-body")).to_have_value("Typed before")
    page.context.add_cookies([{**cookie, "value": sign_in(people.patient)}])
    page.locator("#vcm-send").click()
    expect(page.locator(".vcm-msg__body").last).to_have_text("Typed before")


NO_ANSWER = "The clinic’s portal does not answer at the moment. Your text is still in the form."


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_that_fails_is_not_a_sign_out(people, open_as, conversation, status):
    page = open_page(open_as, people.patient, f"/messages/{conversation.pk}/", allow_errors=True)
    address = f"**/messages/{conversation.pk}/"
    page.route(address, lambda route: route.fulfill(status=status, body="<h1>Bad Gateway</h1>"))
    send(page, "During a deployment")
    expect(page.get_by_role("alert")).to_contain_text(NO_ANSWER)
    expect(page.get_by_role("alert").get_by_text("Sign in again")).to_be_hidden()
    expect(page.locator("#vcm-body")).to_have_value("During a deployment")
    page.unroute_all()
    page.locator("#vcm-send").click()
    expect(page.locator(".vcm-msg__body").last).to_have_text("During a deployment")
    assert bodies().count("During a deployment") == 1


@pytest.mark.parametrize("failure", [502, "aborted"])
def test_nor_is_one_that_fails_when_the_refused_form_asks_for_its_token(
    people, open_as, conversation, failure
):
    page = open_page(open_as, people.patient, f"/messages/{conversation.pk}/", allow_errors=True)
    cookie = next(each for each in page.context.cookies() if each["name"] == "sessionid")
    page.context.clear_cookies()

    def fail_to_answer(route):
        if route.request.method == "POST":
            route.continue_()
        elif failure == "aborted":
            route.abort()
        else:
            route.fulfill(status=failure, body="<h1>Bad Gateway</h1>")

    page.route(f"**/messages/{conversation.pk}/", fail_to_answer)
    for _ in range(2):  # the second time the form asks first
        send(page, "Refused at first")
        expect(page.get_by_role("alert")).to_contain_text(NO_ANSWER)
    page.unroute_all()
    page.locator("#vcm-send").click()
    expect(page.get_by_role("alert")).to_contain_text("You are signed out.")
    page.context.add_cookies([{**cookie, "value": sign_in(people.patient)}])
    page.locator("#vcm-send").click()
    expect(page.locator(".vcm-msg__body").last).to_have_text("Refused at first")


def test_signed_out_where_the_login_page_is_on_another_host(people, open_as, conversation):
    """Which the script cannot read. It must not look like a server that does not answer."""
    page = open_page(open_as, people.patient, f"/messages/{conversation.pk}/", allow_errors=True)
    page.context.clear_cookies()
    page.route(
        f"**/messages/{conversation.pk}/",
        lambda route: (
            route.continue_()
            if route.request.method == "POST"
            else route.fulfill(status=302, headers={"Location": "http://login.example/"})
        ),
    )
    send(page, "Typed before")
    expect(page.get_by_role("alert")).to_contain_text("You are signed out.")


def test_messages_that_are_switched_off_are_not_a_sign_out_either(people, open_as, conversation):
    page = open_page(open_as, people.patient, f"/messages/{conversation.pk}/", allow_errors=True)
    page.context.clear_cookies()
    page.context.add_cookies(
        [{"name": "sessionid", "value": sign_in(people.patient), "url": page.url.split("/messages")[0]}]
    )
    page.route("**/live/**", lambda route: route.abort())
    switch_messages(False)
    send(page, "Refused for its token, then for the switch")
    expect(page.get_by_role("alert")).to_contain_text("Messages is not available")
    expect(page.get_by_role("alert")).not_to_contain_text("signed out")


@pytest.mark.parametrize("portal", [{}, {"DEBUG": "1"}], ids=["deployed", "debug"], indirect=True)
def test_a_refusal_is_explained_in_place(people, open_as, conversation):
    page = open_page(open_as, people.patient, f"/messages/{conversation.pk}/", allow_errors=True)
    send(page, "x" * 5012)
    expect(page.get_by_role("alert")).to_contain_text("12 characters too long")
    expect(page.locator("#vcm-counter")).to_have_text("12 characters too many")
    expect(page.locator("#vcm-body")).to_be_focused()
    assert len(page.locator("#vcm-body").input_value()) == 5012


@pytest.mark.parametrize("portal", [{}, {"DEBUG": "1"}], ids=["deployed", "debug"], indirect=True)
def test_a_reply_that_is_no_longer_allowed_keeps_page_and_text(people, open_as, conversation):
    page = open_page(open_as, people.patient, f"/messages/{conversation.pk}/", allow_errors=True)
    change_roles(people.doctor)
    with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
        send(page, "Are you there?")
    assert answer.value.status == 403
    expect(page.get_by_role("alert")).to_contain_text("can no longer receive messages")
    expect(page.locator("#vcm-heading")).to_have_text("Amara Okafor")
    expect(page.locator("#vcm-body")).to_have_value("Are you there?")


def test_the_counter_counts_as_the_server_does(people, open_as, conversation):
    page = open_page(open_as, people.patient, f"/messages/{conversation.pk}/")
    counter = page.locator("#vcm-counter")
    expect(counter).to_have_text("Up to 5,000 characters")
    page.locator("#vcm-body").fill("🙂\n")
    expect(counter.locator(".vcm-counter__full")).to_have_text("4,998 of 5,000 characters left")
    page.locator("#vcm-body").fill("🙂" * 5000)
    expect(counter.locator(".vcm-counter__full")).to_have_text("0 of 5,000 characters left")
    page.locator("#vcm-send").click()
    expect(page.locator("#vcm-body")).to_have_value("")
    assert bodies()[-1] == "🙂" * 5000


def test_read_after_a_second_in_view(people, open_as, conversation):
    page = open_page(open_as, people.patient)
    expect(page.locator(".vcm-row--unread")).to_have_count(1)
    assert unread(people.patient) == 1
    open_row(page, "Amara Okafor")
    expect(page.locator("#vcm-first-new")).to_be_visible()
    assert unread(people.patient) == 1
    expect(page.locator(".vcm-row--unread")).to_have_count(0)
    expect(page.locator("nav .vcm-badge").first).to_be_hidden()
    assert unread(people.patient) == 0


def test_read_without_scrolling_through_what_one_wrote_oneself_below(people, open_as, conversation):
    actions.send_message(conversation=conversation, sender=people.patient, body="A line\n" * 200)
    assert unread(people.patient) == 1
    page = open_page(open_as, people.patient, f"/messages/{conversation.pk}/")
    expect(page.locator(".vcm-msg").first).to_be_in_viewport()
    expect(page.locator(".vcm-row--unread")).to_have_count(0)
    assert page.locator("#vcm-conversation").evaluate("box => box.scrollTop") < -500
    assert unread(people.patient) == 0


def test_what_arrives_is_added_where_one_reads(people, open_as, conversation):
    page = open_live_page(open_as, people.patient, conversation)
    page.locator("#vcm-body").fill("Being typed")
    actions.send_message(conversation=conversation, sender=people.doctor, body="One thing more")
    expect(page.locator(".vcm-msg__body").last).to_have_text("One thing more", timeout=30_000)
    expect(page.locator(".vcm-row").first).to_contain_text("One thing more")
    expect(page.locator("#vcm-body")).to_have_value("Being typed")
    expect(page.locator("#vcm-body")).to_be_focused()
    expect(page.locator("#vcm-log")).to_contain_text("Amara Okafor")


def test_seen_appears_while_one_looks(people, open_as):
    actions.change_settings(read_receipts=True)
    conversation = create_conversation(people.patient, people.doctor, "Have you read it?")
    page = open_live_page(open_as, people.patient, conversation)
    receipt = page.locator(".vcm-msg__receipt")
    expect(receipt).to_have_text("Sent")
    actions.mark_read(conversation=conversation, reader=people.doctor, up_to=Message.objects.get().pk)
    expect(receipt).to_contain_text("Seen today", timeout=15_000)
    expect(receipt).to_have_count(1)


def test_scrolled_up_nothing_jumps(people, open_as):
    long = create_conversation(people.patient, people.doctor, *["A line\n" * 8] * 12)
    page = open_live_page(open_as, people.patient, long)
    page.locator("#vcm-conversation").evaluate("box => { box.scrollTop = -800 }")
    before = page.locator(".vcm-msg").first.bounding_box()
    actions.send_message(conversation=long, sender=people.doctor, body="Far below")
    jump = page.get_by_role("button", name="1 new message")
    expect(jump).to_be_visible(timeout=30_000)
    after = page.locator(".vcm-msg").first.bounding_box()
    assert after["y"] == pytest.approx(before["y"], abs=2)
    assert unread(people.patient) > 0
    jump.click()
    expect(jump).to_be_hidden()
    expect(page.locator(".vcm-msg").last).to_be_in_viewport()
    expect(page.locator(".vcm-row--unread")).to_have_count(0)


NEWER = "15 newer messages"


def numbered(first, last):
    return [f"New {number}" for number in range(first, last)]


@pytest.fixture
def much_unread(people, settings):
    """65 messages that the patient has not read, below one that they have."""
    set_options(settings, SENDS_PER_MINUTE=1000)
    conversation = create_conversation(people.doctor, people.patient, "Hello")
    actions.mark_read(conversation=conversation, reader=people.patient, up_to=Message.objects.get().pk)
    for text in numbered(0, 65):
        actions.send_message(conversation=conversation, sender=people.doctor, body=text)
    return conversation


def to_the_end(page):
    page.locator("#vcm-conversation").evaluate("box => { box.scrollTop = 0 }")


def test_more_unread_than_a_page_is_read_page_by_page(people, open_as, much_unread):
    page = open_live_page(open_as, people.patient, much_unread)
    bodies_shown = page.locator(".vcm-msg__body")
    expect(bodies_shown).to_have_text(numbered(0, 50))
    expect(page.locator("#vcm-first-new")).to_be_in_viewport()
    expect(page.locator(".vcm-msg").first).to_be_in_viewport()
    assert unread(people.patient) == 65
    with page.expect_response(lambda answer: answer.url.endswith("/read/")):
        to_the_end(page)
    expect(page.locator(f"#vcm-row-{much_unread.pk} .vcm-badge")).to_have_text("15", timeout=10_000)
    assert unread(people.patient) == 15

    actions.send_message(conversation=much_unread, sender=people.doctor, body="New 65")
    expect(page.locator("#vcm-newer a")).to_have_text("16 newer messages", timeout=10_000)
    expect(bodies_shown).to_have_count(50)
    top = page.locator(".vcm-msg").nth(49).bounding_box()["y"]
    page.get_by_role("link", name="16 newer messages").click()
    expect(bodies_shown).to_have_text(numbered(0, 66))
    expect(page.locator("#vcm-newer")).to_have_count(0)
    assert page.locator(".vcm-msg").nth(49).bounding_box()["y"] == pytest.approx(top, abs=2)
    assert unread(people.patient) == 16
    with page.expect_response(lambda answer: answer.url.endswith("/read/")):
        to_the_end(page)
    expect(page.locator(".vcm-row--unread")).to_have_count(0, timeout=10_000)
    assert unread(people.patient) == 0
    actions.send_message(conversation=much_unread, sender=people.doctor, body="New 66")
    expect(bodies_shown.last).to_have_text("New 66", timeout=10_000)


def test_a_reply_reads_only_what_was_on_the_page(people, open_as, much_unread):
    page = open_page(open_as, people.patient, f"/messages/{much_unread.pk}/")
    send(page, "An answer")
    expect(page.locator(".vcm-msg__body").last).to_have_text("An answer")
    expect(page.locator(".vcm-msg__body").first).to_have_text("New 16")
    expect(page.locator("#vcm-first-new + .vcm-msg .vcm-msg__body")).to_have_text("New 50")


def test_more_unread_than_a_page_without_scripts(people, open_as, much_unread):
    page = open_as(people.patient, java_script_enabled=False).new_page()
    page.goto(f"/messages/{much_unread.pk}/")
    expect(page.locator(".vcm-msg__body")).to_have_text(numbered(0, 50))
    expect(page.locator("#vcm-first-new")).to_be_in_viewport()
    page.get_by_role("link", name=NEWER).click()
    expect(page.locator(".vcm-msg__body")).to_have_text(numbered(50, 65))
    expect(page.locator(".vcm-msg").first).to_be_in_viewport()
    page.go_back()
    page.get_by_role("button", name="Mark as read").click()
    expect(page.locator(".vcm-msg__body").last).to_have_text("New 64")
    assert unread(people.patient) == 15


def test_what_came_while_the_page_slept_is_shown_from_its_beginning(people, open_as, much_unread):
    actions.mark_read(conversation=much_unread, reader=people.patient, up_to=Message.objects.latest("pk").pk)
    page = open_as(people.patient).new_page()
    page.route("**/live/**", lambda route: route.fulfill(status=304))
    page.goto(f"/messages/{much_unread.pk}/")
    expect(page.locator(".vcm-msg__body").last).to_have_text("New 64")
    for text in numbered(65, 130):
        actions.send_message(conversation=much_unread, sender=people.doctor, body=text)
    look_at(page)
    expect(page.locator(".vcm-msg__body").last).to_have_text("New 114")
    expect(page.locator("#vcm-newer a")).to_have_text(NEWER)
    expect(page.locator(".vcm-msg", has_text="New 65")).to_be_in_viewport()
    assert unread(people.patient) == 65


@pytest.mark.parametrize("width", [320, 390])
def test_one_pane_on_a_phone(people, open_as, conversation, width):
    page = open_page(open_as, people.patient, viewport={"width": width, "height": 740})
    expect(page.locator("#vcm-main")).to_be_hidden()
    assert has_no_sideways_scrolling(page)
    open_row(page, "Amara Okafor")
    expect(page.locator("#vcm-sidebar")).to_be_hidden()
    expect(page.locator("#vcm-heading")).to_be_focused()
    expect(page.locator("#vcm-send")).to_be_in_viewport()
    assert has_no_sideways_scrolling(page)
    page.get_by_role("link", name="Back to the list").click()
    expect(page.locator(".vcm-row")).to_be_focused()
    page.locator("#vcm-new").click()
    expect(page.locator("#vcm-picker-search")).to_be_focused()
    assert has_no_sideways_scrolling(page)


def test_enter_chooses_whom_the_search_says_and_not_whom_it_found_before(people, open_as):
    page = open_page(open_as, people.patient, "/messages/new/")
    page.locator("#vcm-picker-search").press_sequentially("solberg")
    expect(page.locator(".vcm-person")).to_have_count(1)
    page.locator("#vcm-picker-search").press("Control+a")
    page.keyboard.type("okafor")
    page.keyboard.press("Enter")
    expect(page.locator("label[for=vcm-body]")).to_have_text("Message to Amara Okafor")
    expect(page.locator("#vcm-body")).to_be_focused()
    page.get_by_role("button", name="Change the recipient").click()
    page.locator("#vcm-picker-search").fill("solberg")
    page.keyboard.press("Enter")
    expect(page.locator("label[for=vcm-body]")).to_have_text("Message to Henrik Solberg")


def test_what_goes_into_the_list_waits_for_it(people, open_as):
    page = open_page(open_as, people.patient, "/messages/new/")
    page.locator("#vcm-picker-search").press_sequentially("so")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".vcm-person")).to_have_count(1)
    expect(page.locator(".vcm-person input")).to_be_focused()


def test_what_is_typed_before_the_form_has_settled_is_searched_for(people, open_as):
    page = open_page(open_as, people.patient)
    page.evaluate("""document.addEventListener("htmx:afterSwap", () => {
        const search = document.getElementById("vcm-picker-search");
        search.value = "solberg";
        search.dispatchEvent(new Event("input", { bubbles: true }));
    }, { once: true })""")
    page.locator("#vcm-new").click()
    expect(page.locator(".vcm-person")).to_have_count(1)


@pytest.mark.parametrize("width", [320, 390, 560, 768])
def test_what_staff_may_do_leaves_room_for_the_name(people, open_as, conversation, width):
    actions.send_message(conversation=conversation, sender=people.patient, body="Is it urgent?")
    page = open_page(
        open_as, people.doctor, f"/messages/{conversation.pk}/", viewport={"width": width, "height": 740}
    )
    expect(page.get_by_role("button", name="No answer needed")).to_be_in_viewport()
    # Two lines at most: in a wide font first and last name do not fit beside each other at 320 px.
    lines = page.locator("#vcm-heading").evaluate(
        "each => each.getBoundingClientRect().height / parseFloat(getComputedStyle(each).lineHeight)"
    )
    assert lines < 2.5
    assert has_no_sideways_scrolling(page)


def test_search_as_one_types(people, open_as, conversation):
    create_conversation(people.admin, people.patient, "About the bill")
    page = open_page(open_as, people.patient)
    page.locator("#vcm-search").fill("bill")
    expect(page.locator(".vcm-row__name")).to_have_text(["Ruth Adeyemi"])
    expect(page.locator("#vcm-status")).to_have_text("1 message in 1 conversation")
    expect(page.locator("#vcm-search")).to_be_focused()


def test_a_search_that_fails_shows_no_rows(people, open_as, conversation):
    page = open_page(open_as, people.patient, f"/messages/{conversation.pk}/", allow_errors=True)
    page.route("**/messages/", lambda route: route.fulfill(status=503, body="<h1>Bad Gateway</h1>"))
    page.locator("#vcm-search").fill("bill")
    expect(page.locator("#vcm-list")).to_have_text("The search failed. Try again in a moment.")
    expect(page.locator("#vcm-status")).to_have_text("The search failed. Try again in a moment.")
    expect(page.locator(".vcm-alert")).to_have_count(0)  # nothing was sent
    page.unroute_all()
    page.locator("#vcm-search").fill("")
    expect(page.locator(".vcm-row")).to_have_count(1)


def test_no_address_has_a_word_of_a_search(people, open_as, conversation):
    for number in range(26):
        create_conversation(people.admin, people.patient, f"About the bill {number}")
    page = open_page(open_as, people.patient)
    addresses = []
    page.on("request", lambda request: addresses.append(request.url))
    page.on("framenavigated", lambda frame: addresses.append(frame.url))
    page.locator("#vcm-search").fill("bill")
    expect(page.locator(".vcm-row")).to_have_count(25)
    page.get_by_role("button", name="Show more conversations").click()
    expect(page.locator(".vcm-row").nth(25)).to_be_focused()
    page.locator(".vcm-row").nth(3).press("ArrowUp")
    page.locator(".vcm-row").nth(2).press("Enter")
    expect(page.locator(".vcm-msg__body")).to_have_text("About the bill 23")
    expect(page.locator(".vcm-row").nth(2)).to_have_attribute("aria-current", "true")
    expect(page.locator("#vcm-search")).to_have_value("bill")
    with page.expect_response(lambda answer: answer.url.endswith("/messages/")):
        create_conversation(people.doctor2, people.patient, "Another bill")
    page.reload()
    expect(page.locator(".vcm-msg__body")).to_have_text("About the bill 23")
    expect(page.locator("#vcm-search")).to_have_value("")
    assert len(addresses) > 5
    assert not [address for address in addresses if "bill" in address]


def test_all_of_it_without_scripts(people, open_as, conversation):
    page = open_as(people.patient, java_script_enabled=False).new_page()
    page.goto("/messages/")
    page.locator(".vcm-row").click()
    page.get_by_role("button", name="Mark as read").click()
    expect(page.get_by_role("button", name="Mark as read")).to_have_count(0)
    send(page, "Without a script")
    expect(page.locator(".vcm-msg__body").last).to_have_text("Without a script")
    expect(page.locator(".vcm-msg").last).to_be_in_viewport()
    page.locator("#vcm-new").click()
    page.locator("#vcm-body").fill("To somebody else")
    page.locator("#vcm-picker-search").fill("solberg")
    page.locator("#vcm-picker-search").press("Enter")
    expect(page.locator("#vcm-body")).to_have_value("To somebody else")
    page.locator(".vcm-person", has_text="Solberg").click()
    page.locator("#vcm-send").click()
    expect(page.locator("#vcm-heading")).to_have_text("Henrik Solberg")
    assert bodies()[-1] == "To somebody else"


@pytest.mark.parametrize("width", [390, 1440])
def test_the_card_in_place_of_messages_has_its_layout(people, open_as, width):
    actions.change_settings(enabled=False)
    page = open_as(people.patient, allow_errors=True, viewport={"width": width, "height": 800}).new_page()
    page.goto("/messages/")
    card = page.locator(".vcm-card")
    assert card.evaluate("each => parseFloat(getComputedStyle(each).paddingInlineStart)") >= 16
    assert page.locator(".vcm-card__title").evaluate("each => getComputedStyle(each).fontSize") == "28px"


def test_sending_a_new_message_needs_no_scrolling_on_a_laptop(people, open_as):
    page = open_page(open_as, people.patient, "/messages/new/", viewport={"width": 1440, "height": 900})
    expect(page.locator("#vcm-notice")).to_be_in_viewport(ratio=1)
    page.locator(".vcm-person", has_text="Okafor").click()
    expect(page.get_by_role("button", name="Send")).to_be_in_viewport(ratio=1)
    expect(page.locator("#vcm-notice")).to_be_in_viewport(ratio=1)


def test_the_picture_of_the_empty_page_is_seen(people, open_as):
    page = open_as(people.patient).new_page()
    page.goto("/messages/")
    assert page.locator(".vcm-empty__picture").bounding_box()["width"] >= 100


def test_that_a_patient_waits_shows_in_the_open_conversation(people, open_as, conversation):
    page = open_page(open_as, people.doctor, f"/messages/{conversation.pk}/")
    button = page.get_by_role("button", name="No answer needed")
    expect(button).to_have_count(0)
    for text in ("And the results?", "And the letter?"):
        actions.send_message(conversation=conversation, sender=people.patient, body=text)
        expect(page.locator("#vcm-conversation")).to_contain_text(text, timeout=15_000)
        expect(button).to_have_count(1)
        button.click()
        expect(button).to_have_count(0)
        expect(page.locator(".vcm-work")).to_contain_text("Removed from the waiting list until Maya Ferreira")
        expect(page.locator("#vcm-status")).to_contain_text("Removed from the waiting list")
    actions.send_message(conversation=conversation, sender=people.patient, body="Please")
    expect(button).to_have_count(1, timeout=15_000)
    actions.send_message(conversation=conversation, sender=people.doctor, body="Here it is")
    expect(button).to_have_count(0, timeout=15_000)


def test_a_chosen_recipient_takes_the_pickers_place(people, open_as, conversation):
    page = open_page(open_as, people.patient, "/messages/new/")
    picker, body = page.locator("#vcm-picker"), page.locator("#vcm-body")
    expect(body).to_be_hidden()
    page.locator("#vcm-picker-search").fill("okafor")
    expect(page.locator(".vcm-person")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(picker).to_be_hidden()
    expect(page.locator("#vcm-recipient")).to_contain_text("Amara Okafor")
    expect(body).to_be_focused()
    expect(page.locator("#vcm-status")).to_have_text(
        "To Amara Okafor, Doctor. You already have a conversation with Amara Okafor."
    )
    page.keyboard.type("Half a sentence")
    change = page.get_by_role("button", name="Change the recipient")
    change.press("Enter")
    expect(page.locator("#vcm-picker-search")).to_be_focused()
    expect(body).to_be_hidden()
    page.locator("#vcm-picker-search").fill("")
    page.keyboard.press("Escape")
    expect(change).to_be_focused()
    expect(page.locator("#vcm-recipient")).to_contain_text("Amara Okafor")
    expect(body).to_have_value("Half a sentence")
    page.keyboard.press("Escape")
    expect(page.locator("#vcm-composer")).to_have_count(0)


def test_arrows_in_the_picker_choose_without_going_on(people, open_as):
    # htmx reports each request that the next choice has replaced as an error.
    page = open_page(open_as, people.patient, "/messages/new/", allow_errors=True)
    page.locator("#vcm-picker-search").press("ArrowDown")
    for _each in range(2):
        page.keyboard.press("ArrowDown")
        expect(page.locator("#vcm-picker")).to_be_visible()
    name = page.locator(".vcm-person:has(:checked) .vcm-person__name").inner_text()
    page.keyboard.press("Enter")
    expect(page.locator("#vcm-body")).to_be_focused()
    expect(page.locator("#vcm-recipient")).to_contain_text(name)


def test_a_missing_recipient_is_tied_to_the_search_and_the_list(people, open_as):
    page = open_page(open_as, people.patient, "/messages/new/", allow_errors=True)
    page.locator(".vcm-person", has_text="Okafor").click()
    page.locator("[name=recipient]:checked").evaluate("each => { each.checked = false; }")
    page.locator("#vcm-send").click()
    search, group = page.locator("#vcm-picker-search"), page.locator("#vcm-people")
    for field in (search, group):
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_have_accessible_description("Choose who to write to.")
    expect(group).to_have_attribute("aria-required", "true")
    expect(page.locator("#vcm-body")).to_have_attribute("aria-invalid", "true")
    expect(search).to_be_focused()
    page.locator(".vcm-person", has_text="Okafor").click()
    expect(search).not_to_have_attribute("aria-invalid", "true")
    expect(page.locator("#vcm-picker-error")).to_be_hidden()


def test_the_text_goes_along_to_somebody_else(people, open_as, conversation):
    page = open_page(open_as, people.patient, f"/messages/{conversation.pk}/", allow_errors=True)
    change_roles(people.doctor)
    page.context.route("**/live/**", lambda route: route.abort())
    send(page, "Is anybody there?")
    page.get_by_role("button", name="Write to someone else at the clinic").click()
    expect(page).to_have_url(re.compile("/messages/new/$"))
    expect(page.locator("#vcm-body")).to_have_value("Is anybody there?")
    page.locator(".vcm-person", has_text="Solberg").click()
    page.locator("#vcm-send").click()
    expect(page.locator("#vcm-heading")).to_have_text("Henrik Solberg")
    assert bodies()[-1] == "Is anybody there?"


def test_one_heading_names_the_page_in_one_pane_and_in_two(people, open_as, conversation):
    for width in (390, 1440):
        for path in ("/messages/", "/messages/new/", f"/messages/{conversation.pk}/"):
            page = open_page(open_as, people.patient, path, viewport={"width": width, "height": 800})
            assert page.get_by_role("heading", level=1).all_inner_texts() == ["Messages"], (width, path)


def test_messages_have_names_and_days_are_headings(people, open_as, conversation):
    page = open_page(open_as, people.doctor, f"/messages/{conversation.pk}/")
    expect(page.get_by_role("heading", name="Today", level=3)).to_be_visible()
    expect(page.get_by_role("article", name=re.compile("^Maya Ferreira"))).to_contain_text("Good morning")
    expect(page.get_by_role("article", name=re.compile("^You"))).to_contain_text("Good morning to you")


def test_a_portal_that_was_slow_was_not_offline(people, open_as, conversation):
    page = open_page(open_as, people.patient)
    held = []
    page.clock.install()
    page.route(re.compile(f"/messages/{conversation.pk}/"), lambda route: held.append(route))
    with page.expect_request(re.compile(f"/messages/{conversation.pk}/")):
        page.locator(".vcm-row").click()
    page.clock.fast_forward(10_000)
    strip = page.locator("#vcm-strip")
    expect(strip).to_contain_text("The clinic’s portal answers slowly.")
    for route in held:
        route.continue_()
    expect(page.locator("#vcm-heading")).to_have_text("Amara Okafor")
    expect(strip).to_be_empty()
