"""Every mistake of an installation gets a message and a hint."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.checks import run_checks
from django.db import connection
from django.middleware.csrf import CsrfViewMiddleware
from django_tenants.utils import get_tenant_model, schema_context

from example_project.people.directory import PortalDirectory
from vclinic_messages.checks import database, installation, live, schemas, templates, urls
from vclinic_messages.checks import directory as directory_checks
from vclinic_messages.checks import sessions as session_checks
from vclinic_messages.checks import settings as setting_checks
from vclinic_messages.checks.reminders import check_reminder_address
from vclinic_messages.checks.settings import check_dictionary
from vclinic_messages.directory import ClinicDirectory, GroupDirectory
from vclinic_messages.testing import create_member, switch_messages

urlpatterns: list[Any] = []


def as_tuples(found: Iterable[Any]) -> list[tuple[str, str, str]]:
    return [(each.id, each.msg, each.hint) for each in found]


def the_only_one(found: list[Any]) -> tuple[str, str, str]:
    assert len(found) == 1, found
    return as_tuples(found)[0]


def test_the_demo_has_no_problem():
    assert [each for each in run_checks() if (each.id or "").startswith("vclinic_messages")] == []


def test_settings_that_are_not_a_dictionary(settings):
    settings.VCLINIC_MESSAGES = ["BASE_TEMPLATE"]
    expected = ("VCLINIC_MESSAGES must be a dictionary.", "See the page Settings of the documentation.")
    assert the_only_one(setting_checks.check_dictionary()) == ("vclinic_messages.E001", *expected)


@pytest.mark.parametrize(
    ("value", "message", "hint"),
    [
        ({"BASE_TEMPLAT": "x"}, "VCLINIC_MESSAGES has an unknown key 'BASE_TEMPLAT'.", "'BASE_TEMPLATE'"),
        ({"LIVE": {"mode": "x"}}, "VCLINIC_MESSAGES[\"LIVE\"] has an unknown key 'mode'.", "'MODE'"),
        ({"ZZZZ": 1}, "VCLINIC_MESSAGES has an unknown key 'ZZZZ'.", "Known keys: BASE_TEMPLATE"),
    ],
)
def test_unknown_keys_suggest_the_nearest_known_key(settings, value, message, hint):
    settings.VCLINIC_MESSAGES = value
    number, found, advice = the_only_one(setting_checks.check_dictionary())
    assert (number, found) == ("vclinic_messages.E002", message)
    assert hint in advice


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"BASE_TEMPLATE": 7}, "must be of type str"),
        ({"SENDS_PER_MINUTE": True}, "must be of type int"),
        ({"SENDS_PER_MINUTE": 0}, "must be at least 1"),
        ({"COLOR_SCHEME": "red"}, "must be one of 'light', 'dark', 'auto'"),
        ({"LIVE": "poll"}, "must be of type dict"),
        ({"LIVE": {"BACKEND": "kafka"}}, "must be one of 'postgres', 'redis'"),
    ],
)
def test_invalid_values(settings, value, problem):
    settings.VCLINIC_MESSAGES = value
    number, message, hint = the_only_one(setting_checks.check_dictionary())
    assert number == "vclinic_messages.E003"
    assert message.endswith(f"{problem}.")
    assert hint


@pytest.mark.parametrize("groups", [{"doctor": "Patients"}, {"nurse": "Nurses"}])
def test_groups_that_do_not_tell_roles_apart(settings, groups):
    settings.VCLINIC_MESSAGES = {"GROUPS": groups}
    assert the_only_one(setting_checks.check_groups())[0] == "vclinic_messages.E004"


class WithoutRecipients(ClinicDirectory):
    """A directory of somebody who has forgotten a method."""

    def role(self, user):
        return None

    def describe(self, users):
        return []


@pytest.mark.parametrize(
    "path", ["nowhere.Directory", "vclinic_messages.directory.Person", f"{__name__}.WithoutRecipients"]
)
def test_a_directory_of_the_wrong_kind(settings, path):
    settings.VCLINIC_MESSAGES = {"DIRECTORY": path}
    assert the_only_one(directory_checks.check_directory())[0] == "vclinic_messages.E005"
    assert "vclinic_messages.E005" in [each.id for each in run_checks()]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name_fields", ("full_nam",)),
        ("search_fields", ("practitioner__speciality",)),
        ("search_fields", ("last_name__speciality",)),
        ("select_related", ("groups",)),
    ],
)
def test_a_directory_that_does_not_fit_the_user_model(monkeypatch, settings, name, value):
    monkeypatch.setattr(PortalDirectory, name, value)
    assert [each.id for each in directory_checks.check_directory_fields()] == ["vclinic_messages.E031"]
    assert f".{name} " in directory_checks.check_directory_fields()[0].msg


def test_a_directory_that_fits(monkeypatch):
    monkeypatch.setattr(PortalDirectory, "name_fields", ("username",))
    monkeypatch.setattr(PortalDirectory, "search_fields", ("profile__description", "groups__name", "email"))
    assert directory_checks.check_directory_fields() == []


@pytest.mark.parametrize("entry", ["vclinic_messages", "vclinic_messages.apps.MessagesConfig"])
def test_messages_must_not_be_a_shared_app(settings, entry):
    settings.SHARED_APPS = [*settings.SHARED_APPS, entry]
    assert the_only_one(installation.check_apps()) == (
        "vclinic_messages.E007",
        "vclinic_messages is in SHARED_APPS.",
        "Move it to TENANT_APPS: clinics without tables of their own would use those of public.",
    )


def test_an_app_that_is_not_installed(monkeypatch):
    monkeypatch.setattr(installation, "NEEDED_APPS", ("not_installed",))
    assert the_only_one(installation.check_apps())[:2] == (
        "vclinic_messages.E006",
        "not_installed is not in INSTALLED_APPS.",
    )


def test_a_middleware_before_the_clinics(settings):
    settings.MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", *settings.MIDDLEWARE]
    assert the_only_one(installation.check_middleware())[0] == "vclinic_messages.E008"


def test_a_first_middleware_that_cannot_be_imported(settings):
    settings.MIDDLEWARE = ["nowhere.Middleware", *settings.MIDDLEWARE]
    assert the_only_one(installation.check_middleware())[0] == "vclinic_messages.E008"


class OwnCsrf(CsrfViewMiddleware):
    """A portal's own."""


