"""A page that is left, or whose person has signed out, loses no text and shows nothing to the next person."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from playwright.sync_api import expect

from tests.browser.test_settings_in_open_pages import open_page
from vclinic_messages.models import Message
from vclinic_messages.testing import create_conversation

SIGN_IN_AGAIN = "Sign in again in a new tab"


@pytest.fixture
def conversation(people):
    return create_conversation(people.doctor, people.patient, "Only for Maya")


@pytest.fixture
def with_passwords(people):
    for person in (people.patient, people.patient2):
        person.password = PBKDF2PasswordHasher().encode("secret", "salt", 1)  # what the portal can check
        person.save()


@pytest.fixture
def page(people, with_passwords, open_as, conversation):
    """A conversation in one tab; the refused requests after signing out are noted by the console."""
    return open_page(open_as, people.patient, f"/messages/{conversation.pk}/", allow_errors=True)


def sign_out(page):
    elsewhere = page.context.new_page()
    elsewhere.goto("/")
    elsewhere.get_by_role("button", name="Sign out").click()
    expect(elsewhere.get_by_role("link", name="Sign in").first).to_be_visible()
    return elsewhere


def sign_in(page, person):
    page.goto("/login/")
    page.fill("[name=username]", person.username)
    page.fill("[name=password]", "secret")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"localhost:\d+/(?!login)"))


def dialogs_of(page):
    found = []

    def answer(dialog):
        found.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)
    return found


def test_leaving_asks_nothing_because_the_text_is_saved(page):
    asked = dialogs_of(page)
    page.locator("#vcm-body").press_sequentially("Half a sentence")
    page.get_by_role("link", name="Home").click()
    expect(page).to_have_url(re.compile(r"localhost:\d+/$"))
    page.go_back()
    expect(page.locator("#vcm-body")).to_have_value("Half a sentence", timeout=10_000)
    assert asked == []


def test_signing_out_in_another_tab_takes_the_conversation_off_the_screen(page, conversation):
    expect(page.locator("#vcm-main")).to_contain_text("Only for Maya")
    sign_out(page)
    expect(page).to_have_url(re.compile("/login/"), timeout=10_000)
    assert str(conversation.pk) in page.url
    assert "Only for Maya" not in page.content()


def look(page):
    page.evaluate("window.dispatchEvent(new Event('focus'))")


def test_a_text_being_typed_stays_and_goes_on_after_signing_in_again(people, page):
    body = page.locator("#vcm-body")
    body.press_sequentially("Half a sentence")
    elsewhere = sign_out(page)
    expect(page.locator("#vcm-closed")).to_contain_text(SIGN_IN_AGAIN, timeout=10_000)
    expect(page.locator("#vcm-status")).to_contain_text("You are signed out.")
    page.evaluate("document.querySelector('#vcm-closed').dataset.said = 'once'")
    for _ in range(2):  # said once, without getting in the way
        with page.expect_response("**/messages/**"):
            look(page)
        expect(body).to_be_focused()
    expect(page.locator("#vcm-closed")).to_have_attribute("data-said", "once")
    expect(body).to_have_value("Half a sentence")
    shown = page.locator("#vcm-app").inner_text()
    assert "Only for Maya" not in page.content()
    assert shown.count("Okafor") == 1, "the field keeps its label"
    assert "Okafor" not in page.title()
    assert body.bounding_box()["width"] > 600, "the text has the room to itself"

    sign_in(elsewhere, people.patient)
    look(page)
    expect(page.locator("#vcm-conversation")).to_contain_text("Only for Maya", timeout=10_000)
    expect(page.locator("#vcm-closed")).to_have_count(0)
    expect(page.locator(".vcm-row")).to_have_count(1)
    expect(body).to_have_value("Half a sentence")
    page.locator("#vcm-send").click()
    expect(page.locator(".vcm-msg__body").last).to_have_text("Half a sentence")
    assert Message.objects.filter(body="Half a sentence").count() == 1


def test_of_a_new_message_only_the_text_stays(people, open_as):
    page = open_page(open_as, people.doctor, "/messages/new/", allow_errors=True)
    page.locator(".vcm-person").filter(has_text="Maya Ferreira").click()
    page.locator("#vcm-body").fill("Half a sentence")
    sign_out(page)
    expect(page.locator("#vcm-closed")).to_contain_text(SIGN_IN_AGAIN, timeout=10_000)
    expect(page.locator("label[for=vcm-body]")).to_have_text("Message to Maya Ferreira")
    expect(page.locator("#vcm-body")).to_have_value("Half a sentence")


def leave_a_text_behind(people, page):
    """In one conversation, and open another."""
    other = create_conversation(people.admin, people.patient)
    page.locator("#vcm-body").press_sequentially("Half a sentence")
    page.locator(f"#vcm-row-{other.pk} a").click()
    expect(page.locator("#vcm-heading")).to_contain_text("Ruth Adeyemi")


def test_a_text_left_behind_elsewhere_is_there_after_signing_in_again(people, page, conversation):
    leave_a_text_behind(people, page)
    sign_out(page)
    expect(page).to_have_url(re.compile("/login/"), timeout=10_000)
    sign_in(page, people.patient)
    page.goto(f"/messages/{conversation.pk}/")
    expect(page.locator("#vcm-body")).to_have_value("Half a sentence")


@pytest.mark.parametrize("how", ["looks", "sends"])
def test_the_next_person_neither_sees_nor_sends_it(people, page, how):
    page.locator("#vcm-body").press_sequentially("Half a sentence")
    elsewhere = sign_out(page)
    expect(page.locator("#vcm-closed")).to_contain_text(SIGN_IN_AGAIN, timeout=10_000)
    asked = dialogs_of(page)
    sign_in(elsewhere, people.patient2)
    look(page) if how == "looks" else page.locator("#vcm-composer").evaluate("form => form.requestSubmit()")
    expect(page.locator("#vcm-body")).to_have_count(0, timeout=10_000)
    assert "Half a sentence" not in page.content()
    assert asked == []
    assert not Message.objects.filter(body="Half a sentence")


def test_the_next_person_does_not_start_a_conversation_with_it(people, with_passwords, open_as):
    page = open_page(open_as, people.patient, "/messages/new/", allow_errors=True)
    page.locator(".vcm-person").filter(has_text="Okafor").click()
    page.locator("#vcm-body").fill("Half a sentence")
    elsewhere = sign_out(page)
    expect(page.locator("#vcm-closed")).to_contain_text(SIGN_IN_AGAIN, timeout=10_000)
    sign_in(elsewhere, people.patient2)
    look(page)
    expect(page.locator("#vcm-body")).to_have_count(0, timeout=10_000)
    assert "Half a sentence" not in page.content()
    assert not Message.objects.exists()


def sign_in_again(page, person):
    """In another tab, while this page knows nothing of it."""
    page.route("**/live/**", lambda route: route.abort())
    elsewhere = page.context.new_page()
    elsewhere.route("**/live/**", lambda route: route.abort())
    elsewhere.goto("/")
    elsewhere.get_by_role("button", name="Sign out").click()
    expect(elsewhere.get_by_role("link", name="Sign in").first).to_be_visible()
    sign_in(elsewhere, person)


@pytest.fixture
def quiet_page(people, with_passwords, open_as, conversation):
    """A conversation in one tab, which hears nothing from the other tabs and from the server."""
    context = open_as(people.patient, allow_errors=True)
    page = context.new_page()
    page.route("**/live/**", lambda route: route.abort())
    with page.expect_response("**/read/"):
        page.goto(f"/messages/{conversation.pk}/")
    page.route("**/messages/", lambda route: route.abort())  # the list, refreshed when one looks at the page
    return page


def test_the_first_click_sends_after_signing_in_again_in_another_tab(people, quiet_page):
    page = quiet_page
    sign_in_again(page, people.patient)
    page.locator("#vcm-body").fill("Typed before")
    alerts = []
    page.expose_function("noteAlert", lambda text: alerts.append(text) if text else None)
    page.evaluate(
        """() => {
            const region = document.getElementById("vcm-alert");
            const note = () => window.noteAlert(region.textContent);
            new MutationObserver(note).observe(region, { childList: true });
        }"""
    )
    page.locator("#vcm-send").click()
    expect(page.locator(".vcm-msg__body").last).to_have_text("Typed before")
    assert alerts == []
    page.locator("#vcm-body").fill("And after")
    page.locator("#vcm-send").click()
    expect(page.locator(".vcm-msg__body").last).to_have_text("And after")


def test_other_buttons_work_on_the_first_click_too(people, with_passwords, open_as):
    conversation = create_conversation(people.patient, people.doctor)
    people.doctor.password = people.patient.password
    people.doctor.save()
    page = open_as(people.doctor, allow_errors=True).new_page()
    page.route("**/live/**", lambda route: route.abort())
    page.goto(f"/messages/{conversation.pk}/")
    expect(page.locator("#vcm-app[data-enhanced]")).to_be_visible()
    page.route("**/read/", lambda route: route.abort())
    sign_in_again(page, people.doctor)
    page.get_by_role("button", name="No answer needed").click()
    expect(page.get_by_role("button", name="No answer needed")).to_have_count(0)
    page.reload()
    sign_in_again(page, people.doctor)
    page.unroute("**/read/")
    with page.expect_response(lambda answer: answer.url.endswith("/read/") and answer.ok):
        page.evaluate("window.dispatchEvent(new Event('resize'))")


def test_what_was_typed_is_not_sent_for_another_person_and_forgotten(people, quiet_page):
    page = quiet_page
    asked = dialogs_of(page)
    sign_in_again(page, people.patient2)
    page.locator("#vcm-body").fill("Typed before")
    page.locator("#vcm-send").click()
    expect(page.locator("#vcm-body")).to_have_count(0)
    assert "Typed before" not in page.content()
    assert asked == []
    assert not Message.objects.filter(body="Typed before")


def test_without_scripts_the_text_survives_signing_in_again(people, with_passwords, open_as, conversation):
    context = open_as(people.patient, allow_errors=True, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"/messages/{conversation.pk}/")
    page.locator("#vcm-body").fill("Typed before")
    context.clear_cookies()
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#vcm-unsent")).to_have_value("Typed before")
    with context.expect_page() as opened:
        page.get_by_role("link", name=SIGN_IN_AGAIN).click()
    sign_in(opened.value, people.patient)
    page.locator("#vcm-unsent").fill("Typed before and after")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("alert")).to_contain_text("This page was out of date.")
    expect(page.locator("#vcm-body")).to_have_value("Typed before and after")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".vcm-msg__body").last).to_have_text("Typed before and after")
    assert Message.objects.filter(body="Typed before and after").count() == 1
