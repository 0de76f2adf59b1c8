"""A clinic admin changes the settings in Wagtail: what patients have open follows, and loses nothing."""

from __future__ import annotations

import re
from contextlib import contextmanager

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from playwright.sync_api import expect

from example_project.people.groups import ADMINISTRATORS
from tests.browser.waits import event_fires, look_at, stream_opens
from tests.servers import sign_in
from vclinic_messages import actions
from vclinic_messages.models import Message, MessagesSettings
from vclinic_messages.testing import create_conversation, create_member

WITHIN = 6_000


@pytest.fixture
def settings_page(people, open_as):
    """The form of the settings, as a clinic admin has it open in a browser of their own."""
    manager = create_member(None, username="manager", first_name="Noor", last_name="Haddad")
    manager.groups.add(Group.objects.get(name=ADMINISTRATORS))
    page = open_as(manager).new_page()
    page.goto(f"/cms/settings/vclinic_messages/messagessettings/{MessagesSettings.objects.get().pk}/")
    return page


@pytest.fixture
def change(settings_page):
    def change(**values):
        for name, value in values.items():
            field = settings_page.locator(f"[name={name}]")
            field.set_checked(value) if isinstance(value, bool) else field.fill(value)
        settings_page.get_by_role("button", name="Save").click()
        expect(settings_page.locator(".messages .success")).to_be_visible()

    return change


def open_page(open_as, person, path, **options):
    """A page whose stream is open."""
    page = open_as(person, **options).new_page()
    with stream_opens(page):
        page.goto(path)
    return page


@contextmanager
def no_reload(page):
    page.evaluate("document.documentElement.dataset.here = 'still'")
    yield
    assert page.evaluate("document.documentElement.dataset.here") == "still"


def place_of(page):
    """Where the person is in their text."""
    return page.evaluate(
        """() => {
            const { id, value, selectionStart, selectionEnd } = document.activeElement;
            return [id, value, selectionStart, selectionEnd];
        }"""
    )


def start_typing(page, text="Half a sentence", caret=4):
    page.locator("#vcm-body").fill(text)
    page.locator("#vcm-body").evaluate("(each, at) => each.setSelectionRange(at, at)", caret)
    return ["vcm-body", text, caret, caret]


@contextmanager
def without_a_role(person, *pages):
    groups = list(person.groups.all())
    person.groups.clear()
    for page in pages:
        look_at(page)
    yield
    person.groups.set(groups)
    for page in pages:
        look_at(page)


def shows(page, selector, text):
    expect(page.locator(selector)).to_contain_text(text, timeout=WITHIN)


def test_the_inbox_shows_the_new_notice_number_and_plus(people, open_as, change):
    page = open_page(open_as, people.patient, "/messages/")
    with no_reload(page):
        change(
            phone="555-0100",
            emergency_notice="Call 555-0100 and stay on the line.",
            response_time="By tomorrow.",
        )
        shows(page, "#vcm-notice", "Call 555-0100 and stay on the line. By tomorrow.")
        expect(page.locator("#vcm-notice a[href='tel:5550100']")).to_be_visible()
        page.locator("#vcm-new").focus()
        change(patients_may_start=False, phone="555-0177")
        shows(page, "#vcm-empty", "you can answer messages, but not start a conversation.")
        shows(page, "#vcm-empty", "555-0177")
        expect(page.get_by_role("link", name="New message")).to_have_count(0)
        expect(page.locator("#vcm-title")).to_be_focused()
        change(patients_may_start=True)
        expect(page.locator("#vcm-new")).to_be_visible(timeout=WITHIN)
    page.locator("#vcm-new").click()
    expect(page.locator("#vcm-picker")).to_be_visible()


def test_a_thread_with_a_half_typed_reply_keeps_it(people, open_as, change):
    conversation = create_conversation(people.patient, people.doctor, "Good morning", "Good morning to you")
    page = open_page(open_as, people.patient, f"/messages/{conversation.pk}/")
    place = start_typing(page)
    with no_reload(page):
        change(emergency_notice="Call 112.")
        shows(page, "#vcm-notice", "Call 112.")
        assert place_of(page) == place
        change(patients_may_write_to_doctors=False, phone="555-0177")
        shows(page, "#vcm-closed", "you cannot write to doctors directly")
        shows(page, "#vcm-status", "you cannot write to doctors directly")
        shows(page, "#vcm-closed", "555-0177")
        expect(page.locator("#vcm-send")).to_be_hidden()
        assert place_of(page) == place
        page.locator("#vcm-closed .vcm-phone").focus()
        change(phone="555-0188")
        shows(page, "#vcm-closed", "555-0188")
        expect(page.locator("#vcm-closed")).to_be_focused()
        change(patients_may_write_to_doctors=True)
        expect(page.locator("#vcm-closed")).to_have_count(0, timeout=WITHIN)
        assert place_of(page) == place
        page.locator("#vcm-send").click()
        expect(page.locator(".vcm-msg__body").last).to_have_text("Half a sentence")
    assert Message.objects.latest("pk").body == "Half a sentence"