def test_no_middleware_sets_the_csrf_cookie(settings):
    django_csrf = "django.middleware.csrf.CsrfViewMiddleware"
    others = [each for each in settings.MIDDLEWARE if each != django_csrf]
    settings.MIDDLEWARE = [*others, "nowhere.Middleware"]
    assert the_only_one(installation.check_csrf()) == (
        "vclinic_messages.E033",
        "No middleware sets the CSRF cookie.",
        "Add django.middleware.csrf.CsrfViewMiddleware (or your subclass): without it no form is accepted.",
    )
    for path in (django_csrf, f"{__name__}.OwnCsrf"):
        settings.MIDDLEWARE = [*others, path]
        assert installation.check_csrf() == []


def test_before_the_first_migration_there_are_no_clinics_to_check(db):
    """`migrate` runs the checks while the table of the clinics is still missing."""
    assert set(schemas.schemas_to_check()) >= {"alder", "birch"}
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {get_tenant_model()._meta.db_table} RENAME TO not_yet")
    assert schemas.schemas_to_check() == []


def test_templates_without_base_or_request(settings):
    settings.VCLINIC_MESSAGES = {"BASE_TEMPLATE": "nowhere.html"}
    assert the_only_one(templates.check_templates())[0] == "vclinic_messages.E009"
    settings.VCLINIC_MESSAGES = {"BASE_TEMPLATE": "portal/base.html"}
    engine = settings.TEMPLATES[0]
    settings.TEMPLATES = [{**engine, "OPTIONS": {"context_processors": []}}]
    assert the_only_one(templates.check_templates())[0] == "vclinic_messages.W010"


@pytest.mark.urls(__name__)
def test_urls_that_are_not_included(settings):
    settings.LOGIN_URL = "https://login.example/"
    urlpatterns[:] = []
    assert [each.id for each in urls.check_urls()] == ["vclinic_messages.W011"] * 2


@pytest.mark.urls("tests.hosts.hidden_urls")
def test_urls_that_another_pattern_matches(settings):
    settings.LOGIN_URL = "https://login.example/"
    assert [each.id for each in urls.check_urls()] == ["vclinic_messages.W012"] * 2


def test_sessions_that_polling_would_extend(settings):
    settings.SESSION_SAVE_EVERY_REQUEST = True
    assert session_checks.check_sliding_sessions() == []
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    assert the_only_one(session_checks.check_sliding_sessions())[0] == "vclinic_messages.W013"
    settings.VCLINIC_MESSAGES = {**settings.VCLINIC_MESSAGES, "LIVE": {"MODE": "off"}}
    assert session_checks.check_sliding_sessions() == []


