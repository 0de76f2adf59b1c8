"""Which clinic a database connection serves. The only module that imports django_tenants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from django.db import connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.lookups import Exact
from django_tenants.utils import (
    get_public_schema_name,
    get_tenant_base_schema,
    get_tenant_database_alias,
    get_tenant_model,
    schema_context,
    schema_exists,
)

from vclinic_messages.errors import ClinicMismatch


class CurrentSchema(models.Func):
    """PostgreSQL's ``current_schema()``: the first schema of the search path that exists."""

    function = "current_schema"
    arity = 0
    output_field = models.TextField()


def database() -> BaseDatabaseWrapper:
    """The connection that django-tenants switches between clinics."""
    return connections[get_tenant_database_alias()]


def connection_parameters() -> dict[str, Any]:
    """What psycopg needs to connect as the application does, for connections outside Django."""
    wrapper: Any = database()
    ours = {"context", "cursor_factory", "prepare_threshold", "pool", "client_encoding"}
    return {name: value for name, value in wrapper.get_connection_params().items() if name not in ours}


def expected_schema() -> str:
    """The schema that the connection was set to, whatever its search path really is."""
    return str(database().schema_name)  # type: ignore[attr-defined]


def clinic_schema() -> str | None:
    """The schema of the clinic at hand; None in the public schema, where no clinic is."""
    schema = expected_schema()
    return None if schema == get_public_schema_name() else schema


def public_schema() -> str:
    """The schema that is no clinic's."""
    return str(get_public_schema_name())


def clinic_name() -> str:
    """What the clinic calls itself: the tenant's ``name`` where it has one, else nothing."""
    return str(getattr(getattr(database(), "tenant", None), "name", "") or "")


def clinic_schemas() -> list[str]:
    """The schemas of all clinics, by name."""
    tenants = get_tenant_model()._default_manager.exclude(schema_name=get_public_schema_name())
    return list(tenants.order_by("schema_name").values_list("schema_name", flat=True))


def template_schema() -> str | None:
    """The schema that new clinics are copied from; None where they are migrated one by one."""
    name = get_tenant_base_schema()
    return str(name) if name and schema_exists(name) else None


@contextmanager
def inside(schema: str) -> Iterator[None]:
    """Work in this clinic for a while. Synchronous code only."""
    with schema_context(schema):
        yield


def is_in_clinic() -> Exact:
    """As a condition in a statement: the database itself is where the connection was set to."""
    return Exact(CurrentSchema(), models.Value(expected_schema()))


def verify_clinic() -> None:
    """Raise ClinicMismatch unless the database itself is where the connection was set to."""
    with database().cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        row = cursor.fetchone()
    if row is None or row[0] != expected_schema():
        raise ClinicMismatch


@contextmanager
def clinic_transaction() -> Iterator[None]:
    """A transaction on the clinic's connection; within one, a part of it that can be undone alone."""
    with transaction.atomic(using=get_tenant_database_alias()):
        yield


@contextmanager
def one_clinic() -> Iterator[None]:
    """For what is undone as a whole or not at all, as reads are: a transaction, if none is under way.

    Behind a pooler that hands out a server connection per transaction, what was checked once in it then holds
    for its other statements.
    """
    with nullcontext() if in_transaction() else clinic_transaction():
        yield


def in_transaction() -> bool:
    """Whether a transaction is under way on the clinic's connection."""
    return bool(database().in_atomic_block)


def after_commit(announce: Callable[[], object]) -> None:
    """Call when the transaction at hand has been committed; never if it is rolled back.

    What was committed stands, whatever goes wrong in the call: the error is logged.
    """
    transaction.on_commit(announce, using=get_tenant_database_alias(), robust=True)


class ClinicManager(models.Manager[Any]):
    """Finds rows only while the database is in the clinic that the connection was set to.

    PostgreSQL evaluates the added condition once per statement. A connection pooler that mixed up search
    paths then yields nothing instead of another clinic's rows.
    """

    def get_queryset(self) -> models.QuerySet[Any]:
        return super().get_queryset().filter(is_in_clinic())
