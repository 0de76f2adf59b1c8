"""Apps and middleware that are missing or in the wrong place."""

from __future__ import annotations

import pytest
from django.db import connection

from vclinic_messages.checks import installation

SYNCHRONOUS = "tests.checks.test_installation.SynchronousMiddleware"
AUTHENTICATION = "django.contrib.auth.middleware.AuthenticationMiddleware"
TYPES = {
    "public": {"APPS": ["django_tenants"], "URLCONF": "example_project.urls_public"},
    "clinic": {"APPS": ["vclinic_messages", "django.contrib.auth"], "URLCONF": "example_project.urls"},
    "pharmacy": {"APPS": ["django.contrib.auth"], "URLCONF": "example_project.urls_public"},
}


class SynchronousMiddleware:
    """As one that a portal may have written before Django knew ASGI."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)


def ids(found):
    return [each.id.removeprefix("vclinic_messages.") for each in found]


def without(apps, *names):
    return [each for each in apps if each not in names]


def test_messages_that_no_clinic_has(settings):
    settings.TENANT_APPS = without(settings.TENANT_APPS, "vclinic_messages")
    [found] = installation.check_apps()
    assert (found.id, found.msg) == (
        "vclinic_messages.E040",
        "vclinic_messages is not in TENANT_APPS.",
    )


def test_types_of_tenants(settings):
    settings.HAS_MULTI_TYPE_TENANTS, settings.TENANT_TYPES = True, TYPES
    assert installation.check_apps() == []
    settings.TENANT_TYPES = {**TYPES, "clinic": TYPES["pharmacy"]}
    assert ids(installation.check_apps()) == ["E040"]
    settings.TENANT_TYPES = {**TYPES, "public": TYPES["clinic"]}
    assert ids(installation.check_apps()) == ["E007"]


def test_nobody_is_ever_signed_in(settings):
    assert installation.check_authentication() == []
    settings.MIDDLEWARE = without(settings.MIDDLEWARE, AUTHENTICATION)
    assert ids(installation.check_authentication()) == ["E042"]


@pytest.fixture
def pool(monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", {"pool": True})


def test_a_synchronous_middleware_in_front_of_a_pool(settings, pool):
    assert installation.check_pool() == []
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, SYNCHRONOUS]
    [found] = installation.check_pool()
    assert (found.id, found.msg) == ("vclinic_messages.W053", f"{SYNCHRONOUS} is synchronous only.")
    settings.VCLINIC_MESSAGES = {"LIVE": {"STREAM_URL": "/messages/api/v1/live/stream/"}}
    assert installation.check_pool() == []


def test_a_synchronous_middleware_without_a_pool(settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, SYNCHRONOUS]
    assert installation.check_pool() == []
