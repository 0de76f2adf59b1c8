"""A walk through one clinic as its visitors make it: what would they miss?

The walk has sessions of a patient and of somebody of the staff, and asks for pages in this process. All of it
happens in one transaction, which is rolled back. Nobody signs in: the portal's receivers of Django's login
signals would take the walk for a real person, and what they do outside the database is not rolled back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import (
    BACKEND_SESSION_KEY,
    HASH_SESSION_KEY,
    SESSION_KEY,
    get_user_model,
    load_backend,
)
from django.contrib.sessions.backends.base import UpdateError
from django.db import InterfaceError, OperationalError
from django.test import Client
from django.utils import timezone
from django.utils.translation import get_language, override

from vclinic_messages import protections
from vclinic_messages.actions import change_settings
from vclinic_messages.checks.urls import path_of, using_urlconf
from vclinic_messages.clinic_switch import clinic_settings
from vclinic_messages.conf import app_settings, live_settings
from vclinic_messages.directory import get_directory
from vclinic_messages.directory.groups import missing_groups, reads_groups
from vclinic_messages.errors import Unavailable
from vclinic_messages.reminders.due import claim_due, is_quiet
from vclinic_messages.tenancy import (
    ClinicAddress,
    clinic_address,
    clinic_transaction,
    roll_back,
    schema_context,
    verify_clinic,
)
from vclinic_messages.user_types import User

#: How many accounts are asked for their role, a page at a time.
MAX_ACCOUNTS, PAGE = 2000, 200
#: How late a reminder may be before it looks as if nothing sends them.
LATE = timedelta(minutes=30)

#: What the base template adds to every page: the sign of it in the page, and what to type.
_TAGS = {
    "data-vcm-badge": "Navigation: no item. Put {% messages_nav_item %} into the base template",
    "data-vcm-live": "Notifications: no script. Put {% messages_live %} into the base template",
}
_IN_PAGE = {
    'id="vcm-app"': "Page: it is empty. The base template needs {% block content %}",
    "vclinic_messages/css/messages": "Page: no styles. The base template needs {% block extra_head %}",
}


@dataclass(frozen=True, slots=True)
class Visit:
    """A request in the clinic, made in this process, and how it is named in a report."""

    schema: str
    address: ClinicAddress
    client: Client
    who: str

    def path(self, name: str) -> str:
        """Return the path of a URL name, or a path, in this clinic.

        The URLconf is chosen each time, because every request ends with the portal's usual one.
        """
        with using_urlconf(self.address.urlconf):
            return self.address.path + path_of(name)

    def get(self, path: str) -> Any:
        """Return the response to a GET, and undo what it did: its view may have broken the transaction.

        The portal's middleware switches the schema, so it is set back.
        """
        with schema_context(self.schema), clinic_transaction():
            response = self.client.get(
                path, headers={"host": self.address.host}, secure=settings.SECURE_SSL_REDIRECT
            )
            roll_back()
            return response


def problems(schema: str) -> list[str]:
    """Return what visitors of a clinic would miss, each with what to do about it. Changes nothing."""
    # The portal's middleware chooses a language for each request.
    with schema_context(schema), override(get_language()):
        gap = protections.gap_of_tables()
        if gap:
            return [f"Tables: {gap}. Run manage.py migrate_schemas"]
        with clinic_transaction():
            verify_clinic()
            try:
                return list(_until_it_stops(schema))
            finally:
                roll_back()


def is_on(schema: str) -> bool:
    """Return whether the clinic has switched Messages on."""
    with schema_context(schema):
        found = None if protections.gap_of_tables() else clinic_settings()
        return found is not None and found.enabled


def _until_it_stops(schema: str) -> Iterator[str]:
    """Yield the problems of a clinic. The walk ends if the portal's own code fails, such as its directory."""
    try:
        yield from _problems(schema)
    except (OperationalError, InterfaceError, Unavailable):
        raise  # the clinic cannot be reached, which the command reports
    except Exception as error:
        yield f"The walk stopped ({type(error).__name__}: {error}). Correct first what the checks report"


def _problems(schema: str) -> Iterator[str]:
    if app_settings.PROTECTIONS == protections.REQUIRED and protections.gaps():
        yield "Protections: some are missing. Run manage.py messages_isolation --apply"
    if problem := _late_reminders():
        yield problem
    if reads_groups() and (missing := missing_groups()):
        yield f"Groups: there is none named {' or '.join(missing)}. Run manage.py messages_create_groups"
    members = _members()
    for is_staff, kind in ((False, "patient"), (True, "doctor and nobody clinic staff")):
        if is_staff not in members:
            yield f"Role: nobody is a {kind}. {_how_to_give_a_role()}"
    address = clinic_address(schema)
    if address is None:
        yield "Host: the clinic has no domain, so nobody can open it. Add a row to the table of domains"
        return
    change_settings(enabled=True)  # the transaction is rolled back
    at_the_door = list(_signed_out(schema, address))
    yield from at_the_door
    for user in members.values() if not at_the_door else ():
        yield from _signed_in(schema, address, user)


def _late_reminders() -> str | None:
    """Return that reminders which were due some time ago are not sent; None if all were, or none are sent."""
    found, now = clinic_settings(), timezone.now()
    before = now - LATE
    if found is None or not (found.enabled and found.reminders):
        return None
    if is_quiet(found, now) or is_quiet(found, before) or not claim_due(found, before):
        return None
    minutes = LATE // timedelta(minutes=1)
    return f"Reminders: some are {minutes} minutes late. Run manage.py messages_send_reminders every minute"


