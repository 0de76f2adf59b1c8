"""What a portal puts into its own templates."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import schema_context

from tests.options import set_live_options
from vclinic_messages.testing import create_conversation, switch_messages

TAGS = ("messages_styles", "messages_nav_item", "messages_badge", "messages_live")


def render(source, user, path="/"):
    request = RequestFactory().get(path)
    if user is not None:
        request.user = user
    return Template("{% load vclinic_messages %}" + source).render(Context({"request": request}))


@pytest.mark.parametrize("tag", TAGS)
def test_nothing_for_those_who_have_nothing_to_see(clinic, patient, nobody, tag):
    source = f"{{% {tag} %}}"
    assert render(source, patient) != ""
    for user in (None, AnonymousUser(), nobody):
        assert render(source, user) == ""
    assert Template("{% load vclinic_messages %}" + source).render(Context()) == ""
    with schema_context("public"):
        assert render(source, patient) == ""
    switch_messages(False)
    assert render(source, patient) == ""


def test_the_navigation_item_leads_to_messages_and_counts_conversations(patient, doctor, doctor2):
    for sender in (doctor, doctor2):
        create_conversation(sender, patient)
    html = render("{% messages_nav_item css_class='nav__link' %}", patient)
    link = '<a href="/messages/" lang="en-us" dir="ltr" class="nav__link" data-vcm-nav>Messages'
    assert link in html
    assert re.search(r'aria-hidden="true">2</span>.*, 2 unread</span>', html)
    assert "hidden>" not in html


def test_the_item_says_that_it_is_the_present_page(patient):
    assert 'aria-current="page"' in render("{% messages_nav_item %}", patient, path="/messages/new/")
    assert "aria-current" not in render("{% messages_nav_item %}", patient, path="/team/")


def test_a_hundred_conversations_are_shown_as_more_than_99(patient, doctor, settings):
    settings.VCLINIC_MESSAGES = {**settings.VCLINIC_MESSAGES, "SENDS_PER_MINUTE": 1000}
    for _number in range(100):
        create_conversation(doctor, patient)
    assert ">99+</span>" in render("{% messages_badge %}", patient)


def test_all_tags_of_a_page_cost_one_statement_and_the_directorys(patient, doctor):
    create_conversation(doctor, patient)
    page = "".join(f"{{% {tag} %}}" for tag in TAGS)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        render(page, patient)
    asked = [query["sql"] for query in captured.captured_queries]
    assert len([sql for sql in asked if "FROM vclinic_messages_" in sql]) == 1
    with CaptureQueriesContext(connection) as captured:
        render(page, AnonymousUser())
    assert captured.captured_queries == []


def test_the_styles_come_once(patient):
    page = render("".join(f"{{% {tag} %}}" for tag in TAGS), patient)
    assert page.count("live.css") == 1
    assert render("{% messages_badge %}", patient).count("live.css") == 1


def test_notifications_can_be_left_out(patient, settings):
    settings.VCLINIC_MESSAGES = {**settings.VCLINIC_MESSAGES, "LIVE": {"MODE": "off"}}
    assert render("{% messages_live %}", patient) == ""
    assert render("{% messages_badge %}", patient) != ""


def test_the_script_sends_its_token_in_the_header_that_the_portal_names(patient, settings):
    settings.CSRF_HEADER_NAME = "HTTP_X_XSRF_TOKEN"
    set_live_options(settings, STREAM_URL="/stream/")
    [(header, token)] = re.findall(
        r'data-csrf-header="(.+?)" data-csrf="(.+?)"', render("{% messages_live %}", patient)
    )
    client = Client(enforce_csrf_checks=True, headers={"host": "alder.localhost"})
    client.force_login(patient)
    client.cookies["csrftoken"] = token
    found = client.generic("POST", "/messages/api/v1/live/ticket/", headers={header: token})
    assert found.status_code == 200, found.content


def test_the_region_is_there_from_the_start_and_names_nobody(patient, doctor):
    create_conversation(doctor, patient, "Secret words")
    html = render("{% messages_live %}", patient)
    assert '<p class="vcm-visually-hidden" role="status" data-vcm-live-status></p>' in html
    assert 'data-tag="W/&quot;' in html
    assert "Secret" not in html
    assert patient.username not in html
    assert '<script type="module" src=' in html
    assert not re.search(r"<script(?![^>]*\bsrc=)", html)
    assert "style=" not in html
