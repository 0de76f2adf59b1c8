from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import time_ns
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django_tenants.utils import schema_context

from tests.conftest import in_clinic
from tests.isolation.conftest import alder, birch  # noqa: F401  # fixtures
from tests.models.sql import execute, rows
from tests.servers import Portal, database_url, serve, sign_in
from vclinic_messages.models import Message, Role
from vclinic_messages.testing import create_member

CLINICS = ("alder", "birch", "cedar")


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> Iterator[None]:
    """The database that is given, with clinics on every worker."""
    from example_project.clinics.schemas import ensure_clinic, prepare_schemas

    assert settings.ORIGINAL_BACKEND == "vclinic_messages.citus", "run make test-citus"
    with django_db_blocker.unblock():
        prepare_schemas()
        for schema in CLINICS:
            ensure_clinic(schema, schema.title(), domains=(f"{schema}.localhost",))
        for schema, worker in zip(CLINICS, workers() * 2, strict=False):
            move(schema, worker)
        connection.close()
    yield
    with django_db_blocker.unblock():
        connection.close()


Worker = tuple[str, int]


def workers() -> list[Worker]:
    """Return host and port of every worker."""
    return [
        tuple(row)
        for row in rows("SELECT node_name, node_port FROM citus_get_active_worker_nodes() ORDER BY 2")
    ]


def worker_of(schema: str) -> Worker:
    """Return the worker that has the clinic."""
    query = "SELECT DISTINCT nodename, nodeport FROM citus_shards WHERE table_name = %s::regclass"
    [found] = rows(query, f"{schema}.vclinic_messages_message")
    return tuple(found)


def move(schema: str, worker: Worker) -> None:
    if worker_of(schema) != worker:
        execute("SELECT citus_schema_move(%s::text::regnamespace, %s, %s)", schema, *worker)


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Real commits. What they write stays: people and conversations are new in each test."""
    with django_db_blocker.unblock():
        yield
        connection.close()


@pytest.fixture(scope="module")
def portal(django_db_setup: None, django_db_blocker: Any) -> Iterator[Portal]:
    """The portal as it is deployed, with its pool."""
    with (
        django_db_blocker.unblock(),
        serve(
            DATABASE_URL=database_url(),
            DJANGO_SETTINGS_MODULE="example_project.citus.settings",
            MESSAGES_SENDS_PER_MINUTE="100000",
        ) as portal,
    ):
        yield portal


@dataclass
class People:
    """A patient, a doctor and a manager of a clinic, and their sessions."""

    schema: str
    patient: Any
    doctor: Any
    sessions: dict[str, str]


def people_of(schema: str) -> People:
    number = time_ns()
    with in_clinic(schema):
        made = {
            "patient": create_member(Role.PATIENT, username=f"patient{number}", last_name=f"P{number}"),
            "doctor": create_member(Role.DOCTOR, username=f"doctor{number}", last_name=f"D{number}"),
            "manager": create_member(None, username=f"manager{number}", is_superuser=True),
        }
        sessions = {name: sign_in(user) for name, user in made.items()}
    return People(schema, made["patient"], made["doctor"], sessions)


def sent_in(schema: str, conversation: str) -> dict[str, int]:
    """Return the texts of a conversation with their ids; fail if one is there twice."""
    with schema_context(schema):
        found = list(Message.objects.filter(conversation=conversation).values_list("body", "pk"))
    assert len(dict(found)) == len(found)
    return dict(found)


@contextmanager
def new_clinic(schema: str) -> Iterator[str]:
    """Add a clinic, and delete it afterwards."""
    from example_project.clinics.models import Clinic
    from example_project.clinics.schemas import ensure_clinic

    connection.set_schema_to_public()
    ensure_clinic(schema, schema.title(), domains=(f"{schema}.localhost",))
    try:
        yield schema
    finally:
        connection.set_schema_to_public()
        Clinic.objects.get(schema_name=schema).delete(force_drop=True)
