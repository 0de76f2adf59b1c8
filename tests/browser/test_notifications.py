"""Badge and toast, on whatever portal page is open."""

from __future__ import annotations

import re
from contextlib import ExitStack, suppress

from playwright.sync_api import Error, expect

from tests.browser.waits import event_fires, look_at, stream_opens, wait_for_tabs
from tests.live.streaming import listening
from tests.servers import sign_in
from vclinic_messages import actions, selectors
from vclinic_messages.live.hub import STREAMS_PER_PERSON
from vclinic_messages.models import Role
from vclinic_messages.testing import create_conversation, create_member
from vclinic_messages.viewer import load_viewer


def wait_until_live(page):
    """Until the script has asked once: from then on what arrives is new."""
    page.wait_for_function("() => localStorage.length > 0")


def test_a_message_shows_a_toast_and_a_badge_on_any_page(people, open_as):
    page = open_as(people.patient).new_page()
    page.goto("/")
    expect(page.locator(".vcm-badge").first).to_be_hidden()
    wait_until_live(page)
    conversation = actions.start_conversation(
        sender=people.doctor, recipient=people.patient, body="Secret words"
    )
    toast = page.locator(".vcm-toast")
    expect(toast).to_contain_text("New message from Amara Okafor")
    expect(toast.locator(".vcm-toast-text bdi")).to_have_text("Amara Okafor")
    expect(toast).not_to_contain_text("Secret")
    expect(page.get_by_role("link", name=re.compile("Messages ?, 1 unread"))).to_be_visible()
    expect(page.locator("[data-vcm-live-status]")).to_have_text("New message from Amara Okafor")
    toast.get_by_role("link").click()
    expect(page).to_have_url(re.compile(str(conversation.pk)))


def test_a_toast_is_dismissed_by_keyboard_and_does_not_come_back(people, open_as):
    page = open_as(people.patient).new_page()
    page.goto("/")
    wait_until_live(page)
    create_conversation(people.doctor, people.patient)
    toast = page.locator(".vcm-toast")
    toast.get_by_role("button", name="Dismiss").focus()
    page.keyboard.press("Enter")
    expect(toast).to_have_count(0)
    with stream_opens(page):
        page.reload()
    expect(toast).to_have_count(0)
    expect(page.locator(".vcm-badge").first).to_have_text("1")


def test_one_toast_at_a_time(people, open_as):
    page = open_as(people.patient).new_page()
    page.goto("/")
    toast = page.locator(".vcm-toast")
    started = create_conversation(people.doctor, people.patient)
    expect(toast).to_contain_text("New message from Amara Okafor")
    with event_fires(page, "vclinic-messages:changed"):
        actions.send_message(conversation=started, sender=people.doctor, body="Once more")
    expect(toast).to_have_text(re.compile("New message from Amara Okafor"))
    create_conversation(people.doctor2, people.patient)
    expect(toast).to_contain_text("New messages in 2 conversations")
    expect(page.locator("[data-vcm-live-status]")).to_have_text("New messages in 2 conversations")
    expect(toast).to_have_count(1)
    expect(toast.get_by_role("link", name="Open Messages")).to_have_attribute("href", "/messages/")
    toast.get_by_role("link").focus()
    create_conversation(people.admin, people.patient)
    expect(toast).to_contain_text("New messages in 3 conversations")
    expect(toast.get_by_role("link")).to_be_focused()
    page.keyboard.press("Escape")
    expect(toast).to_have_count(0)
    expect(page.locator("[data-vcm-nav]")).to_be_focused()
    create_conversation(create_member(Role.ADMIN, last_name="Fifth"), people.patient)
    expect(toast).to_contain_text("Fifth")


def test_a_toast_leaves_unless_somebody_is_at_it(people, open_as):
    page = open_as(people.patient).new_page()
    page.clock.install()
    page.goto("/")
    page.clock.run_for(2000)
    create_conversation(people.doctor, people.patient)
    toast = page.locator(".vcm-toast")
    expect(toast).to_have_count(1)
    toast.hover()
    page.clock.run_for(10_000)
    expect(toast).to_have_count(1)
    page.mouse.move(0, 0)
    page.clock.run_for(9000)
    expect(toast).to_have_count(1)
    page.clock.run_for(1000)
    expect(toast).to_have_count(0)
    expect(page.locator(".vcm-badge").first).to_have_text("1")


def test_what_comes_in_the_first_seconds_of_a_fresh_browser_has_its_toast(people, open_as):
    create_conversation(people.doctor2, people.patient)
    page = open_as(people.patient).new_page()
    with page.expect_request("**/live/state/**"):
        page.goto("/")
        create_conversation(people.doctor, people.patient)
    expect(page.locator(".vcm-toast")).to_contain_text("Amara Okafor")


def test_what_came_while_no_page_was_open_is_shown_on_the_next(people, open_as):
    context = open_as(people.patient)
    page = context.new_page()
    page.goto("/")
    wait_until_live(page)
    page.goto("about:blank")
    create_conversation(people.doctor, people.patient)
    page.goto("/team/")
    expect(page.locator(".vcm-toast")).to_contain_text("Amara Okafor")


