"""A portal that signs people out when they do nothing: an open page does nothing for them."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from tests.browser.waits import look_at, stream_opens
from vclinic_messages import actions
from vclinic_messages.models import Participant
from vclinic_messages.testing import create_conversation

IDLE_LIMIT = {"DJANGO_SETTINGS_MODULE": "tests.hosts.idle_limit"}


def expiry():
    return Session.objects.get().expire_date


@pytest.mark.parametrize("portal", [IDLE_LIMIT], ids=["idle limit"], indirect=True)
@pytest.mark.parametrize("place", ["conversation", "new"])
def test_what_others_do_keeps_nobody_signed_in(people, open_as, place):
    conversation = create_conversation(people.doctor, people.patient, "Good morning")
    page = open_as(people.patient).new_page()
    with stream_opens(page):
        page.goto(f"/messages/{conversation.pk}/" if place == "conversation" else "/messages/new/")
    asked = []
    page.on("request", lambda request: asked.append(request))
    before = expiry()
    actions.send_message(conversation=conversation, sender=people.doctor, body="One thing more")
    create_conversation(people.doctor2, people.patient, "Another matter")
    actions.change_settings(emergency_notice="Call 112.", read_receipts=True)
    expect(page.locator("#vcm-notice")).to_contain_text("Call 112.", timeout=10_000)
    expect(page.locator(".vcm-row")).to_have_count(2)
    if place == "conversation":
        expect(page.locator("#vcm-row-" + str(conversation.pk) + " .vcm-badge")).to_have_count(0)
        mine = Participant.objects.get(conversation=conversation, mailbox__user=people.patient)
        assert mine.unread_count == 0
    with page.expect_response(lambda answer: "/live/state/" in answer.url):
        look_at(page)
    assert len(asked) > 3
    assert expiry() == before
    page.locator(".vcm-row", has_text="Solberg").click()
    expect(page.locator("#vcm-heading")).to_have_text("Henrik Solberg")
    assert expiry() > before