def test_an_empty_reply_form_goes_and_comes_back(people, open_as, change):
    conversation = create_conversation(people.patient, people.doctor)
    page = open_page(open_as, people.patient, f"/messages/{conversation.pk}/")
    page.locator("#vcm-body").focus()
    with no_reload(page):
        change(patients_may_write_to_doctors=False)
        shows(page, "#vcm-closed", "You cannot reply in this conversation")
        expect(page.locator("#vcm-composer")).to_have_count(0)
        expect(page.locator("#vcm-closed")).to_be_focused()
        change(patients_may_write_to_doctors=True)
        expect(page.locator("#vcm-body")).to_be_focused(timeout=WITHIN)
        page.keyboard.type("Again")
        page.keyboard.press("Control+Enter")
        expect(page.locator(".vcm-msg__body").last).to_have_text("Again")


def test_a_text_left_behind_is_there_when_the_form_comes_back(people, open_as, change):
    conversation = create_conversation(people.patient, people.doctor)
    other = create_conversation(people.patient, people.admin, "About the bill")
    page = open_page(open_as, people.patient, f"/messages/{conversation.pk}/")
    with no_reload(page):
        start_typing(page)
        page.locator(f"#vcm-row-{other.pk} a").click()
        expect(page.locator("#vcm-heading")).to_have_text("Ruth Adeyemi")
        change(patients_may_write_to_doctors=False)
        page.locator(f"#vcm-row-{conversation.pk} a").click()
        shows(page, "#vcm-closed", "You cannot reply")
        change(patients_may_write_to_doctors=True)
        expect(page.locator("#vcm-body")).to_have_value("Half a sentence", timeout=WITHIN)


def test_the_new_form_shows_whom_one_may_write_to_now(people, open_as, change):
    page = open_page(open_as, people.patient, "/messages/new/", allow_errors=True)
    page.locator(".vcm-person", has_text="Okafor").click()
    shows(page, "label[for=vcm-body]", "Message to Amara Okafor")
    place = start_typing(page)
    with no_reload(page):
        change(response_time="Within two days.")
        shows(page, "#vcm-notice", "Within two days.")
        expect(page.locator("[name=recipient]:checked")).to_have_value(str(people.doctor.pk))
        assert place_of(page) == place
        change(patients_may_write_to_doctors=False)
        expect(page.locator(".vcm-person .vcm-person__name")).to_have_text(["Ruth Adeyemi"], timeout=WITHIN)
        expect(page.get_by_role("radio", name="Doctors")).to_have_count(0)
        expect(page.locator("label[for=vcm-body]")).to_have_text("Your message")
        assert place_of(page) == place
        change(patients_may_start=False)
        shows(page, "#vcm-closed", "not start a conversation")
        expect(page.locator("#vcm-picker")).to_be_hidden()
        assert place_of(page) == place
        change(patients_may_start=True, patients_may_write_to_doctors=True)
        expect(page.locator(".vcm-person")).to_have_count(3, timeout=WITHIN)
        expect(page.locator("#vcm-closed")).to_have_count(0)
        assert place_of(page) == place
        page.locator(".vcm-person", has_text="Solberg").click()
        page.locator("#vcm-send").click()
        expect(page.locator("#vcm-heading")).to_have_text("Henrik Solberg")
    assert Message.objects.get().body == "Half a sentence"


def test_a_search_in_the_new_form_stays(people, open_as, change):
    page = open_page(open_as, people.patient, "/messages/new/")
    page.locator("#vcm-picker-search").fill("a")
    page.locator("#vcm-picker-search").fill("ad")
    expect(page.locator(".vcm-person")).to_have_count(1)
    addresses = []
    page.on("request", lambda request: addresses.append(request.url))
    with no_reload(page):
        change(emergency_notice="Call 112.")
        shows(page, "#vcm-notice", "Call 112.")
        expect(page.locator(".vcm-person")).to_have_count(1)
        assert place_of(page) == ["vcm-picker-search", "ad", 2, 2]
    assert not [url for url in addresses if "q=ad" in url]


