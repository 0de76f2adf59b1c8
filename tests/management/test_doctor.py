"""``manage.py messages_doctor``: what visitors of a clinic would miss."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings as portal_settings
from django.contrib.auth import get_user_model, user_logged_in, user_logged_out, user_login_failed
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db.models.signals import post_save
from django.urls import path
from django.utils import timezone
from django.utils.translation import activate, get_language
from django_tenants.utils import get_tenant_domain_model, get_tenant_model, schema_context

from example_project import urls as portal_urls
from example_project.people.directory import PortalDirectory
from tests.models.sql import execute
from tests.options import set_live_options, set_options
from vclinic_messages.management import walk
from vclinic_messages.management.listening import offers_streams
from vclinic_messages.models import MessagesSettings
from vclinic_messages.testing import create_conversation, create_member, switch_messages


@pytest.fixture
def members(patient, doctor):
    """A patient and a doctor of Alder Clinic, where Messages is on."""


def told(**values):
    return " ".join(walk.problems("alder"))


def test_a_clinic_where_everything_is_there(members):
    assert walk.problems("alder") == []


def test_nothing_is_changed(members):
    switch_messages(False)
    activate("en-us")  # a request would leave "en"
    before = MessagesSettings.objects.values().get()
    assert walk.problems("alder") == []
    assert MessagesSettings.objects.values().get() == before
    assert get_language() == "en-us"
    assert not Session.objects.exists()
    assert not get_user_model().objects.filter(last_login__isnull=False).exists()


def test_nobody_signs_in(members):
    """The portal's receivers would tell a real person of a sign-in that nobody made."""
    heard = []

    def hear(signal, **kwargs):
        heard.append(signal)

    signals = (user_logged_in, user_logged_out, user_login_failed, post_save)
    for signal in signals:
        signal.connect(hear, sender=None if signal is not post_save else get_user_model())
    try:
        assert walk.problems("alder") == []
    finally:
        for signal in signals:
            signal.disconnect(hear, sender=None if signal is not post_save else get_user_model())
    assert heard == []


def test_the_backend_that_knows_the_user_is_that_of_the_session(members, settings):
    settings.AUTHENTICATION_BACKENDS = [
        "django.contrib.auth.backends.BaseBackend",  # knows nobody, as one that gives permissions only
        "django.contrib.auth.backends.ModelBackend",
    ]
    assert walk.problems("alder") == []


def test_the_switch(members, capsys):
    with pytest.raises(CommandError):  # other clinics of the tests have no people
        call_command("messages_doctor")
    assert "alder (Messages is on): nothing is missing." in capsys.readouterr().out
    switch_messages(False)
    call_command("messages_doctor", "--schema", "alder")
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["Checks: nothing is missing.", "Stream: nothing is missing."]
    assert lines[2].startswith("alder (Messages is off: switch it on under Settings → Messages")


def test_nobody_has_a_role(clinic):
    create_member(None, username="nobody")
    assert "nobody is a patient. Put people into the groups Patients, Doctors, Clinic staff" in told()
    assert "nobody is a doctor and nobody clinic staff" in told()


def test_groups(members):
    Group.objects.filter(name="Clinic staff").delete()
    assert "Groups: there is none named Clinic staff. Run manage.py messages_create_groups" in told()


def test_tables(db):
    with schema_context("alder"):
        execute("DROP TABLE vclinic_messages_messagewords CASCADE")
    assert told() == "Tables: without vclinic_messages_messagewords. Run manage.py migrate_schemas"


def test_protections(members):
    execute("ALTER TABLE vclinic_messages_message NO FORCE ROW LEVEL SECURITY")
    assert "Run manage.py messages_isolation --apply" in told()


def test_hosts(members, settings):
    settings.ALLOWED_HOSTS = ["portal.example"]
    assert "Is alder.localhost in ALLOWED_HOSTS" in told()
    get_tenant_domain_model().objects.filter(tenant__schema_name="alder").delete()
    assert "Host: the clinic has no domain" in told()


def test_a_login_page_that_a_pattern_for_every_path_hides(members, settings):
    settings.LOGIN_URL = "/accounts/login/"
    assert told() == "Login page: /accounts/login/ responds with 404. Set LOGIN_URL"


def test_a_home_page_that_is_not_there(members, settings):
    set_options(settings, HOME_URL="/nowhere/")
    assert "Home page: /nowhere/ responds with 404. Set HOME_URL" in told()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{% block extra_head %}{% endblock %}", "Page: it is empty"),
        ("{% block content %}{% endblock %}", "Page: no styles"),
        ("{% block content %}{% endblock %}", "Navigation: no item"),
        ("{% block content %}{% endblock %}", "Notifications: no script"),
    ],
)
def test_a_base_template_that_lacks_something(members, settings, text, problem):
    [engine] = settings.TEMPLATES
    loaders = [
        ("django.template.loaders.locmem.Loader", {"bare.html": text}),
        "django.template.loaders.app_directories.Loader",
    ]
    settings.TEMPLATES = [{**engine, "APP_DIRS": False, "OPTIONS": {**engine["OPTIONS"], "loaders": loaders}}]
    set_options(settings, BASE_TEMPLATE="bare.html")
    assert problem in told()


def forbid_other_hosts(get_response):
    """Middleware with a strict Content-Security-Policy."""

    def respond(request):
        response = get_response(request)
        response.headers["Content-Security-Policy"] = "default-src 'self'"
        return response

    return respond


