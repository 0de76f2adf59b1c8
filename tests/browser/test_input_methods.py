"""Keys that belong to an input method, as for Chinese or Japanese, do nothing else."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from vclinic_messages.models import Message
from vclinic_messages.testing import create_conversation

#: How browsers say that an input method uses a key: Safari by the code alone.
WAYS = {"composing": {"isComposing": True}, "code 229": {"keyCode": 229}}

PRESS = """(field, options) => {
    const event = new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...options });
    field.dispatchEvent(event);
    return event.defaultPrevented;
}"""


@pytest.fixture(params=WAYS)
def compose(request):
    """Return a function that presses a key while an input method is composing. The input method gets it."""

    def press(field, key, **options):
        field.focus()
        assert field.evaluate(PRESS, {"key": key, **WAYS[request.param], **options}) is False
        expect(field).to_be_focused()

    return press


def open_new(people, open_as):
    page = open_as(people.patient).new_page()
    page.goto("/messages/new/")
    expect(page.locator("#vcm-app[data-enhanced]")).to_be_visible()
    return page


def test_nobody_is_chosen_and_nothing_is_closed(people, open_as, compose):
    page = open_new(people, open_as)
    search = page.locator("#vcm-picker-search")
    search.fill("solberg")
    expect(page.locator(".vcm-person")).to_have_count(1)
    for key in ("Enter", "ArrowDown", "ArrowUp"):
        compose(search, key)
    expect(page.locator("[name=recipient]:checked")).to_have_count(0)
    search.fill("")
    compose(search, "Escape")
    expect(page.locator("#vcm-composer")).to_be_visible()
    assert search.evaluate(PRESS, {"key": "Enter"}) is True, "the same key does something without"


@pytest.mark.parametrize("modifier", ["ctrlKey", "metaKey"])
def test_nothing_is_sent(people, open_as, compose, modifier):
    conversation = create_conversation(people.doctor, people.patient)
    page = open_as(people.patient).new_page()
    page.goto(f"/messages/{conversation.pk}/")
    expect(page.locator("#vcm-app[data-enhanced]")).to_be_visible()
    body = page.locator("#vcm-body")
    body.fill("Half a word")
    compose(body, "Enter", **{modifier: True})
    expect(page.locator("#vcm-send")).not_to_have_attribute("aria-disabled", "true")
    assert Message.objects.count() == 1
    body.evaluate(PRESS, {"key": "Enter", modifier: True})
    expect(page.locator(".vcm-msg__body").last).to_have_text("Half a word")