def test_seen_appears_and_goes(people, open_as, change):
    conversation = create_conversation(people.patient, people.doctor, "Have you read it?")
    actions.mark_read(conversation=conversation, reader=people.doctor, up_to=Message.objects.get().pk)
    page = open_page(open_as, people.patient, f"/messages/{conversation.pk}/")
    expect(page.locator(".vcm-msg__receipt")).to_have_text("Sent")
    with no_reload(page):
        change(read_receipts=True)
        shows(page, ".vcm-msg__receipt", "Seen today")
        change(read_receipts=False)
        expect(page.locator(".vcm-msg__receipt")).to_have_text("Sent", timeout=WITHIN)


def test_scrolled_up_the_lines_do_not_move(people, open_as, change):
    long = create_conversation(people.patient, people.doctor, *["A line\n" * 8] * 12)
    page = open_page(open_as, people.patient, f"/messages/{long.pk}/")
    page.locator("#vcm-conversation").evaluate("box => { box.scrollTop = -800 }")
    before = page.locator(".vcm-msg").nth(6).bounding_box()["y"]
    change(emergency_notice="Call 112. " * 25)
    shows(page, "#vcm-notice", "Call 112. Call 112.")
    assert page.locator(".vcm-msg").nth(6).bounding_box()["y"] == pytest.approx(before, abs=2)
    page.locator("#vcm-conversation").evaluate("box => { box.scrollTop = 0 }")
    change(emergency_notice="Call 112.")
    expect(page.locator("#vcm-notice")).not_to_contain_text("Call 112. Call 112.", timeout=WITHIN)
    assert page.locator("#vcm-conversation").evaluate("box => box.scrollTop") == 0


def test_without_a_stream_it_comes_with_the_next_poll(people, open_as, change):
    page = open_as(people.patient, allow_errors=True).new_page()
    page.route("**/live/stream/**", lambda route: route.abort())
    page.clock.install()
    with page.expect_request("**/live/stream/**"):
        page.goto("/messages/")
    with no_reload(page):
        change(emergency_notice="Call 112.")
        page.clock.fast_forward(20_000)
        shows(page, "#vcm-notice", "Call 112.")


def test_a_change_before_the_page_asks_for_the_first_time_is_seen_too(people, open_as):
    page = open_as(people.patient).new_page()
    page.goto("/messages/")
    actions.change_settings(emergency_notice="Call 112.")
    with no_reload(page):
        shows(page, "#vcm-notice", "Call 112.")


def test_a_message_before_the_page_asks_for_the_first_time_is_seen_too(people, open_as):
    conversation = create_conversation(people.patient, people.doctor)
    page = open_as(people.patient).new_page()
    page.goto(f"/messages/{conversation.pk}/")
    actions.send_message(conversation=conversation, sender=people.doctor, body="Just after you opened it")
    shows(page, "#vcm-conversation", "Just after you opened it")


def test_other_pages_of_the_portal_fetch_the_state_alone(people, open_as, change):
    page = open_page(open_as, people.patient, "/")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    with no_reload(page):
        with event_fires(page, "vclinic-messages:changed"):
            change(emergency_notice="Call 112.")
        # The script asks again after it has processed the change, so other requests would come earlier.
        with page.expect_request("**/live/state/**"):
            look_at(page)
    assert all("/live/state/" in url for url in asked)


def test_a_fault_meanwhile_takes_nothing_away(people, open_as, change):
    conversation = create_conversation(people.patient, people.doctor, "Good morning")
    page = open_page(open_as, people.patient, f"/messages/{conversation.pk}/", allow_errors=True)
    card = "<section class='vcm-card'><p id='vcm-reason'>The message service is not available.</p></section>"
    page.route(f"**/messages/{conversation.pk}/", lambda route: route.fulfill(status=503, body=card))
    with page.expect_response(f"**/messages/{conversation.pk}/"):
        change(emergency_notice="Call 112.")
    with page.expect_request(f"**/messages/{conversation.pk}/"):  # sent after the first answer is processed
        look_at(page)
    expect(page.locator("#vcm-conversation")).to_contain_text("Good morning")
    page.unroute_all()
    look_at(page)
    shows(page, "#vcm-notice", "Call 112.")


