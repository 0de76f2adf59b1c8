"""Which clinic a database connection serves. The only module that imports ``django_tenants``.

django-tenants separates clinics by the search path of the connection. A connection pooler can mix up search
paths, so every statement on our tables also checks that the database really is in the expected schema: models
through ``ClinicManager``, raw SQL through ``run_in_clinic`` or ``clinic_cursor``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from django.apps import AppConfig, apps
from django.conf import settings
from django.db import connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django_tenants.utils import (
    get_multi_type_database_field_name,
    get_public_schema_name,
    get_public_schema_urlconf,
    get_subfolder_prefix,
    get_tenant_base_schema,
    get_tenant_database_alias,
    get_tenant_domain_model,
    get_tenant_model,
    get_tenant_types,
    has_multi_type_tenants,
    schema_context,
    schema_exists,
    tenant_context,
)

from vclinic_messages.errors import ClinicMismatch

__all__ = [
    "ClinicAddress",
    "ClinicManager",
    "after_commit",
    "clinic_address",
    "clinic_apps",
    "clinic_condition",
    "clinic_context",
    "clinic_cursor",
    "clinic_name",
    "clinic_schema",
    "clinic_schemas",
    "clinic_transaction",
    "clinic_urlconfs",
    "connection_parameters",
    "current_clinic",
    "current_urlconf",
    "database",
    "expected_schema",
    "get_public_schema_name",
    "is_shared",
    "is_shared_app",
    "public_urlconf",
    "read_transaction",
    "release_connections",
    "roll_back",
    "run_in_clinic",
    "schema_context",
    "schema_exists",
    "shared_apps",
    "template_schema",
    "verify_clinic",
]

ModelT = TypeVar("ModelT", bound=models.Model)


#: A table that every clinic has. Its plain name shows in which schema the connection really is.
_TABLE = "vclinic_messages_message"

#: Nothing in the session's temporary schema has the name of a table of ours.
_NOTHING_HIDES_OURS = """NOT EXISTS (
    SELECT FROM pg_catalog.pg_class
    WHERE relnamespace = pg_catalog.pg_my_temp_schema() AND relname ~ '^vclinic_messages_'
)"""


def database() -> BaseDatabaseWrapper:
    """Return the connection that django-tenants switches between clinics."""
    return connections[get_tenant_database_alias()]


def connection_parameters() -> dict[str, Any]:
    """Return the parameters with which psycopg connects as the application does, outside Django."""
    wrapper: Any = database()
    set_by_django = {"context", "cursor_factory", "prepare_threshold", "pool", "client_encoding"}
    parameters = wrapper.get_connection_params()
    return {name: value for name, value in parameters.items() if name not in set_by_django}


def expected_schema() -> str:
    """Return the schema that the connection was set to, whatever its search path really is."""
    return str(database().schema_name)  # type: ignore[attr-defined]


def clinic_schema() -> str | None:
    """Return the schema of the current clinic; None in the public schema, which is no clinic."""
    schema = expected_schema()
    return None if schema == get_public_schema_name() else schema


def clinic_name() -> str:
    """Return the current tenant's ``name``; an empty string for tenants without one."""
    return str(getattr(current_clinic(), "name", "") or "")


def current_clinic() -> Any:
    """Return the current tenant. Inside ``schema_context`` it has no more than the name of the schema."""
    return getattr(database(), "tenant", None)


@contextmanager
def clinic_context(schema: str) -> Iterator[None]:
    """Switch to a clinic with its name and address, outside a request. Two statements."""
    clinic = get_tenant_model()._default_manager.get(schema_name=schema)
    with tenant_context(clinic):
        yield


def clinic_schemas() -> list[str]:
    """Return the schemas of all clinics, in alphabetical order: not of tenants of a type without Messages."""
    tenants = get_tenant_model()._default_manager.exclude(schema_name=get_public_schema_name())
    if has_multi_type_tenants():
        tenants = tenants.filter(**{f"{get_multi_type_database_field_name()}__in": list(_clinic_types())})
    return list(tenants.order_by("schema_name").values_list("schema_name", flat=True))


@dataclass(frozen=True, slots=True)
class ClinicAddress:
    """Where visitors find a clinic. ``urlconf`` is None for ROOT_URLCONF.

    ``path`` is empty, except with django-tenants' subfolders: there it is the part before all paths.
    """

    host: str
    path: str
    urlconf: str | None