def test_times_without_a_zone(settings):
    assert setting_checks.check_time_zones() == []
    settings.USE_TZ = False
    assert as_tuples(each for each in run_checks() if (each.id or "").startswith("vclinic_messages")) == [
        (
            "vclinic_messages.E030",
            "USE_TZ must be on.",
            "Set USE_TZ = True: Messages shows times in the current time zone and cannot use naive ones.",
        )
    ]


def test_an_invalid_stream_url(settings):
    settings.VCLINIC_MESSAGES = {"LIVE": {"STREAM_URL": "live.portal.example"}}
    assert the_only_one(live.check_live())[:2] == (
        "vclinic_messages.E016",
        "STREAM_URL 'live.portal.example' is not a valid URL.",
    )
    for address in ("", "/stream/", "https://live.portal.example/stream/"):
        settings.VCLINIC_MESSAGES = {"LIVE": {"STREAM_URL": address}}
        assert live.check_live() == []


def test_the_redis_backend_without_the_library(settings, monkeypatch):
    settings.VCLINIC_MESSAGES = {"LIVE": {"BACKEND": "redis"}}
    assert live.check_live() == []
    monkeypatch.setattr(live.importlib.util, "find_spec", lambda name: None)
    assert the_only_one(live.check_live())[0] == "vclinic_messages.E015"


class ReplicaRouter:
    """Reads go to a replica, which is never switched between clinics."""

    def db_for_read(self, model, **hints):
        return "replica" if model._meta.app_label == "vclinic_messages" else None


def test_a_router_that_sends_messages_where_no_clinic_is_chosen(settings):
    settings.DATABASE_ROUTERS = [f"{__name__}.ReplicaRouter"]
    number, message, hint = the_only_one(database.check_routing())
    assert (number, message) == (
        "vclinic_messages.E024",
        "DATABASE_ROUTERS route Messages to the database 'replica'.",
    )
    assert "'default'" in hint


UNKEYED = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
SESSIONS = "django.contrib.sessions.backends."
VALID_EVERYWHERE = (
    "vclinic_messages.W025",
    "A session of one clinic is valid in every other.",
    "Use sessions in the database, or a cache with KEY_FUNCTION django_tenants.cache.make_key.",
)
IN_PUBLIC = (*VALID_EVERYWHERE[:2], "Move django.contrib.sessions to TENANT_APPS.")
GIVES_AWAY = (
    "vclinic_messages.W026",
    "The cache 'default' gives one clinic what another stored.",
    "Set KEY_FUNCTION to django_tenants.cache.make_key.",
)


@pytest.mark.parametrize(
    ("engine", "caches", "found"),
    [
        ("db", UNKEYED, [GIVES_AWAY]),
        ("cache", UNKEYED, [VALID_EVERYWHERE, GIVES_AWAY]),
        ("cached_db", UNKEYED, [VALID_EVERYWHERE, GIVES_AWAY]),
        ("cached_db", None, []),
        ("signed_cookies", None, [VALID_EVERYWHERE]),
        ("db", {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}, []),
    ],
)
def test_sessions_and_caches_that_clinics_share(settings, engine, caches, found):
    settings.SESSION_ENGINE = SESSIONS + engine
    settings.CACHES = caches or settings.CACHES
    assert as_tuples(session_checks.check_shared_sessions()) == found


@pytest.mark.parametrize(
    ("shared", "found"),
    [
        (["django.contrib.sessions"], [IN_PUBLIC]),
        (["django.contrib.sessions", "django.contrib.auth"], []),
        (["django.contrib.auth"], []),
    ],
)
def test_sessions_that_are_shared_by_people_of_several_clinics(settings, shared, found):
    """A user key is another person in each clinic, unless the clinics share their users."""
    settings.SHARED_APPS = [*settings.SHARED_APPS, *shared]
    settings.TENANT_APPS = [name for name in settings.TENANT_APPS if name not in shared]
    assert as_tuples(session_checks.check_shared_sessions()) == found


def test_a_cookie_that_is_sent_to_every_clinic(settings):
    settings.SESSION_COOKIE_DOMAIN = ".portal.example"
    number, message, _hint = the_only_one(session_checks.check_shared_sessions())
    assert (number, message) == (
        "vclinic_messages.W027",
        "SESSION_COOKIE_DOMAIN sends a session to every clinic.",
    )


def test_people_in_two_groups_are_counted_by_clinic(clinic, patient):
    other = create_member("doctor")
    patient.groups.add(*other.groups.all())
    assert directory_checks.check_two_roles(databases=None) == []
    number, message, _hint = the_only_one(directory_checks.check_two_roles(databases=["default"]))
    assert (number, message) == (
        "vclinic_messages.W014",
        "People in more than one of the groups in GROUPS, by clinic: 'alder' 1.",
    )


