"""Addresses in the settings that lead nowhere, and Messages where nobody can use it."""

from __future__ import annotations

import pytest
from django.contrib.auth.views import LoginView
from django.urls import include, path

from tests.options import set_options
from vclinic_messages.checks import urls

#: A URLconf without a pattern that matches every path.
urlpatterns = [
    path("messages/", include("vclinic_messages.urls")),
    path("enter/", LoginView.as_view(), name="enter"),
]


def found():
    return [(each.id.removeprefix("vclinic_messages."), each.msg) for each in urls.check_urls()]


@pytest.mark.parametrize("home", ["/", "login", "https://clinic.example/"])
def test_a_home_that_is_there(settings, home):
    set_options(settings, HOME_URL=home)
    assert found() == []


def test_a_home_that_is_not_there(settings):
    set_options(settings, HOME_URL="portal:home")
    message = "VCLINIC_MESSAGES[\"HOME_URL\"], 'portal:home', is neither a path nor a URL name."
    assert found() == [("E045", message)]


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("login", ["enter", "/enter/", "/enter/?from=messages", "https://id.example/"])
def test_a_login_page_that_is_there(settings, login):
    settings.LOGIN_URL = login
    assert found() == []


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("login", ["login", "/accounts/login/"])
def test_a_login_page_that_is_not_there(settings, login):
    settings.LOGIN_URL = login
    message = f"LOGIN_URL, {login!r}, leads nowhere: whoever is signed out cannot open Messages."
    assert found() == [("E046", message)]


class WithoutSlash:
    """The URLconf of a portal that forgot a slash."""

    urlpatterns = [
        path("messages", include("vclinic_messages.urls")),
        path("login/", LoginView.as_view(), name="login"),
    ]


def test_a_path_without_a_slash_at_its_end(settings):
    settings.ROOT_URLCONF = WithoutSlash
    message = "The page of Messages is at /messages, so that of a new message is at /messagesnew/."
    assert found() == [("W052", message)]


def test_the_addresses_are_looked_up_for_each_type_of_tenants(settings):
    kinds = {
        "public": "example_project.urls_public",
        "clinic": __name__,
        "spa": "example_project.urls_public",
    }
    apps = {"clinic": ["vclinic_messages"]}
    settings.HAS_MULTI_TYPE_TENANTS = True
    settings.TENANT_TYPES = {
        name: {"APPS": apps.get(name, []), "URLCONF": urlconf} for name, urlconf in kinds.items()
    }
    settings.LOGIN_URL = "enter"
    assert found() == []
    assert urls.check_public_urls() == []


def test_messages_in_the_public_schema(settings):
    assert urls.check_public_urls() == []
    settings.PUBLIC_SCHEMA_URLCONF = __name__
    [warning] = urls.check_public_urls()
    assert warning.id == "vclinic_messages.W047"
    assert warning.msg.startswith("/messages/ is also in the URLconf of the public schema")
    del settings.PUBLIC_SCHEMA_URLCONF
    assert urls.check_public_urls() == []