def test_eight_tabs_share_one_stream_and_show_one_toast(people, open_as):
    context = open_as(people.patient)
    streams = []
    context.on("request", lambda request: streams.append(request) if "/live/stream/" in request.url else None)
    pages = [context.new_page() for _tab in range(8)]
    with stream_opens(context):
        for page in pages:
            page.goto("/")
    wait_for_tabs(pages[0], leading=1, waiting=7)
    assert len(streams) == 1
    create_conversation(people.doctor, people.patient)
    for page in pages:
        expect(page.locator(".vcm-badge").first).to_have_text("1")
    create_conversation(people.doctor2, people.patient)
    for page in pages:  # the tabs hear of the second message after the first one is shown
        expect(page.locator(".vcm-badge").first).to_have_text("2")
    assert sum(page.locator(".vcm-toast").count() for page in pages) == 1


def test_when_the_leading_tab_is_closed_another_takes_over(people, open_as):
    context = open_as(people.patient)
    first, second = context.new_page(), context.new_page()
    streams = []
    context.on("request", lambda request: streams.append(request) if "/live/stream/" in request.url else None)
    with stream_opens(first):
        first.goto("/")
    second.goto("/")
    wait_for_tabs(second, leading=1, waiting=1)
    with stream_opens(second):
        first.close()
    assert len(streams) == 2
    create_conversation(people.doctor, people.patient)
    expect(second.locator(".vcm-toast")).to_be_visible()


def test_signing_out_elsewhere_takes_the_badge_away(people, open_as):
    context = open_as(people.patient, allow_errors=True)  # the refused request is noted by the console
    create_conversation(people.doctor, people.patient)
    here, elsewhere = context.new_page(), context.new_page()
    with stream_opens(here):
        here.goto("/")
    elsewhere.goto("/team/")
    expect(here.locator(".vcm-badge").first).to_have_text("1")
    elsewhere.get_by_role("button", name="Sign out").first.click()
    expect(here.locator(".vcm-badge").first).to_be_hidden()
    expect(here.locator("[data-vcm-nav]").first).to_be_visible()


def test_switching_off_takes_messages_out_of_the_navigation_of_open_pages(people, open_as):
    context = open_as(people.patient, allow_errors=True)  # the refused request is noted by the console
    first, second = context.new_page(), context.new_page()
    for page in (first, second):
        page.goto("/")
    wait_until_live(second)
    actions.change_settings(enabled=False)
    for page in (first, second):
        expect(page.get_by_role("link", name="Messages")).to_have_count(0, timeout=15_000)


def test_nothing_is_asked_where_messages_is_off(people, open_as):
    actions.change_settings(enabled=False)
    page = open_as(people.patient).new_page()
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.clock.install()
    page.goto("/")
    page.clock.fast_forward(60_000)
    wait_for_tabs(page, leading=0, waiting=0)
    page.evaluate("fetch('/').then(() => null)")  # a request of the script would come earlier
    assert not [url for url in requests if "/messages/" in url]
    expect(page.get_by_role("link", name="Messages")).to_have_count(0)


def test_a_page_change_while_the_state_is_fetched_loses_nothing(people, open_as):
    page = open_as(people.patient, allow_errors=True).new_page()
    page.goto("/")
    wait_until_live(page)
    held = []
    page.route("**/live/state/**", lambda route: held.append(route))
    with page.expect_request("**/live/state/**"):
        create_conversation(people.doctor, people.patient)
    page.goto("/team/", wait_until="commit")
    assert held
    for route in held:
        with suppress(Error):  # it went with its page
            route.abort()
    page.unroute_all(behavior="ignoreErrors")
    expect(page.locator(".vcm-toast")).to_contain_text("Amara Okafor")