def test_switched_off_the_open_page_says_whom_to_call(people, open_as, change):
    conversation = create_conversation(people.patient, people.doctor, "For the doctor alone")
    reading = open_page(open_as, people.doctor, f"/messages/{conversation.pk}/", allow_errors=True)
    writing = open_page(open_as, people.patient, "/messages/new/", allow_errors=True)
    writing.locator(".vcm-person", has_text="Okafor").click()
    place = start_typing(writing)
    change(patients_may_start=False)
    shows(writing, "#vcm-closed", "not start a conversation")
    change(enabled=False)
    shows(reading, ".vcm-card", "Messages is not available at Alder Clinic. Call 555-0100.")
    expect(reading.locator("body")).not_to_contain_text("For the doctor alone")
    shows(writing, "#vcm-closed", "Messages is not available at Alder Clinic. Call 555-0100.")
    assert place_of(writing) == place
    for page in (reading, writing):
        expect(page.locator("[data-vcm-nav]").first).to_be_hidden(timeout=WITHIN)
    change(enabled=True, patients_may_start=True)
    reading.evaluate("window.dispatchEvent(new Event('focus'))")  # it was in view all the time
    look_at(writing)
    for page in (reading, writing):
        expect(page.locator("[data-vcm-nav]").first).to_be_visible(timeout=WITHIN)
    shows(reading, "#vcm-conversation", "For the doctor alone")
    expect(writing.locator("#vcm-closed")).to_have_count(0, timeout=WITHIN)
    expect(writing.locator("#vcm-body")).to_have_value("Half a sentence")


def test_a_list_that_was_asked_for_tells_of_new_settings(people, open_as):
    """Notifications may be off: then any answer brings them."""
    create_conversation(people.patient, people.doctor, "Good morning")
    page = open_as(people.patient).new_page()
    page.route(re.compile("/live/"), lambda route: route.fulfill(status=304))
    page.goto("/messages/")
    actions.change_settings(emergency_notice="Call 112.")
    page.locator("#vcm-search").fill("Good")
    shows(page, "#vcm-notice", "Call 112.")
    expect(page.locator("#vcm-search")).to_be_focused()


def test_whom_one_chooses_meanwhile_stays_chosen(people, open_as, change):
    page = open_page(open_as, people.patient, "/messages/new/")
    page.locator(".vcm-person", has_text="Okafor").click()
    shows(page, "label[for=vcm-body]", "Message to Amara Okafor")
    page.get_by_role("button", name="Change the recipient").click()
    held = []
    page.route("**/messages/new/", lambda route: held.append(route), times=1)
    with page.expect_request("**/messages/new/"):
        change(emergency_notice="Call 112.")
    page.locator(".vcm-person", has_text="Solberg").click()
    shows(page, "label[for=vcm-body]", "Message to Henrik Solberg")
    held[0].continue_()
    shows(page, "#vcm-notice", "Call 112.")
    expect(page.locator("[name=recipient]:checked")).to_have_value(str(people.doctor2.pk))
    expect(page.locator("label[for=vcm-body]")).to_have_text("Message to Henrik Solberg")


def test_a_late_search_does_not_choose_somebody_else(people, open_as):
    page = open_as(people.patient).new_page()
    page.goto("/messages/new/")
    page.locator(".vcm-person", has_text="Okafor").click()
    shows(page, "label[for=vcm-body]", "Message to Amara Okafor")
    page.get_by_role("button", name="Change the recipient").click()
    held = []
    page.route("**/messages/new/", lambda route: held.append(route), times=1)
    with page.expect_request("**/messages/new/"):
        page.locator("#vcm-picker-search").fill("So")
    page.locator(".vcm-person", has_text="Solberg").click()
    shows(page, "label[for=vcm-body]", "Message to Henrik Solberg")
    held[0].continue_()
    expect(page.locator(".vcm-person")).to_have_count(1)
    expect(page.locator("[name=recipient]:checked")).to_have_value(str(people.doctor2.pk))


def test_what_one_has_not_seen_does_not_count_as_seen(people, open_as, change):
    long = create_conversation(people.patient, people.doctor, *["A line\n" * 8] * 12)
    page = open_page(open_as, people.patient, f"/messages/{long.pk}/")
    seen = page.locator("[name=seen]").input_value()
    page.locator("#vcm-conversation").evaluate("box => { box.scrollTop = -800 }")
    actions.send_message(conversation=long, sender=people.doctor, body="Further down")
    shows(page, "#vcm-conversation", "Further down")
    change(patients_may_write_to_doctors=False)
    shows(page, "#vcm-closed", "You cannot reply")
    change(patients_may_write_to_doctors=True)
    expect(page.locator("#vcm-composer")).to_be_visible(timeout=WITHIN)
    assert page.locator("[name=seen]").get_attribute("value") == seen


