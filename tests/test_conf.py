"""Settings are read when they are used, and every option does what it says."""

from __future__ import annotations

import re

import pytest

from tests.clients import ClinicClient
from tests.options import set_live_options, set_options
from vclinic_messages.conf import AppSettings, LiveSettings, app_settings, live_settings
from vclinic_messages.testing import switch_messages


def test_a_value_is_read_when_it_is_used(settings):
    settings.VCLINIC_MESSAGES = {}
    assert app_settings.SENDS_PER_MINUTE == 30
    assert live_settings.POLL_SECONDS == 20
    settings.VCLINIC_MESSAGES = {"SENDS_PER_MINUTE": 7, "LIVE": {"POLL_SECONDS": 60}}
    assert app_settings.SENDS_PER_MINUTE == 7
    assert live_settings.POLL_SECONDS == 60
    del settings.VCLINIC_MESSAGES
    assert app_settings.SENDS_PER_MINUTE == 30


def test_groups_that_are_not_named_keep_their_default(settings):
    settings.VCLINIC_MESSAGES = {"GROUPS": {"doctor": "Physicians"}}
    assert app_settings.GROUPS == {"patient": "Patients", "doctor": "Physicians", "admin": "Clinic staff"}
    settings.VCLINIC_MESSAGES = {}
    assert app_settings.GROUPS["doctor"] == "Doctors"


@pytest.mark.parametrize("value", [[], {"LIVE": "poll"}])
def test_values_of_the_wrong_type_do_not_keep_the_checks_from_running(settings, value):
    settings.VCLINIC_MESSAGES = value
    assert app_settings.BASE_TEMPLATE == "base.html"
    assert live_settings.MODE == "auto"


@pytest.mark.parametrize("group", [AppSettings, LiveSettings])
def test_every_default_is_valid_and_explained(group):
    for option in group.options().values():
        assert option.problem(option.default) is None
        assert option.meaning.endswith(".")


def test_pages_carry_the_seconds_of_their_polls(settings, patient):
    set_live_options(settings, POLL_SECONDS_HIDDEN=45, SAFETY_POLL_SECONDS=7200)
    page = ClinicClient(patient).send("get", "/messages/").content.decode()
    assert re.findall(r'data-poll-(\w+)="(\d+)"', page) == [("hidden", "45"), ("safety", "7200")]


@pytest.mark.parametrize(("home", "path"), [("/start/", "/start/"), ("login", "/login/")])
def test_the_notice_that_messages_is_off_leads_home(settings, patient, home, path):
    set_options(settings, HOME_URL=home)
    switch_messages(False)
    page = ClinicClient(patient).send("get", "/messages/")
    assert page.status_code == 404
    assert f'href="{path}">Back to home</a>' in page.content.decode()


@pytest.mark.parametrize("scheme", ["dark", "auto"])
def test_pages_have_the_portals_color_scheme(settings, patient, scheme):
    set_options(settings, COLOR_SCHEME=scheme)
    page = ClinicClient(patient).send("get", "/messages/").content.decode()
    assert set(re.findall(r'data-vcm-scheme="(\w*)"', page)) == {scheme}
