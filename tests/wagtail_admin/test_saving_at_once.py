"""Two clinic admins save the settings at the same moment, each with a database connection of their own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import Group
from django.db import connection

from example_project.people.groups import ADMINISTRATORS
from tests.actions.snapshot import last_audit
from tests.actions.test_waiting_for_locks import under_way, wait_until_somebody_waits
from tests.conftest import in_clinic
from tests.pages.visitor import Visitor, texts
from tests.wagtail_admin.test_access import SETTINGS
from tests.wagtail_admin.test_settings_page import filled
from vclinic_messages import actions
from vclinic_messages.models import MessagesSettings
from vclinic_messages.testing import create_member


@pytest.fixture(autouse=True)
def clinic(committed):
    with in_clinic("alder"):
        yield


@pytest.fixture
def visitor(clinic):
    user = create_member(None, username="manager")
    user.groups.add(Group.objects.get(name=ADMINISTRATORS))
    return Visitor(user)


def post_while_another_save_is_under_way(visitor, address, posted, **changes):
    def post():
        try:
            return visitor.post(address, posted)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with under_way(lambda: actions.change_settings(**changes)):
            waiting = pool.submit(post)
            wait_until_somebody_waits()
        return waiting.result(20)


def test_the_second_is_told_what_the_first_has_saved(visitor):
    address = f"{SETTINGS}{MessagesSettings.objects.get().pk}/"
    posted = filled(visitor.get(address), phone="555-0188", response_time="Soon.")
    response = post_while_another_save_is_under_way(visitor, address, posted, phone="555-0177")
    assert response.status_code == 200
    [error] = texts(response, ".error-message")
    assert error == "Someone else has changed this to “555-0177”. Save again to replace it."
    saved = MessagesSettings.objects.get()
    assert (saved.phone, saved.response_time) == ("555-0177", "")
    assert visitor.post(address, filled(response)).status_code == 302
    assert last_audit().details["phone"] == {"from": "555-0177", "to": "555-0188"}


def test_both_are_saved_if_they_changed_different_settings(visitor):
    address = f"{SETTINGS}{MessagesSettings.objects.get().pk}/"
    posted = filled(visitor.get(address), response_time="Soon.")
    response = post_while_another_save_is_under_way(visitor, address, posted, phone="555-0177")
    assert response.status_code == 302
    saved = MessagesSettings.objects.get()
    assert (saved.phone, saved.response_time) == ("555-0177", "Soon.")