def test_focus_on_a_number_that_goes_is_not_lost(people, open_as, change):
    conversation = create_conversation(people.patient, people.doctor)
    page = open_page(open_as, people.patient, f"/messages/{conversation.pk}/")
    change(phone="555-0177", emergency_notice="Call 112 or 555-0177.")
    page.locator("#vcm-notice a[href='tel:5550177']").focus()
    change(emergency_notice="Call 112, 116117 or 555-0177.")
    shows(page, "#vcm-notice", "116117")
    expect(page.locator("#vcm-notice a", has_text="555-0177")).to_be_focused()
    change(emergency_notice="Go to a hospital.")
    shows(page, "#vcm-notice", "Go to a hospital.")
    expect(page.locator("#vcm-heading")).to_be_focused()


def is_refresh(request):
    """Return whether the script asks for the list, and not for a page."""
    return request.method == "POST" and request.url.endswith("/messages/")


def test_an_outage_costs_no_pages(people, open_as):
    page = open_page(open_as, people.patient, "/messages/", allow_errors=True)
    page.route("**/messages/", lambda route: route.fulfill(status=503))
    asked = []
    page.on("request", lambda request: asked.append((request.method, request.url)))
    with page.expect_response(lambda answer: is_refresh(answer.request)):
        look_at(page)
    with page.expect_request(is_refresh):  # sent after the first answer is processed
        look_at(page)
    assert not [url for method, url in asked if method == "GET" and url.endswith("/messages/")]


def test_a_portal_that_leaves_the_version_away_keeps_its_pages(people, open_as, change):
    page = open_page(open_as, people.patient, "/messages/")
    page.evaluate("delete document.getElementById('vcm-texts').dataset.settings")
    asked = []
    page.on("request", lambda request: asked.append((request.method, request.url)))
    with page.expect_response(lambda answer: is_refresh(answer.request)):
        change(emergency_notice="Call 112.")
    with page.expect_request(is_refresh):  # sent after the first answer is processed
        look_at(page)
    assert not [url for method, url in asked if method == "GET" and url.endswith("/messages/")]


def test_a_role_that_comes_back_finds_everything_typed(people, open_as):
    conversation = create_conversation(people.patient, people.doctor, "For the doctor alone")
    other = create_conversation(people.patient2, people.doctor, "Another question")
    page = open_page(open_as, people.doctor, f"/messages/{conversation.pk}/", allow_errors=True)
    start_typing(page)
    page.locator(f"#vcm-row-{other.pk} a").click()
    expect(page.locator("#vcm-heading")).to_have_text("Joana Lopes")
    with without_a_role(people.doctor, page):
        shows(page, ".vcm-card[role=status]", "not registered for Messages")
        expect(page.locator(".vcm-card")).to_be_focused()
        expect(page.locator("body")).not_to_contain_text("For the doctor alone")
        assert "Joana" not in page.title()
    shows(page, "#vcm-conversation", "Another question")
    assert "Joana" in page.title()
    page.locator(f"#vcm-row-{conversation.pk} a").click()
    expect(page.locator("#vcm-body")).to_have_value("Half a sentence")


def test_a_card_keeps_the_focus_while_the_page_asks_again(people, open_as):
    page = open_page(open_as, people.patient, "/messages/", allow_errors=True)
    actions.change_settings(enabled=False, phone="555-0100")
    shows(page, ".vcm-card[role=status]", "555-0100")
    number = page.locator(".vcm-card .vcm-phone")
    number.focus()
    for _ in range(2):  # the second request is sent after the answer to the first is processed
        with page.expect_response("**/messages/"):
            page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(number).to_be_focused()
    actions.change_settings(phone="555-0177")
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    shows(page, ".vcm-card", "555-0177")
    expect(page.locator(".vcm-card")).to_be_focused()