GROUP_DIRECTORY = "vclinic_messages.directory.GroupDirectory"
SHARED = (
    "vclinic_messages.W028",
    "Users and their groups are shared: a role is valid in every clinic.",
    "Write your own directory. Let role, describe and recipients depend on who belongs to the clinic.",
)


@pytest.mark.parametrize(
    ("directory", "apps_of_clinics", "found"),
    [
        (GROUP_DIRECTORY, [], [SHARED]),
        (GROUP_DIRECTORY, ["django.contrib.auth.apps.AuthConfig"], []),
        ("tests.test_checks.Membership", [], []),
    ],
)
def test_groups_that_are_shared_give_a_role_everywhere(settings, directory, apps_of_clinics, found):
    settings.VCLINIC_MESSAGES = {**settings.VCLINIC_MESSAGES, "DIRECTORY": directory}
    settings.SHARED_APPS = ["django_tenants", "django.contrib.auth"]
    settings.TENANT_APPS = ["vclinic_messages", *apps_of_clinics]
    assert as_tuples(directory_checks.check_memberships()) == found


@pytest.mark.parametrize(
    ("directory", "apps_of_clinics", "is_found"),
    [
        (GROUP_DIRECTORY, [], True),
        ("tests.test_checks.Membership", [], True),
        ("tests.directory.portals.AlderAdministers", [], False),
        (GROUP_DIRECTORY, ["django.contrib.auth"], False),
    ],
)
def test_permissions_that_are_shared_need_a_directory_that_knows_the_clinic(
    settings, directory, apps_of_clinics, is_found
):
    settings.VCLINIC_MESSAGES = {**settings.VCLINIC_MESSAGES, "DIRECTORY": directory}
    settings.SHARED_APPS = ["django_tenants", "django.contrib.auth"]
    settings.TENANT_APPS = ["vclinic_messages", *apps_of_clinics]
    expected = (
        "vclinic_messages.E032",
        "Users and their permissions are shared: nobody can see Messages in the Wagtail admin.",
        f"Override may_administer in {directory}. Let it depend on who belongs to the clinic.",
    )
    assert as_tuples(directory_checks.check_administrators()) == ([expected] if is_found else [])


def test_users_without_groups_need_another_directory(settings, monkeypatch):
    monkeypatch.setattr(directory_checks, "get_user_model", lambda: AbstractBaseUser)
    settings.VCLINIC_MESSAGES = {**settings.VCLINIC_MESSAGES, "DIRECTORY": GROUP_DIRECTORY}
    assert the_only_one(directory_checks.check_memberships()) == (
        "vclinic_messages.E029",
        f"{GROUP_DIRECTORY} reads roles from groups, and the user model has none.",
        'Name your own directory in VCLINIC_MESSAGES["DIRECTORY"].',
    )
    assert directory_checks.check_two_roles(databases=["default"]) == []
    settings.VCLINIC_MESSAGES = {**settings.VCLINIC_MESSAGES, "DIRECTORY": f"{__name__}.Membership"}
    assert directory_checks.check_memberships() == []


class Membership(GroupDirectory):
    """A directory with the portal's own idea of roles."""

    def role(self, user):
        return None


@pytest.mark.parametrize(
    ("on", "address", "told"),
    [(True, "", True), (False, "", False), (True, "https://portal.example", False)],
)
def test_a_clinic_with_reminders_needs_the_portals_address(clinic, settings, on, address, told):
    settings.VCLINIC_MESSAGES = {**settings.VCLINIC_MESSAGES, "REMINDER_BASE_URL": address}
    switch_messages(reminders=on)
    with schema_context("public"):
        found = check_reminder_address(databases=["default"])
    expected = ["Clinics that have switched reminders on get none: 'alder'."] if told else []
    assert [each.msg for each in found] == expected
    assert check_reminder_address(databases=None) == []


@pytest.mark.parametrize(
    "value", ["portal.example", "ftp://portal.example", "https://portal.example/?a=1", 7]
)
def test_an_address_that_is_none_is_an_error(settings, value):
    settings.VCLINIC_MESSAGES = {"REMINDER_BASE_URL": value}
    assert [each.id for each in check_dictionary()] == ["vclinic_messages.E003"]


@pytest.mark.parametrize("value", ["", "https://portal.example", "http://localhost:8000/portal/", str])
def test_an_address_or_a_function_is_accepted(settings, value):
    settings.VCLINIC_MESSAGES = {"REMINDER_BASE_URL": value}
    assert check_dictionary() == []
