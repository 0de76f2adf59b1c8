"""Is every clinic sharded, and can Citus move it? Nothing to find on PostgreSQL itself."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.checks import CheckMessage, Error, Tags, Warning, register

from vclinic_messages import protections
from vclinic_messages.checks.schemas import first_names, schemas_to_check
from vclinic_messages.conf import app_settings
from vclinic_messages.tenancy import run_in_clinic, schema_context, template_schema

_IS_CITUS = "SELECT 1 FROM pg_extension WHERE extname = 'citus' AND {in_schema}"
# Citus makes a copied schema on the coordinator, and says nothing.
_NOT_SHARDED = """
    SELECT 1 FROM pg_class
    WHERE {in_schema} AND oid = to_regclass('vclinic_messages_message')
        AND oid NOT IN (SELECT table_name FROM citus_tables)
"""


@register(Tags.database)
def check_citus(databases: Iterable[str] | None = None, **kwargs: object) -> list[CheckMessage]:
    """Check that every clinic is sharded, and can be moved to another server.

    W034: The database is Citus, and some clinics are not sharded: Citus does not shard a clinic that is
    copied from the template.
    E035: The database is Citus, and ``PROTECTIONS`` asks for row-level security, or tables force it. Moving
    such a clinic to another server loses its rows.
    """
    if not databases or not run_in_clinic(_IS_CITUS):
        return []
    schemas = [schema for schema in schemas_to_check() if schema != template_schema()]
    return [*_not_sharded(schemas), *_not_movable(schemas)]


def _not_sharded(schemas: list[str]) -> list[CheckMessage]:
    found = [schema for schema in schemas if _finds(schema, _NOT_SHARDED)]
    if not found:
        return []
    message = f"Clinics that Citus has not sharded: {_names(found)}. All their data is on the coordinator."
    hint = "Run SELECT citus_schema_distribute('…') for each. See docs/how-to/many-servers.md."
    return [Warning(message, hint=hint, id="vclinic_messages.W034")]


def _not_movable(schemas: list[str]) -> list[CheckMessage]:
    hint = 'Set PROTECTIONS to "triggers", and run ALTER TABLE … NO FORCE ROW LEVEL SECURITY on each table.'
    found = [schema for schema in schemas if _forces_policies(schema)]
    if found:
        message = (
            f"Clinics whose tables force row-level security: {_names(found)}."
            " Citus loses all their rows if their owner moves them to another server."
        )
    elif app_settings.PROTECTIONS in (protections.REQUIRED, protections.IF_POSSIBLE):
        message = f"The database is Citus, but PROTECTIONS is {app_settings.PROTECTIONS!r}."
    else:
        return []
    return [Error(message, hint=hint, id="vclinic_messages.E035")]


def _finds(schema: str, statement: str) -> bool:
    with schema_context(schema):
        return bool(run_in_clinic(statement))


def _forces_policies(schema: str) -> bool:
    with schema_context(schema):
        return any(table.is_forced for table in protections.tables())


def _names(schemas: list[str]) -> str:
    return first_names([repr(schema) for schema in schemas])
