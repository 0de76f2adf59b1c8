from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from django.db import connection
from django_tenants.utils import schema_context

from tests.conftest import in_clinic
from tests.faults.cluster import Cluster, running_cluster
from tests.models.sql import execute
from vclinic_messages.models import Role
from vclinic_messages.testing import create_conversation, create_member

FUNCTION = """
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {}; RETURN NEW; END $$;
CREATE TRIGGER fail BEFORE INSERT ON vclinic_messages_message FOR EACH ROW EXECUTE FUNCTION fail();
"""


@pytest.fixture
def clinic(committed: None) -> Iterator[str]:
    """A clinic with real commits."""
    with in_clinic("alder") as schema:
        yield schema


@pytest.fixture
def patient(clinic: str) -> Any:
    return create_member(Role.PATIENT, username="patient")


@pytest.fixture
def doctor(clinic: str) -> Any:
    return create_member(Role.DOCTOR, username="doctor")


@pytest.fixture
def conversation(patient: Any, doctor: Any) -> Any:
    return create_conversation(patient, doctor, "Good morning")


@pytest.fixture
def failing(clinic: str) -> Callable[[str], AbstractContextManager[None]]:
    """``failing(statement)``: the server runs this PL/pgSQL whenever a message is stored."""

    @contextmanager
    def fail(statement: str) -> Iterator[None]:
        execute(FUNCTION.format(statement))
        try:
            yield
        finally:
            connection.close()
            with schema_context(clinic):
                execute("DROP FUNCTION fail CASCADE")

    return fail


@pytest.fixture(scope="module")
def cluster(django_db_setup: None, django_db_blocker: Any) -> Iterator[Cluster]:
    """A server of this module's own, of the version that the tests run on."""
    with django_db_blocker.unblock():
        major = connection.cursor().connection.info.server_version // 10000
    with running_cluster(major) as cluster:
        yield cluster