def _how_to_give_a_role() -> str:
    if reads_groups():
        return f"Put people into the groups {', '.join(app_settings.GROUPS.values())}"
    return f"Look at the method role of {app_settings.DIRECTORY}"


def _members() -> dict[bool, User]:
    """Return a patient (under False) and somebody of the staff (under True), as far as there are any."""
    found: dict[bool, User] = {}
    model: Any = get_user_model()
    accounts = model._default_manager.filter(is_active=True).order_by("pk")[:MAX_ACCOUNTS].iterator(PAGE)
    while len(found) < 2 and (page := list(islice(accounts, PAGE))):
        roles = {person.id: person.role for person in get_directory().describe([user.pk for user in page])}
        for user in page:
            role = roles.get(str(user.pk))
            if role is not None:
                found.setdefault(role.is_staff, user)
    return found


def _signed_out(schema: str, address: ClinicAddress) -> Iterator[str]:
    visit = Visit(schema, address, Client(raise_request_exception=False), "somebody who is signed out")
    path = visit.path("vclinic_messages:inbox")
    response = visit.get(path)
    if response.status_code in (400, 404):
        yield (
            f"Host: {address.host}{path} responds with {response.status_code}. "
            f"Is {address.host} in ALLOWED_HOSTS, and vclinic_messages.urls in the clinics' URLconf?"
        )
    elif response.status_code != 302:
        yield _unexpected(visit, path, response, "the login page")
    else:
        yield from _login_page(visit, response.headers["Location"])


def _login_page(visit: Visit, location: str) -> Iterator[str]:
    """Look at the login page, unless it belongs to another portal."""
    if urlsplit(location).netloc not in ("", visit.address.host):
        return
    parts = urlsplit(location)
    response = visit.get(f"{parts.path}?{parts.query}")
    if response.status_code >= 400:
        yield f"Login page: {parts.path} responds with {response.status_code}. Set LOGIN_URL"


def _signed_in(schema: str, address: ClinicAddress, user: User) -> Iterator[str]:
    role = get_directory().role(user)
    who = f"a {role.label}".lower() if role else "a member"
    visit = Visit(schema, address, Client(raise_request_exception=False), who)
    with schema_context(schema):
        try:
            _begin_session(visit.client, user)
        except UpdateError:
            yield "Sessions: none can be stored. Look at SESSION_ENGINE, and at its cache"
            return
    try:
        yield from _pages(visit)
    finally:
        with schema_context(schema):
            visit.client.session.delete()  # sessions may be in a cache, which is not rolled back


def _begin_session(client: Client, user: User) -> None:
    """Give the client a session of the user, as a login would leave it."""
    session, account = client.session, cast(Any, user)
    session[SESSION_KEY] = account._meta.pk.value_to_string(account)
    session[BACKEND_SESSION_KEY] = _backend_of(user)
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = str(session.session_key)


def _backend_of(user: User) -> str:
    """Return the path of the first backend that finds the user by the key in a session."""
    paths: list[str] = settings.AUTHENTICATION_BACKENDS
    finds = (path for path in paths if load_backend(path).get_user(cast(Any, user.pk)) is not None)
    return next(finds, paths[0])


def _pages(visit: Visit) -> Iterator[str]:
    path = visit.path("vclinic_messages:inbox")
    response = visit.get(path)
    if response.status_code != 200 or "VCM-Page" not in response.headers:
        yield _unexpected(visit, path, response, "the list of conversations")
        return
    text = response.content.decode()
    yield from (told for sign, told in _IN_PAGE.items() if sign not in text)
    tags = dict(_TAGS) if live_settings.MODE != "off" else {"data-vcm-badge": _TAGS["data-vcm-badge"]}
    yield from (told for sign, told in tags.items() if sign not in text)
    if problem := _stream_problem(response.headers.get("Content-Security-Policy", "")):
        yield problem
    path = visit.path("vclinic_messages_api:live_state")
    response = visit.get(path)
    if response.status_code != 200:
        yield _unexpected(visit, path, response, "what is new")
    home = visit.path(app_settings.HOME_URL)
    response = visit.get(home)
    if response.status_code >= 400:
        yield f"Home page: {home} responds with {response.status_code}. Set HOME_URL"


def _stream_problem(policy: str) -> str | None:
    """Return why the portal's Content-Security-Policy keeps browsers from the stream; None if it does not."""
    origin = urlsplit(live_settings.STREAM_URL)
    directives = dict(each.strip().partition(" ")[::2] for each in policy.split(";") if each.strip())
    sources = directives.get("connect-src", directives.get("default-src"))
    if live_settings.MODE != "auto" or not origin.netloc or sources is None:
        return None
    allowed = {"*", f"{origin.scheme}:", origin.netloc, f"{origin.scheme}://{origin.netloc}"}
    if allowed & {source.rstrip("/") for source in sources.split()}:
        return None
    return (
        f"Stream: the Content-Security-Policy refuses STREAM_URL. Add {origin.scheme}://{origin.netloc} "
        "to its connect-src"
    )


def _unexpected(visit: Visit, path: str, response: Any, expected: str) -> str:
    location = response.headers.get("Location")
    to = f" to {location}" if location else ""
    return (
        f"{visit.address.host}{path} responds to {visit.who} with {response.status_code}{to} instead of "
        f"{expected}. Open it in a browser, or look at the log"
    )
