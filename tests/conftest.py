"""Real PostgreSQL, real schemas: clinics made once, people and switches made by each test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import translation
from django_tenants.utils import schema_context

from tests import postgres
from vclinic_messages import selectors
from vclinic_messages.models import MessagesSettings, Role
from vclinic_messages.testing import create_conversation, create_member, switch_messages

#: The settings that a new clinic has.
DEFAULTS = {
    field.name: field.get_default()
    for field in MessagesSettings._meta.fields
    if field.name not in ("id", "enabled", "version")
}
OUR_TABLES = (
    "absence",
    "auditevent",
    "draft",
    "participant",
    "messagewords",
    "message",
    "conversation",
    "teammember",
    "reminder",
    "quickreply",
    "mailbox",
    "team",
)
OTHER_TABLES = (
    "people_profile",
    "auth_user_groups",
    "django_session",
    "auth_user",
    "wagtailcore_modellogentry",
)


def pytest_configure(config: pytest.Config) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if not hasattr(config, "workerinput") and not os.environ.get("DATABASE_URL"):
        config.stash_server, url = postgres.start_embedded()  # type: ignore[attr-defined]
        os.environ["DATABASE_URL"] = url
        settings.DATABASES["default"].update(postgres.parsed(url))


def pytest_unconfigure(config: pytest.Config) -> None:
    server = getattr(config, "stash_server", None)
    if server is not None:
        server.stop()


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> Iterator[None]:
    """A database of this worker's own, copied from the prepared one."""
    url = os.environ["DATABASE_URL"]
    name = f"vcm_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"
    with django_db_blocker.unblock():
        template = postgres.ensure_template(url)
        postgres.copy_template(url, template, name)
        postgres.use_database(name)
        yield
        postgres.use_database(None)
        postgres.drop(url, name)


@pytest.fixture(autouse=True)
def _public_again() -> Iterator[None]:
    """The next test must not start in the clinic or the language of the last."""
    yield
    connection.set_schema_to_public()
    translation.deactivate()


@pytest.fixture
def clinic(db: None) -> Iterator[str]:
    """Inside a clinic that was made by migrating, with Messages on."""
    with in_clinic("alder") as schema:
        yield schema


@pytest.fixture
def other_clinic(db: None) -> str:
    """The schema of another clinic, a cloned one, with Messages on."""
    with schema_context("birch"):
        switch_messages(phone="555-0200")
    return "birch"


@contextmanager
def in_clinic(schema: str) -> Iterator[str]:
    with schema_context(schema):
        switch_messages(phone="555-0100", emergency_notice="In an emergency call 911.")
        yield schema


@pytest.fixture
def patient(clinic: str) -> Any:
    return create_member(Role.PATIENT, username="patient", first_name="Maya", last_name="Ferreira")


@pytest.fixture
def patient2(clinic: str) -> Any:
    return create_member(Role.PATIENT, username="patient2", first_name="Joana", last_name="Lopes")


@pytest.fixture
def doctor(clinic: str) -> Any:
    return create_member(Role.DOCTOR, username="doctor", first_name="Amara", last_name="Okafor")


@pytest.fixture
def doctor2(clinic: str) -> Any:
    return create_member(Role.DOCTOR, username="doctor2", first_name="Henrik", last_name="Solberg")


@pytest.fixture
def admin(clinic: str) -> Any:
    return create_member(Role.ADMIN, username="admin", first_name="Ruth", last_name="Adeyemi")


@pytest.fixture
def nobody(clinic: str) -> Any:
    """Signed in, but without a role in the clinic."""
    return create_member(None, username="nobody")


@pytest.fixture
def conversation(patient: Any, doctor: Any) -> Any:
    """The patient has written to the doctor, who has not read it."""
    return create_conversation(patient, doctor, "Good morning")


@pytest.fixture
def crowd(clinic: str) -> list[Any]:
    """More patients of one name than a search lists; the last names fall where the keys rise."""
    numbers = range(selectors.MOST_FOUND + 5)
    return [
        create_member(Role.PATIENT, first_name="Otto", last_name=f"Brandt {999 - each}") for each in numbers
    ]


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Real commits, for what happens between transactions. Afterwards our tables and the people are gone."""
    with django_db_blocker.unblock():
        yield
        for schema in postgres.CLINICS:
            with schema_context(schema):
                empty_clinic()
        connection.close()


def empty_clinic() -> None:
    """Remove what tests wrote in the current clinic, if they wrote anything.

    The triggers that refuse it are switched off for this one transaction.
    """
    if not _was_used():
        return
    switch_messages(False, **DEFAULTS)
    ours = [f"vclinic_messages_{name}" for name in OUR_TABLES]
    statements = [
        *(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in ours),
        f"TRUNCATE {', '.join(ours)} RESTART IDENTITY",
        *(f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in ours),
        *(f"DELETE FROM {table}" for table in OTHER_TABLES),
    ]
    with connection.cursor() as cursor:
        cursor.execute("; ".join(statements))


def _was_used() -> bool:
    tables = [*(f"vclinic_messages_{name}" for name in OUR_TABLES), *OTHER_TABLES]
    found = [f"EXISTS (SELECT FROM {table})" for table in tables]
    found.append("EXISTS (SELECT FROM vclinic_messages_messagessettings WHERE enabled)")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {' OR '.join(found)}")
        return bool(cursor.fetchone()[0])