def clinic_address(schema: str) -> ClinicAddress | None:
    """Return the address of a clinic; None for a clinic without a domain."""
    domains = get_tenant_domain_model()._default_manager.filter(tenant__schema_name=schema)
    domain = domains.select_related("tenant").order_by("-is_primary", "pk").first()
    if domain is None:
        return None
    if prefix := get_subfolder_prefix():
        named = (host.lstrip(".") for host in settings.ALLOWED_HOSTS if "*" not in host)
        return ClinicAddress(next(named, "localhost"), f"/{prefix}/{domain.domain}", None)
    return ClinicAddress(domain.domain, "", _urlconf_of(domain.tenant))


def current_urlconf() -> str | None:
    """Return the URLconf of the current clinic, also outside a request. None means ROOT_URLCONF."""
    return _urlconf_of(current_clinic())


def _urlconf_of(clinic: Any) -> str | None:
    if not has_multi_type_tenants():
        return None
    urlconf: str | None = get_tenant_types().get(clinic.get_tenant_type(), {}).get("URLCONF")
    return urlconf


def is_shared(model: type[models.Model]) -> bool:
    """Return whether all clinics share the model's table: it exists only in the public schema."""
    return is_shared_app(apps.get_app_config(model._meta.app_label).name)


def is_shared_app(name: str) -> bool:
    """Return whether the app's tables exist only in the public schema."""
    return name in shared_apps() - clinic_apps()


def shared_apps() -> set[str]:
    """Return the names of the apps that have tables in the public schema."""
    if has_multi_type_tenants():
        return _names_of(get_tenant_types().get(get_public_schema_name(), {}).get("APPS", ()))
    return _names_of(getattr(settings, "SHARED_APPS", ()))


def clinic_apps() -> set[str]:
    """Return the names of the apps that have tables in the schemas of clinics."""
    if has_multi_type_tenants():
        return {name for kind in _clinic_types().values() for name in _names_of(kind["APPS"])}
    return _names_of(getattr(settings, "TENANT_APPS", ()))


def clinic_urlconfs() -> list[str | None]:
    """Return the URLconfs that clinics use. None means ROOT_URLCONF."""
    if has_multi_type_tenants():
        return sorted({kind["URLCONF"] for kind in _clinic_types().values()})
    return [None]


def public_urlconf() -> str | None:
    """Return the URLconf of the public schema, if it has one of its own."""
    if has_multi_type_tenants() or hasattr(settings, "PUBLIC_SCHEMA_URLCONF"):
        return str(get_public_schema_urlconf())
    return None


def _clinic_types() -> dict[str, Any]:
    """Return the types of tenants that have Messages, for a portal with several types."""
    public = get_public_schema_name()
    types: dict[str, Any] = get_tenant_types()
    return {
        name: kind
        for name, kind in types.items()
        if name != public and "vclinic_messages" in _names_of(kind["APPS"])
    }


def _names_of(apps_setting: Iterable[str]) -> set[str]:
    """Return the names of the apps in a setting, which may list them by their AppConfig."""
    return {AppConfig.create(entry).name for entry in apps_setting}


def template_schema() -> str | None:
    """Return the schema that new clinics are cloned from; None where each clinic is migrated by itself."""
    is_cloned = getattr(settings, "TENANT_CREATION_FAKES_MIGRATIONS", False)
    name = is_cloned and get_tenant_base_schema()
    return str(name) if name and schema_exists(name) else None


def clinic_condition() -> models.Func:
    """Return an ORM condition: our tables are those of the schema that the connection was set to."""
    # Func formats its template once more, so the percent signs are doubled once more.
    template = _clinic_check().replace("%", "%%")
    return models.Func(template=template, output_field=models.BooleanField())


def _clinic_check() -> str:
    """Return the check as SQL: the plain names of our tables mean the tables of the expected schema.

    Both sides are quoted literals, not parameters, and not ``current_schema()``. PostgreSQL resolves them
    when it plans the statement, where it resolves the statement's table names too: a false check costs
    nothing, and on Citus the coordinator decides it (a worker would evaluate ``current_schema()`` as
    ``public``). It also notices a temporary table that hides one of ours.
    """
    return f"'{_names()}'::regclass[] = '{_names(expected_schema())}'::regclass[]"


