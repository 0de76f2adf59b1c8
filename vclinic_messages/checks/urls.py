"""Can the pages and the API be reached, and are the addresses in the settings there?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.urls import NoReverseMatch, Resolver404, get_urlconf, resolve, reverse, set_urlconf

from vclinic_messages.conf import app_settings
from vclinic_messages.tenancy import clinic_urlconfs, public_urlconf


@register(Tags.urls)
def check_urls(**kwargs: object) -> list[CheckMessage]:
    """Check that the URLs of Messages, HOME_URL and LOGIN_URL lead where they should.

    W011: The URLs of Messages are not included.
    W012: Another URL pattern matches the URLs of Messages first.
    E045: ``HOME_URL`` is neither a path nor a URL name.
    E046: ``LOGIN_URL`` leads nowhere. If a pattern matches every path, as Wagtail's does, only
    ``messages_doctor`` notices that.
    W052: The path under which the URLs of Messages are included does not end with a slash.
    """
    found: list[CheckMessage] = []
    for name in clinic_urlconfs():
        with using_urlconf(name):
            found += [*_our_urls(), *_home_url(), *_login_url()]
    return found


@register(Tags.urls)
def check_public_urls(**kwargs: object) -> list[CheckMessage]:
    """W047: The URLs of Messages are also in the URLconf of the public schema.

    The public schema is no clinic, so nobody can use them there.
    """
    name = public_urlconf()
    if name is None or name in (settings.ROOT_URLCONF, *clinic_urlconfs()):
        return []
    try:
        path = reverse("vclinic_messages:inbox", urlconf=name)
    except NoReverseMatch:
        return []
    message = f"{path} is also in the URLconf of the public schema, {name}. Nobody can use it there."
    hint = "Include vclinic_messages.urls in the URLconf of the clinics only."
    return [Warning(message, hint=hint, id="vclinic_messages.W047")]


def _our_urls() -> Iterator[CheckMessage]:
    for name in ("vclinic_messages:inbox", "vclinic_messages_api:live_state"):
        try:
            path = reverse(name)
        except NoReverseMatch:
            hint = 'Add path("messages/", include("vclinic_messages.urls")) to the URLconf of the clinics.'
            message = f"The URL {name!r} is not included."
            yield Warning(message, hint=hint, id="vclinic_messages.W011")
            continue
        if _view_name(path) != name:
            hint = "Include vclinic_messages.urls before patterns that match every path, such as Wagtail's."
            message = f"{path} leads to another view than {name!r}."
            yield Warning(message, hint=hint, id="vclinic_messages.W012")
        if not path.endswith("/"):
            message = f"The page of Messages is at {path}, so that of a new message is at {path}new/."
            hint = (
                f'Include vclinic_messages.urls under a path with a slash at its end: path("{path[1:]}/", …).'
            )
            yield Warning(message, hint=hint, id="vclinic_messages.W052")


def _home_url() -> Iterator[CheckMessage]:
    try:
        path_of(app_settings.HOME_URL)
    except NoReverseMatch:
        message = (
            f'VCLINIC_MESSAGES["HOME_URL"], {app_settings.HOME_URL!r}, is neither a path nor a URL name.'
        )
        hint = 'Name a URL of the clinics\' URLconf, or give a path such as "/".'
        yield Error(message, hint=hint, id="vclinic_messages.E045")


def _login_url() -> Iterator[CheckMessage]:
    """Find a login page that is missing. A pattern that matches every path, such as Wagtail's, hides that."""
    named = str(settings.LOGIN_URL)
    try:
        path = path_of(named)
        if path.startswith("/") and not path.startswith("//"):
            resolve(path.partition("?")[0])
    except (NoReverseMatch, Resolver404):
        message = f"LOGIN_URL, {named!r}, leads nowhere: whoever is signed out cannot open Messages."
        hint = "Set LOGIN_URL to the name or the path of your login page in the clinics' URLconf."
        yield Error(message, hint=hint, id="vclinic_messages.E046")


def path_of(named: str) -> str:
    """Return the path of a setting that is a path or a URL name. Raises NoReverseMatch."""
    return named if "/" in named or "." in named else reverse(named)


@contextmanager
def using_urlconf(name: str | None) -> Iterator[None]:
    """Resolve and reverse URLs with this URLconf; None means ROOT_URLCONF."""
    before = get_urlconf()
    set_urlconf(name)
    try:
        yield
    finally:
        set_urlconf(before)


def _view_name(path: str) -> str | None:
    try:
        return resolve(path).view_name
    except Resolver404:
        return None
