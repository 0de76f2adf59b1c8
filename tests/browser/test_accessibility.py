"""Every state of every page, and of our screens in Wagtail, breaks no rule of axe, and cuts no text of ours.

The normal run looks at every state in the light colours at two widths, and at some states in other looks.
``make test-a11y`` looks at every state in every look.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect

from example_project.people.groups import ADMINISTRATORS
from tests.browser.axe import Violation, violations
from tests.browser.conftest import CHROMIUM_ARGUMENTS
from tests.browser.cut_texts import cut_texts
from tests.options import set_options
from tests.roles import change_roles
from vclinic_messages import actions
from vclinic_messages.conf import app_settings
from vclinic_messages.models import BODY_MAX_LENGTH, Conversation, Mailbox, Role
from vclinic_messages.reminders.addresses import stop_token
from vclinic_messages.selectors import DraftPlace
from vclinic_messages.testing import create_conversation, create_member, create_team
from vclinic_messages.viewer import load_viewer

IS_FULL = os.environ.get("A11Y") == "full"

#: Rules that a page of ours breaks for a reason. Nothing of ours breaks one.
EXCEPTIONS: dict[str, str] = {}

#: Rules that Wagtail's own parts of the admin break.
EXCEPTIONS_IN_WAGTAIL = {"landmark-unique": "two landmarks of Wagtail have one name"}


@dataclass(frozen=True)
class Look:
    """How a browser shows the pages."""

    width: int = 1440
    height: int = 900
    options: dict[str, Any] = field(default_factory=dict)
    script: str = ""
    argument: str = ""


def on_load(statement: str) -> str:
    return f"document.addEventListener('DOMContentLoaded', () => {{ {statement} }});"


DARK = on_load("document.querySelectorAll('.vcm').forEach((each) => { each.dataset.vcmScheme = 'dark'; });")
RTL = on_load("document.querySelectorAll('html, .vcm').forEach((each) => { each.dir = 'rtl'; });")
NORMAL = {"light 390": Look(390, 844), "light 1440": Look()}
OTHERS = {
    "dark 390": Look(390, 844, script=DARK),
    "dark 1440": Look(script=DARK),
    "forced colors": Look(options={"forced_colors": "active"}),
    "reduced motion": Look(options={"reduced_motion": "reduce"}),
    "320": Look(320, 640),
    "400 % zoom": Look(320, 256),
    "200 % text": Look(390, 844, argument="--blink-settings=defaultFontSize=32"),
    "rtl": Look(script=RTL),
}

State = Callable[["Visit"], Page]
STATES: dict[str, State] = {}


def state(function: State) -> State:
    STATES[function.__name__.replace("_", " ")] = function
    return function


@dataclass
class Visit:
    """A clinic with conversations, and browsers in one look."""

    people: Any
    conversations: Any
    context: Callable[[Any], BrowserContext]

    def open(self, person: Any, path: str) -> Page:
        page = self.context(person).new_page()
        page.goto(path)
        return page

    def open_messages(self, person: Any, path: str = "/messages/") -> Page:
        page = self.open(person, path)
        expect(page.locator("#vcm-app[data-enhanced]")).to_be_visible()
        return page

    def open_conversation(self, person: Any, conversation: Conversation) -> Page:
        return self.open_messages(person, f"/messages/{conversation.pk}/")


# The pages of Messages


@state
def list_with_nothing_open(visit: Visit) -> Page:
    return visit.open_messages(visit.people.patient)


@state
def list_of_staff(visit: Visit) -> Page:
    return visit.open_messages(visit.people.doctor)


@state
def search_that_finds(visit: Visit) -> Page:
    page = visit.open_messages(visit.people.patient)
    page.locator("#vcm-search").fill("Okafor")
    expect(page.locator(".vcm-row")).to_have_count(1)
    return page


@state
def search_without_a_match(visit: Visit) -> Page:
    page = visit.open_messages(visit.people.patient)
    page.locator("#vcm-search").fill("zzzz")
    expect(page.locator(".vcm-list__none")).to_be_visible()
    return page


@state
def empty_inbox(visit: Visit) -> Page:
    return visit.open_messages(visit.people.patient2)


@state
def empty_inbox_of_staff(visit: Visit) -> Page:
    return visit.open_messages(visit.people.admin)


@state
def conversation_with_new_messages(visit: Visit) -> Page:
    page = visit.open_conversation(visit.people.patient, visit.conversations.new)
    expect(page.locator("#vcm-first-new")).to_be_attached()
    return page


@state
def conversation_of_many_messages(visit: Visit) -> Page:
    page = visit.open_conversation(visit.people.patient, visit.conversations.long)
    expect(page.locator("#vcm-earlier")).to_be_attached()
    return page


@state
def conversation_of_staff(visit: Visit) -> Page:
    return visit.open_conversation(visit.people.doctor, visit.conversations.new)


@state
def reply_being_written(visit: Visit) -> Page:
    page = visit.open_conversation(visit.people.patient, visit.conversations.new)
    page.locator("#vcm-body").fill("Half a sentence")
    return page


@state
def reply_that_is_too_long(visit: Visit) -> Page:
    page = visit.open_conversation(visit.people.patient, visit.conversations.new)
    page.locator("#vcm-body").fill("x" * (BODY_MAX_LENGTH + 12))
    expect(page.locator("#vcm-counter")).to_have_text("12 characters too many")
    return page


@state
def reply_that_is_refused(visit: Visit) -> Page:
    page = visit.open_conversation(visit.people.patient, visit.conversations.new)
    page.locator("#vcm-body").fill("")  # what an earlier state has left as a draft
    page.locator("#vcm-send").click()
    expect(page.get_by_role("alert")).not_to_be_empty()
    return page


@state
def reply_whose_answer_was_lost(visit: Visit) -> Page:
    page = visit.open_conversation(visit.people.patient, visit.conversations.new)
    page.route("**/messages/*/", lambda route: route.abort())
    page.locator("#vcm-body").fill("On a bad line")
    page.locator("#vcm-send").click()
    expect(page.get_by_role("alert")).to_contain_text("We do not know")
    return page


@state
def reply_while_offline(visit: Visit) -> Page:
    page = visit.open_conversation(visit.people.patient, visit.conversations.new)
    page.context.set_offline(True)
    page.locator("#vcm-body").fill("Without a line")
    page.locator("#vcm-send").click()
    expect(page.get_by_role("alert")).to_contain_text("was not sent")
    return page


@state
def reply_with_a_draft(visit: Visit) -> Page:
    page = visit.open_conversation(visit.people.writer, visit.conversations.draft)
    page.locator("#vcm-body").fill("Half a sentence")
    expect(page.locator(".vcm-saved")).to_have_text("Draft saved")
    page.reload()
    expect(page.locator("#vcm-restored")).to_be_visible()
    return page


@state
def newer_draft_of_another_device(visit: Visit) -> Page:
    page = visit.open_conversation(visit.people.writer, visit.conversations.draft)
    actions.save_draft(
        viewer=load_viewer(visit.people.writer),
        place=DraftPlace(conversation=visit.conversations.draft.pk),
        body=f"From the phone {uuid4()}",
        version=int(page.locator("[name=draft]").input_value()),
    )
    page.locator("#vcm-body").fill("Typed at the desk")
    expect(page.locator(".vcm-note--draft")).to_be_visible()
    return page


@state
def conversation_that_does_not_open(visit: Visit) -> Page:
    page = visit.open_messages(visit.people.patient)
    page.context.set_offline(True)
    page.locator(".vcm-row").first.click()
    expect(page.locator("#vcm-failed")).to_be_visible()
    expect(page.locator("#vcm-strip")).to_contain_text("You are offline.")
    return page


@state
def conversation_without_a_form(visit: Visit) -> Page:
    page = visit.open_conversation(visit.people.patient, visit.conversations.left)
    expect(page.locator(".vcm-closed")).to_be_visible()
    return page


@state
def conversation_with_somebody_who_is_away(visit: Visit) -> Page:
    page = visit.open_conversation(visit.people.patient, visit.conversations.away)
    expect(page.locator("#vcm-now button")).to_be_visible()
    return page


@state
def text_that_was_taken_along(visit: Visit) -> Page:
    page = conversation_with_somebody_who_is_away(visit)
    page.locator("#vcm-body").fill("May I come sooner?")
    page.locator("#vcm-now button").click()
    expect(page.locator("#vcm-restored")).to_contain_text("Text brought along")
    expect(page.locator("#vcm-body")).to_have_value("May I come sooner?")
    return page


@state
def conversation_while_the_clinic_is_closed(visit: Visit) -> Page:
    hours = [{"day": day, "from": "00:00", "to": "00:00"} for day in range(7)]
    closed = [{"first": "2000-01-01", "last": "2999-12-31", "reason": "Repairs"}]
    actions.change_settings(opening_hours=hours, closed_days=closed)
    page = visit.open_conversation(visit.people.patient, visit.conversations.new)
    expect(page.locator("#vcm-now")).to_contain_text("The clinic is closed.")
    actions.change_settings(opening_hours=[], closed_days=[])
    return page


@state
def own_absence(visit: Visit) -> Page:
    return visit.open(visit.people.doctor, "/messages/absence/")


@state
def own_absence_that_is_refused(visit: Visit) -> Page:
    page = own_absence(visit)
    page.locator("#vcm-until").fill("2020-01-01")
    page.locator("#vcm-absence button").first.click()
    expect(page.locator("#vcm-until-error")).to_be_visible()
    return page


@state
def choosing_a_recipient(visit: Visit) -> Page:
    return visit.open_messages(visit.people.patient, "/messages/new/")


@state
def nobody_found(visit: Visit) -> Page:
    page = choosing_a_recipient(visit)
    page.locator("#vcm-picker-search").fill("zzzz")
    expect(page.locator(".vcm-people__none")).to_be_visible()
    return page


@state
def recipient_chosen(visit: Visit) -> Page:
    page = choosing_a_recipient(visit)
    page.locator(".vcm-person", has_text="Okafor").click()
    expect(page.locator("#vcm-hint")).to_be_visible()
    return page


@state
def recipient_missing(visit: Visit) -> Page:
    page = visit.open_messages(visit.people.writer, "/messages/new/")
    page.locator(".vcm-person", has_text="Okafor").click()
    page.locator("[name=recipient]:checked").evaluate("each => { each.checked = false; }")
    page.locator("#vcm-body").fill("To whom?")
    page.locator("#vcm-send").click()
    expect(page.locator("#vcm-picker-error")).to_be_visible()
    return page


@state
def choosing_a_recipient_as_staff(visit: Visit) -> Page:
    return visit.open_messages(visit.people.doctor, "/messages/new/")


@state
def conversation_with_a_team(visit: Visit) -> Page:
    return visit.open_conversation(visit.people.writer, visit.conversations.team)


@state
def menu_to_hand_over_while_a_colleague_writes(visit: Visit) -> Page:
    team = visit.conversations.team
    actions.note_writing(viewer=load_viewer(visit.people.doctor2), conversation=team.pk)
    page = visit.open_conversation(visit.people.clerk, team)
    page.locator("#vcm-menu-button").click()
    expect(page.get_by_role("menuitem").first).to_be_focused()
    return page


@state
def quick_replies(visit: Visit) -> Page:
    page = conversation_of_staff(visit)
    page.locator("#vcm-body").focus()  # in a low window the field has buttons only while it is used
    page.get_by_role("button", name="Quick replies", exact=True).click()
    expect(page.get_by_role("option").first).to_be_visible()
    return page


@state
def page_to_hand_over(visit: Visit) -> Page:
    return visit.open_messages(visit.people.clerk, f"/messages/{visit.conversations.team.pk}/assign/")


@state
def quick_reply_with_a_gap(visit: Visit) -> Page:
    page = quick_replies(visit)
    page.get_by_role("option").first.click()
    page.locator("#vcm-send").click()
    expect(page.get_by_role("alert")).to_contain_text("gap")
    page.locator("#vcm-body").fill("")
    return page


@state
def own_quick_replies(visit: Visit) -> Page:
    return visit.open_messages(visit.people.doctor, "/messages/quick-replies/")


@state
def own_quick_reply_without_a_name(visit: Visit) -> Page:
    page = own_quick_replies(visit)
    page.locator(".vcm-form [type=submit]").click()
    expect(page.locator("#vcm-title-error")).to_be_visible()
    return page


@state
def reminders(visit: Visit) -> Page:
    return visit.open_messages(visit.people.patient, "/messages/reminders/")


@state
def link_to_stop_reminders(visit: Visit) -> Page:
    token = stop_token(Mailbox.objects.get(user=visit.people.patient).pk)
    return visit.open(None, f"/messages/reminders/stop/{token}/")


# Pages that say why Messages cannot be used, and the rest of the portal


@state
def not_found(visit: Visit) -> Page:
    page = visit.open(visit.people.patient, f"/messages/{uuid4()}/")
    expect(page.locator(".vcm-card__title")).to_have_text("Conversation not found")
    return page


@state
def not_a_member(visit: Visit) -> Page:
    page = visit.open(visit.people.nobody, "/messages/")
    expect(page.locator(".vcm-card")).to_be_visible()
    return page


def card(page: Page, title: str) -> Page:
    expect(page.locator(".vcm-card__title")).to_have_text(title)
    return page


@state
def somebody_else_has_signed_in(visit: Visit) -> Page:
    page = visit.open(visit.people.patient, "/messages/?other_person=1")
    return card(page, "Someone else has signed in")


@state
def signed_out_with_a_text(visit: Visit) -> Page:
    page = visit.open_conversation(visit.people.patient, visit.conversations.new)
    page.locator("#vcm-body").fill("Half a sentence")
    page.context.clear_cookies()
    page.locator("#vcm-composer").evaluate("form => form.submit()")
    return card(page, "You are signed out")


@state
def too_many_tries(visit: Visit) -> Page:
    viewer, conversation = load_viewer(visit.people.writer), visit.conversations.draft.pk
    for _ in range(app_settings.EXPORTS_PER_HOUR):
        actions.print_conversation(viewer=viewer, conversation=conversation)
    page = visit.open(visit.people.writer, f"/messages/{conversation}/print/")
    return card(page, "Too many tries")


@state
def page_out_of_date(visit: Visit) -> Page:
    page = visit.open_messages(visit.people.patient)
    page.locator("#vcm-search").evaluate(
        "each => { each.value = 'x'.repeat(3_000_000); each.form.submit(); }"
    )
    return card(page, "This page was out of date")


@state
def toast(visit: Visit) -> Page:
    page = visit.open(visit.people.patient2, "/")
    create_conversation(visit.people.doctor, visit.people.patient2)
    expect(page.locator(".vcm-toast")).to_be_visible()
    return page


@state
def print_view(visit: Visit) -> Page:
    return visit.open(visit.people.patient, f"/messages/{visit.conversations.new.pk}/print/")


@contextmanager
def settings_changed(**changes: Any) -> Iterator[None]:
    before = dict.fromkeys(changes, True)
    actions.change_settings(**changes)
    yield
    actions.change_settings(**before)


@state
def empty_inbox_where_patients_may_not_start(visit: Visit) -> Page:
    with settings_changed(patients_may_start=False):
        return visit.open_messages(visit.people.patient3)


@state
def new_message_where_patients_may_not_start(visit: Visit) -> Page:
    with settings_changed(patients_may_start=False):
        return visit.open_messages(visit.people.patient, "/messages/new/")


@state
def switched_off(visit: Visit) -> Page:
    with settings_changed(enabled=False):
        return visit.open(visit.people.patient, "/messages/")


@state
def switched_off_while_writing(visit: Visit) -> Page:
    page = reply_being_written(visit)
    with settings_changed(enabled=False):
        expect(page.locator("#vcm-conversation")).to_be_hidden(timeout=15_000)
    return page


# Our screens in Wagtail


def _wagtail(path: str) -> State:
    return lambda visit: visit.open(visit.people.manager, path)


WAGTAIL: dict[str, State] = {
    "dashboard": _wagtail("/cms/"),
    "waiting list": _wagtail("/cms/messages/waiting/"),
    "quick replies": _wagtail("/cms/messages/quick-replies/"),
    "quick reply": _wagtail("/cms/messages/quick-replies/new/"),
    "activity": _wagtail("/cms/messages/activity/"),
    "audit trail": _wagtail("/cms/messages/audit/"),
    "teams": _wagtail("/cms/messages/teams/"),
    "team": _wagtail("/cms/messages/teams/new/"),
    "list of exports": _wagtail("/cms/messages/export-list/"),
    "export": lambda visit: visit.open(
        visit.people.manager, f"/cms/messages/export/{visit.conversations.new.pk}/"
    ),
    "settings": _wagtail("/cms/settings/vclinic_messages/messagessettings/"),
    "absences": _wagtail("/cms/messages/absences/"),
    "absence": _wagtail("/cms/messages/absences/new/"),
}


# The looks


@pytest.fixture
def visit(
    people: Any, open_as: Callable[..., BrowserContext], chromium: Browser, settings: Any
) -> Iterator[Any]:
    """Return a function that visits the same clinic in a look."""
    set_options(settings, SENDS_PER_MINUTE=1000)
    people.patient3 = create_member(Role.PATIENT, username="patient3", first_name="Nadia", last_name="Rahman")
    people.writer = create_member(Role.PATIENT, username="writer", first_name="Olga", last_name="Petrov")
    people.nobody = create_member(None, username="nobody")
    people.manager = create_member(None, username="manager", first_name="Noor", last_name="Haddad")
    people.manager.groups.add(Group.objects.get(name=ADMINISTRATORS))
    people.clerk = create_member(Role.ADMIN, username="clerk", first_name="Tomasz", last_name="Bielski")
    desk = create_team("Front desk", people.clerk, people.doctor2, description="Appointments, forms, bills")
    leaving = create_member(Role.DOCTOR, username="leaving", first_name="Lena", last_name="Voss")
    absent = create_member(Role.DOCTOR, username="absent", first_name="Elif", last_name="Kaya")
    actions.set_absence(actor=None, who=absent, first_day=timezone.localdate(), instead=people.doctor2)
    conversations = SimpleNamespace(
        long=create_conversation(people.patient, people.doctor2, *["Words\nand words"] * 60),
        left=create_conversation(people.patient, leaving, "Are you still there?"),
        draft=create_conversation(people.writer, people.doctor2),
        team=create_conversation(people.writer, desk, "A question to the team"),
        away=create_conversation(people.patient, absent, "Are you there?"),
        new=create_conversation(people.patient, people.doctor, "A question", "An answer", "Another question"),
    )
    actions.send_message(conversation=conversations.new, sender=people.doctor, body="See https://example.org")
    actions.change_quick_reply(title="Appointment moved", body="It is moved to [day and time].")
    change_roles(leaving)
    browsers: list[Browser] = []

    def visit(look: Look) -> Visit:
        browser = chromium
        if look.argument:
            browser = chromium.browser_type.launch(
                executable_path=shutil.which("chromium"), args=[*CHROMIUM_ARGUMENTS, look.argument]
            )
            browsers.append(browser)
        size = {"width": look.width, "height": look.height}

        def context(person: Any) -> BrowserContext:
            made = open_as(person, browser=browser, allow_errors=True, viewport=size, **look.options)
            if look.script:
                made.add_init_script(look.script)
            return made

        return Visit(people, conversations, context)

    yield visit
    for browser in browsers:
        browser.close()


def report(broken: dict[str, list[Violation | str]]) -> str:
    return "\n".join(f"  {name}\n    " + "\n    ".join(map(str, found)) for name, found in broken.items())


def check(visit: Visit, states: dict[str, State], exceptions: dict[str, str]) -> set[str]:
    """Fail for each text that is cut, and each rule that is broken without an exception.

    Returns the exceptions that were needed.
    """
    broken: dict[str, list[Violation | str]] = {}
    excepted: set[str] = set()
    for name, reach in states.items():
        page = reach(visit)
        found = violations(page)
        cut = cut_texts(page)
        page.context.close()
        excepted |= {each.rule for each in found} & set(exceptions)
        if new := [*(each for each in found if each.rule not in exceptions), *cut]:
            broken[name] = new
    assert not broken, f"\n{report(broken)}"
    return excepted


@pytest.mark.parametrize("look", NORMAL | OTHERS if IS_FULL else NORMAL)
def test_every_state(visit, look):
    check(visit((NORMAL | OTHERS)[look]), STATES, EXCEPTIONS)


@pytest.mark.parametrize("look", NORMAL | OTHERS if IS_FULL else NORMAL)
def test_our_screens_in_wagtail(visit, look):
    needed = check(visit((NORMAL | OTHERS)[look]), WAGTAIL, EXCEPTIONS_IN_WAGTAIL)
    assert look != "light 1440" or needed == set(EXCEPTIONS_IN_WAGTAIL), "an exception that nothing needs"


#: What each look may spoil, in states where it has the most to spoil.
NAMED = {
    "dark 390": [
        "reply that is refused",
        "recipient missing",
        "own absence that is refused",
        "conversation with somebody who is away",
        "quick replies",
    ],
    "dark 1440": [
        "conversation with new messages",
        "recipient chosen",
        "toast",
        "menu to hand over while a colleague writes",
    ],
    "forced colors": ["list of staff", "choosing a recipient"],
    "reduced motion": ["toast"],
    "320": ["conversation of staff", "reply that is too long"],
    "400 % zoom": ["conversation with new messages", "quick replies", "quick reply with a gap"],
    "200 % text": ["list with nothing open", "conversation of staff", "recipient chosen"],
    "rtl": ["conversation with new messages", "recipient chosen", "page to hand over"],
}


@pytest.mark.parametrize("look", NAMED)
def test_named_states_in_other_looks(visit, look):
    check(visit(OTHERS[look]), {name: STATES[name] for name in NAMED[look]}, EXCEPTIONS)


def test_an_error_is_found(visit):
    """What would pass with anything is no test."""
    page = list_with_nothing_open(visit(NORMAL["light 1440"]))
    page.locator("#vcm-search").evaluate("each => each.removeAttribute('aria-label')")
    page.locator("#vcm-search").evaluate("each => each.removeAttribute('placeholder')")
    assert [each.rule for each in violations(page)] == ["label"]


def test_a_cut_text_and_a_wide_pane_are_found(visit):
    page = list_with_nothing_open(visit(NORMAL["light 1440"]))
    assert cut_texts(page) == []
    page.locator(".vcm-sidebar .vcm-title").evaluate(
        "each => Object.assign(each.style, { inlineSize: '2rem', overflow: 'hidden', whiteSpace: 'nowrap' })"
    )
    page.locator("#vcm-rows").evaluate("each => { each.style.inlineSize = '200%'; }")
    assert cut_texts(page) == ["cut: Messages", "cut: sideways in vcm-list"]