def test_without_a_role_only_the_text_being_typed_stays(people, open_as):
    conversation = create_conversation(people.patient, people.doctor, "For the doctor alone")
    page = open_page(open_as, people.doctor, f"/messages/{conversation.pk}/", allow_errors=True)
    place = start_typing(page)
    with without_a_role(people.doctor, page):
        shows(page, "#vcm-closed", "not registered for Messages")
        expect(page.locator("#vcm-app")).not_to_contain_text("For the doctor alone")
        assert "Maya" not in page.title()
        assert place_of(page) == place
    shows(page, "#vcm-conversation", "For the doctor alone")
    expect(page.locator("#vcm-closed")).to_have_count(0)
    expect(page.locator("#vcm-body")).to_have_value("Half a sentence")
    actions.send_message(conversation=conversation, sender=people.patient, body="And one thing more")
    shows(page, "#vcm-conversation", "And one thing more")


def test_what_was_put_away_comes_back_for_nobody_else(people, open_as, portal):
    create_conversation(people.patient, people.doctor, "For the doctor alone")
    page = open_page(open_as, people.doctor, "/messages/", allow_errors=True)
    with without_a_role(people.doctor, page):
        shows(page, ".vcm-card", "not registered for Messages")
        session = {"name": "sessionid", "value": sign_in(people.doctor2), "url": portal.url("alder")}
        page.context.add_cookies([session])
    expect(page.locator("body")).to_contain_text(
        re.compile("Someone else has signed in|No conversations yet")
    )
    expect(page.locator("body")).not_to_contain_text("For the doctor alone")


def test_settings_do_not_mix_the_pages_of_two_persons(people, open_as, portal, change):
    create_conversation(people.patient, people.doctor, "For the doctor alone")
    page = open_page(open_as, people.doctor, "/messages/", allow_errors=True)
    session = {"name": "sessionid", "value": sign_in(people.doctor2), "url": portal.url("alder")}
    page.context.add_cookies([session])
    change(phone="+1 555 010 0199")
    shows(page, ".vcm-card", "Someone else has signed in")
    expect(page.locator("body")).not_to_contain_text("For the doctor alone")


def test_who_is_away_from_now_on_is_said_in_a_page_that_is_open(people, open_as):
    conversation = create_conversation(people.patient, people.doctor, "Good morning")
    page = open_page(open_as, people.patient, f"/messages/{conversation.pk}/")
    colleague = open_page(open_as, people.doctor, "/messages/")
    with no_reload(page):
        here = start_typing(page)
        shows(page, "#vcm-status", "Draft saved")
        actions.set_absence(actor=None, who=people.doctor, first_day=timezone.localdate())
        shows(page, "#vcm-now", "Amara Okafor is away.")
        shows(page, ".vcm-header", "Away")
        shows(page, "#vcm-status", "Amara Okafor is away.")
        shows(colleague, "#vcm-own-absence", "You are away")
        assert place_of(page) == here
        actions.end_absence(actor=None, who=people.doctor)
        expect(page.locator("#vcm-now")).to_have_count(0, timeout=WITHIN)
        assert place_of(page) == here


def test_a_page_says_that_the_clinic_has_closed_meanwhile(people, open_as):
    conversation = create_conversation(people.doctor, people.patient, "Good morning")
    always = [{"day": day, "from": "00:00", "to": "00:00"} for day in range(7)]
    actions.change_settings(opening_hours=always)
    page = open_page(open_as, people.patient, f"/messages/{conversation.pk}/")
    today = timezone.localdate().isoformat()
    # Not by the action: nothing has changed but the time.
    MessagesSettings.objects.update(closed_days=[{"first": today, "last": today, "reason": ""}])
    with no_reload(page):
        here = start_typing(page)
        shows(page, "#vcm-status", "Draft saved")
        page.locator("#vcm-texts").evaluate("each => { each.dataset.until = each.dataset.clock; }")
        look_at(page)
        shows(page, "#vcm-now", "The clinic is closed. Messages are read again")
        shows(page, "#vcm-status", "The clinic is closed.")
        assert place_of(page) == here
        assert page.locator("#vcm-texts").evaluate("each => each.dataset.until > each.dataset.clock")


def test_the_preview_of_opening_hours_follows_what_is_typed(settings_page):
    preview = settings_page.locator("[data-vcm-hours]")
    expect(preview).to_contain_text("Without opening hours nothing is shown.")
    for part in ("from", "to"):
        settings_page.locator(f"[name=opening_hours-2-0-{part}]").fill("00:00")
        settings_page.locator(f"[name=opening_hours-2-0-{part}]").blur()
    expect(preview).to_contain_text(re.compile("The clinic is (open|closed)"))
    settings_page.locator("[name=opening_hours-2-0-to]").fill("")
    settings_page.locator("[name=opening_hours-2-0-to]").blur()
    expect(preview).to_contain_text("These opening hours cannot be saved yet.")