def be_visible(page, state):
    """What a browser does when its tab goes to the background or comes back."""
    page.evaluate(
        """state => {
            Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        state,
    )


def test_a_hidden_tab_marks_its_title_and_shows_the_toast_when_one_comes_back(people, open_as):
    page = open_as(people.patient).new_page()
    page.goto("/")
    wait_until_live(page)
    title = page.title()
    be_visible(page, "hidden")
    create_conversation(people.doctor, people.patient)
    expect(page).to_have_title(f"(1) {title}")
    expect(page.locator(".vcm-toast")).to_have_count(0)
    be_visible(page, "visible")
    expect(page.locator(".vcm-toast")).to_be_visible()
    expect(page).to_have_title(title)


def test_two_people_write_to_each_other_and_see_it_at_once(people, open_as):
    conversation = create_conversation(people.patient, people.doctor, "May I come on Friday?")
    patient, doctor = open_as(people.patient).new_page(), open_as(people.doctor).new_page()
    for page in (patient, doctor):
        page.goto(f"/messages/{conversation.pk}/")
        wait_until_live(page)
    for writer, reader, text in (
        (doctor, patient, "Friday at ten is free."),
        (patient, doctor, "I will be there."),
        (doctor, patient, "See you on Friday."),
    ):
        writer.locator("textarea[name=body]").fill(text)
        writer.get_by_role("button", name="Send").click()
        expect(reader.locator(".vcm-conversation")).to_contain_text(text)
        expect(reader.locator(".vcm-row").first).to_contain_text(text)
        expect(reader.locator(".vcm-toast")).to_have_count(0)


def test_a_stream_that_cannot_be_opened_leaves_polling(people, open_as):
    page = open_as(people.patient, allow_errors=True).new_page()
    page.route("**/live/stream/**", lambda route: route.abort())
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/live/state/" in request.url else None)
    page.goto("/")
    wait_until_live(page)
    page.goto("about:blank")  # left open, it might ask and show the toast just before it is gone
    create_conversation(people.doctor, people.patient)
    page.goto("/")
    expect(page.locator(".vcm-toast")).to_be_visible()
    assert asked


def test_a_server_that_fails_takes_no_badge_away(people, open_as):
    """It is asked again later. Only an answer with a code of Messages ends the notifications."""
    create_conversation(people.doctor, people.patient)
    page = open_as(people.patient, allow_errors=True).new_page()
    page.clock.install()
    page.route("**/live/state/**", lambda route: route.fulfill(status=502, body="<h1>Bad Gateway</h1>"))
    page.goto("/")
    for _ in range(2):
        with page.expect_response("**/live/state/**"):
            page.clock.fast_forward(60_000)
    expect(page.locator(".vcm-badge").first).to_have_text("1")
    expect(page.get_by_role("link", name=re.compile("Messages"))).to_be_visible()
    page.unroute_all()
    actions.start_conversation(sender=people.doctor2, recipient=people.patient, body="More")
    with page.expect_response("**/live/state/**"):
        page.clock.fast_forward(60_000)
    expect(page.locator(".vcm-badge").first).to_have_text("2")


def test_a_person_with_more_browsers_than_streams_polls_in_one_of_them(people, portal, open_as):
    """Opening the stream again would end another one, whose browser would do the same, without end."""
    page = open_as(people.patient).new_page()
    with stream_opens(page):
        page.goto("/")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    session = sign_in(people.patient)
    with ExitStack() as streams, page.expect_response("**/live/state/**"):
        for _ in range(STREAMS_PER_PERSON):
            streams.enter_context(listening(portal, "alder", session))
    with page.expect_request("**/live/state/**"):  # sent after the first answer is processed
        look_at(page)
    assert not [url for url in asked if "/live/ticket/" in url]


def test_asking_again_is_answered_by_a_304_although_the_browser_stores_nothing(people, open_as):
    create_conversation(people.doctor, people.patient)
    page = open_as(people.patient).new_page()
    with stream_opens(page):
        page.goto("/")
    with page.expect_response("**/live/state/**") as answer:
        look_at(page)
    assert answer.value.status == 304
    assert answer.value.headers["cache-control"] == "private, no-store"
    expect(page.locator(".vcm-badge").first).to_have_text("1")
    create_conversation(people.doctor2, people.patient)
    expect(page.locator(".vcm-toast")).to_have_count(1)
    expect(page.locator(".vcm-toast")).to_contain_text("Henrik Solberg")
    for _again in range(2):
        with page.expect_response(lambda answer: "/live/state/" in answer.url and answer.status == 304):
            look_at(page)
    expect(page.locator(".vcm-toast")).to_have_count(1)
    expect(page.locator(".vcm-badge").first).to_have_text("2")


def go_back_to(page):
    """Tell the page what a browser says when somebody goes back to it and the browser has kept it."""
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")


def test_going_back_shows_no_toast_that_was_shown_before(people, open_as):
    page = open_as(people.patient).new_page()
    with stream_opens(page):
        page.goto("/")
    conversation = create_conversation(people.doctor, people.patient)
    toast = page.locator(".vcm-toast")
    expect(toast).to_have_count(1)
    with page.expect_response("**/live/state/**"):
        go_back_to(page)
    expect(toast).to_have_count(0)
    with page.expect_response("**/live/state/**"):
        look_at(page)
    expect(toast).to_have_count(0)
    actions.send_message(conversation=conversation, sender=people.doctor, body="And one thing more")
    expect(toast).to_have_count(1)


def test_going_back_shows_no_toast_that_another_page_has_shown_meanwhile(people, open_as):
    page = open_as(people.patient, allow_errors=True).new_page()  # the aborted requests are noted
    page.goto("/")
    wait_until_live(page)
    page.route("**/live/**", lambda route: route.abort())
    with page.expect_request("**/live/**"):  # the stream is closed, and the page hears nothing more
        go_back_to(page)
    create_conversation(people.doctor, people.patient)
    present = str(selectors.Cursor.present(load_viewer(people.patient)))
    page.evaluate("value => localStorage.setItem(Object.keys(localStorage)[0], value)", present)
    page.unroute_all()
    go_back_to(page)
    expect(page.locator(".vcm-badge").first).to_have_text("1")
    expect(page.locator(".vcm-toast")).to_have_count(0)
