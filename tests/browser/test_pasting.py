"""What is pasted or dropped: text comes in, anything else is explained."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from vclinic_messages.testing import create_conversation

ONLY_TEXT = "Only text can be sent here."
TOO_LONG = "This text is too long to paste here. A message can have up to 5,000 characters."

#: Dispatches the event, and returns whether its default action was prevented.
BRING = """(target, { event, data, files }) => {
    const brought = new DataTransfer();
    for (const [type, text] of Object.entries(data)) brought.setData(type, text);
    for (const name of files) brought.items.add(new File(["x"], name, { type: "image/png" }));
    const options = { bubbles: true, cancelable: true };
    const made = event === "paste"
        ? new ClipboardEvent(event, { ...options, clipboardData: brought })
        : new DragEvent(event, { ...options, dataTransfer: brought });
    target.dispatchEvent(made);
    return made.defaultPrevented;
}"""
EVENTS = ["paste", "drop"]


def bring(target, event, text=None, *, html=None, file=None):
    data = {"text/plain": text, "text/html": html}
    data = {kind: value for kind, value in data.items() if value is not None}
    return target.evaluate(BRING, {"event": event, "data": data, "files": [file] if file else []})


@pytest.fixture(params=["reply", "new"])
def page(request, people, open_as):
    conversation = create_conversation(people.doctor, people.patient)
    page = open_as(people.patient).new_page()
    page.goto(f"/messages/{conversation.pk}/" if request.param == "reply" else "/messages/new/")
    expect(page.locator("#vcm-app[data-enhanced]")).to_be_visible()
    if request.param == "new":
        page.locator(".vcm-person", has_text="Solberg").click()
    return page


@pytest.mark.parametrize("event", EVENTS)
def test_megabytes_are_refused_with_a_text(page, event):
    body = page.locator("#vcm-body")
    body.fill("Typed before")
    assert bring(body, event, "x" * 3_000_000)
    expect(page.get_by_role("alert")).to_have_text(TOO_LONG)
    expect(body).to_have_value("Typed before")
    body.press("End")
    page.keyboard.type("!")
    expect(page.get_by_role("alert")).to_be_empty()
    assert not bring(body, event, "x" * 10_000), "a text that can be shortened comes in"


@pytest.mark.parametrize("event", EVENTS)
def test_every_field_is_guarded(page, event):
    for field in page.locator("#vcm-app input[type=search]:visible").all():
        assert bring(field, event, "x" * 3_000_000)
        assert not bring(field, event, "Okafor")


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("more", [{}, {"html": "<img>"}, {"text": "photo.png"}])
def test_files_and_pictures_are_explained(page, event, more):
    assert bring(page.locator("#vcm-body"), event, file="photo.png", **more)
    expect(page.get_by_role("alert")).to_have_text(ONLY_TEXT)
    assert bring(page.locator("#vcm-body"), event, file="photo.png", **more)
    expect(page.get_by_role("alert")).to_have_text(ONLY_TEXT)


@pytest.mark.parametrize("event", EVENTS)
def test_a_formatted_text_comes_in_although_a_picture_of_it_is_there(page, event):
    assert not bring(page.locator("#vcm-body"), event, "Words", html="<p>Words</p>", file="image.png")
    expect(page.get_by_role("alert")).to_be_empty()


@pytest.mark.parametrize("place", ["#vcm-main", "#vcm-list"])
def test_a_file_that_is_dropped_beside_the_form_does_not_replace_the_page(page, place):
    assert bring(page.locator(place), "dragover", file="photo.png")
    assert bring(page.locator(place), "drop", file="photo.png")
    expect(page.get_by_role("alert")).to_have_text(ONLY_TEXT)
    assert not bring(page.locator(place), "dragover", "Words")
    assert not bring(page.locator("header").first, "dragover", file="photo.png"), "the portal's own"


def test_where_there_is_no_form_it_is_said(people, open_as):
    page = open_as(people.patient).new_page()
    page.goto("/messages/")
    expect(page.locator("#vcm-app[data-enhanced]")).to_be_visible()
    assert bring(page.locator("#vcm-main"), "drop", file="photo.png")
    expect(page.locator("#vcm-status")).to_have_text(ONLY_TEXT)


def test_a_program_may_fill_in_very_many_lines(page):
    """A direction that is looked up in the whole text freezes the field. Each line has its own direction."""
    field = page.locator("#vcm-body")
    field.evaluate("""each => {
        each.value = "line\\n".repeat(120_000);
        each.dispatchEvent(new Event("input", { bubbles: true }));
    }""")
    expect(page.locator("#vcm-counter")).to_contain_text("characters too many")
    expect(field).to_have_css("unicode-bidi", "plaintext")