def _names(schema: str | None = None) -> str:
    """Return the names of our tables as an array, escaped for a quoted literal of a statement with values."""
    prefix = "" if schema is None else f"{database().ops.quote_name(schema)}."
    names = (f"{prefix}{table}".replace("\\", "\\\\").replace('"', '\\"') for table in _tables())
    return "{{{}}}".format(",".join(f'"{name}"' for name in names)).replace("'", "''").replace("%", "%%")


@cache
def _tables() -> list[str]:
    models = apps.get_app_config("vclinic_messages").get_models(include_auto_created=True)
    return sorted(model._meta.db_table for model in models)


def _qualified_table() -> str:
    """Return the table's name with its schema, escaped for a quoted literal of a statement with values."""
    schema = database().ops.quote_name(expected_schema())
    return f"{schema}.{_TABLE}".replace("'", "''").replace("%", "%%")


def verify_clinic() -> None:
    """Raise ClinicMismatch unless the database is in the schema that the connection was set to.

    Also raise it if a temporary table hides one of ours. Works even if our tables are not installed.
    """
    same_table = f"to_regclass('{_TABLE}') IS NOT DISTINCT FROM to_regclass('{_qualified_table()}')"
    if not run_in_clinic(f"SELECT 1 WHERE {{in_schema}} AND {same_table} AND {_NOTHING_HIDES_OURS}"):
        raise ClinicMismatch


def run_in_clinic(statement: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
    """Run one statement and return its rows. Its ``{in_clinic}`` becomes the check of the clinic.

    ``{in_schema}`` is the check for statements on the catalogue, which also works where our tables are not
    installed. In the wrong schema the statement finds nothing. The caller decides whether no row is normal or
    means ClinicMismatch (``verify_clinic`` tells). Raises ValueError for a statement without a check.
    """
    if "{in_clinic}" not in statement and "{in_schema}" not in statement:
        raise ValueError("The statement does not check the clinic: it has no {in_clinic}.")
    checked = statement.replace("{in_schema}", "current_schema() = %(expected_schema)s")
    if "{in_clinic}" in checked:
        checked = checked.replace("{in_clinic}", _clinic_check())
    with database().cursor() as cursor:
        cursor.execute(checked, {**(values or {}), "expected_schema": expected_schema()})
        return cursor.fetchall() if cursor.description else []


@contextmanager
def clinic_cursor() -> Iterator[CursorWrapper]:
    """Yield a cursor in a transaction that has checked the clinic. Raises ClinicMismatch.

    The check is one statement. Within a transaction even a pooler stays on one server connection, so one
    check is enough for all statements.
    """
    with clinic_transaction():
        verify_clinic()
        with database().cursor() as cursor:
            yield cursor


@contextmanager
def clinic_transaction() -> Iterator[None]:
    """Run in a transaction on the clinic's connection. Inside another one this is a savepoint."""
    with transaction.atomic(using=get_tenant_database_alias()):
        yield


@contextmanager
def read_transaction() -> Iterator[None]:
    """Run in a transaction, starting one only if none is open. For reads and all-or-nothing work.

    Without a savepoint it costs nothing inside another transaction.
    """
    with nullcontext() if database().in_atomic_block else clinic_transaction():
        yield


def roll_back() -> None:
    """Make the current transaction roll back when it ends."""
    transaction.set_rollback(True, using=get_tenant_database_alias())


def release_connections() -> None:
    """Close this thread's connections, or return them to their pools. The next statement opens one again.

    A connection in a transaction stays: the transaction would be lost.
    """
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()


def after_commit(announce: Callable[[], object]) -> None:
    """Call ``announce`` once the current transaction is committed; never if it is rolled back.

    An exception in the call does not undo the commit: Django logs it.
    """
    transaction.on_commit(announce, using=get_tenant_database_alias(), robust=True)


class ClinicManager(models.Manager[ModelT]):
    """Find rows only while the database is in the schema that the connection was set to.

    PostgreSQL evaluates the added condition once per statement. When a connection pooler has mixed up search
    paths, a query finds nothing instead of another clinic's rows.
    """

    def get_queryset(self) -> models.QuerySet[ModelT]:
        """Return the model's rows with the check of the clinic."""
        return super().get_queryset().filter(clinic_condition())