def test_a_stream_that_the_portals_policy_refuses(members, settings):
    policy = "example_project.portal.middleware.ContentSecurityPolicyMiddleware"
    others = [each for each in portal_settings.MIDDLEWARE if each != policy]
    settings.MIDDLEWARE = [*others, f"{__name__}.forbid_other_hosts"]
    assert told() == ""
    set_live_options(settings, STREAM_URL="https://live.portal.example/stream/")
    assert "Add https://live.portal.example to its connect-src" in told()


def require_a_second_factor(get_response):
    """Middleware that sends people elsewhere."""

    def respond(request):
        response = get_response(request)
        if request.path == "/messages/" and request.user.is_authenticated:
            response.status_code, response.headers["Location"] = 302, "/second-factor/"
        return response

    return respond


def test_pages_that_the_portal_keeps_people_from(members, settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.require_a_second_factor"]
    text = "/messages/ responds to a patient with 302 to /second-factor/ instead of the list"
    assert text in told()


def test_a_directory_that_is_not_there_ends_the_walk(members, settings, capsys):
    set_options(settings, DIRECTORY="people.directroy.PortalDirectory")
    with pytest.raises(CommandError):
        call_command("messages_doctor", "--schema", "alder")
    shown = capsys.readouterr().out
    assert "  vclinic_messages.E005: " in shown
    assert "The walk stopped (ModuleNotFoundError: No module named 'people')." in shown


class Stubborn(PortalDirectory):
    """A directory that fails."""

    def describe(self, users):
        raise KeyError("ward")


@pytest.mark.parametrize(
    ("directory", "error"),
    [
        (f"{__name__}.Stubborn", "KeyError: 'ward'"),
        ("vclinic_messages.directory.Person", "TypeError: "),
        ("vclinic_messages.directory.ClinicDirectory", "TypeError: "),
    ],
)
def test_a_directory_that_fails_ends_the_walk(members, settings, directory, error):
    set_options(settings, DIRECTORY=directory)
    assert f"The walk stopped ({error}" in told()


def ask_for_a_table_that_is_not_there(request):
    execute("SELECT 1 FROM appointments")


class WithBrokenHome:
    """The URLconf of a portal whose home page breaks the transaction."""

    urlpatterns = [path("broken/", ask_for_a_table_that_is_not_there), *portal_urls.urlpatterns]


def test_a_home_page_that_breaks_the_transaction(members, settings):
    settings.ROOT_URLCONF = WithBrokenHome
    set_options(settings, HOME_URL="/broken/")
    assert told().count("Home page: /broken/ responds with 500. Set HOME_URL") == 2


def test_addresses_that_are_not_there_end_the_walk(members, settings, capsys):
    settings.ROOT_URLCONF = "django.contrib.auth.urls"
    with pytest.raises(CommandError):
        call_command("messages_doctor", "--schema", "alder")
    shown = capsys.readouterr().out
    assert "  vclinic_messages.W011: " in shown
    assert "The walk stopped (NoReverseMatch: 'vclinic_messages' is not a registered namespace)." in shown


def test_sessions_that_nothing_stores(members, settings):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cache"
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    assert "Sessions: none can be stored." in told()


def test_streams_in_another_process_are_named(members, settings, capsys):
    set_live_options(settings, STREAM_URL="/stream/")
    call_command("messages_doctor", "--schema", "alder")
    assert "Browsers open streams at /stream/." in capsys.readouterr().out


def test_a_portal_without_clinics(db, capsys):
    for clinic in get_tenant_model().objects.exclude(schema_name="public"):
        clinic.auto_drop_schema = False
        clinic.delete()
    call_command("messages_doctor")
    assert "There is no clinic yet." in capsys.readouterr().out


def test_a_portal_without_streams_is_told_that_it_polls(members, settings, capsys):
    told = "No stream is offered, so pages ask every 20 seconds."
    call_command("messages_doctor", "--schema", "alder")
    assert told not in capsys.readouterr().out
    settings.ASGI_APPLICATION = "tests.hosts.wsgi.application"  # any other application
    call_command("messages_doctor", "--schema", "alder")
    assert told in capsys.readouterr().out
    set_live_options(settings, STREAM_URL="https://live.portal.example/stream/")
    assert offers_streams()
    for name in ("ASGI_APPLICATION", "VCLINIC_MESSAGES"):
        delattr(settings, name)
    settings.WSGI_APPLICATION = "tests.hosts.wsgi.application"
    assert not offers_streams()


def test_reminders_that_nothing_sends(members, patient, doctor, settings, monkeypatch):
    set_options(settings, REMINDER_BASE_URL="https://portal.example")
    switch_messages(reminders=True, reminder_minutes=5, quiet_from=0, quiet_until=0)
    create_conversation(doctor, patient, "Hello")
    late = timezone.now() + timedelta(minutes=40)
    assert told() == ""
    monkeypatch.setattr(timezone, "now", lambda: late)
    assert told() == "Reminders: some are 30 minutes late. Run manage.py messages_send_reminders every minute"
    switch_messages(reminders=False)
    assert told() == ""


def test_what_checks_find_is_a_problem(members, settings, capsys):
    settings.SESSION_COOKIE_DOMAIN = ".portal.example"
    with pytest.raises(CommandError, match="Problems: 1"):
        call_command("messages_doctor", "--schema", "alder")
    assert "vclinic_messages.W027: SESSION_COOKIE_DOMAIN" in capsys.readouterr().out
