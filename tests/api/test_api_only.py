"""A portal that includes the API without our pages: there is no URL to send a browser to."""

from __future__ import annotations

import pytest
from django.template import Context, Template
from django.test import RequestFactory

from tests.clients import ClinicClient
from vclinic_messages import actions
from vclinic_messages.wagtail_admin.menu import MessagesItem

pytestmark = [
    pytest.mark.urls("tests.hosts.api_only_urls"),
    pytest.mark.usefixtures("conversation"),
]
API = "/messages/api/v1/"


def test_conversations_and_notifications_have_no_url(patient, doctor, conversation):
    client = ClinicClient(patient)
    before = client.send("get", f"{API}live/state/").json()
    actions.send_message(conversation=conversation, sender=doctor, body="Good morning")
    state = client.send("get", f"{API}live/state/", {"after": before["cursor"]}).json()
    assert [event["url"] for event in state["events"]] == [None]


def test_wagtails_menu_has_no_link(doctor):
    request = RequestFactory().get("/cms/")
    request.user = doctor
    assert not MessagesItem().is_shown(request)


def test_the_badge_still_counts(doctor):
    request = RequestFactory().get("/")
    request.user = doctor
    html = Template("{% load vclinic_messages %}{% messages_badge %}").render(Context({"request": request}))
    assert 'aria-hidden="true">1</span>' in html
