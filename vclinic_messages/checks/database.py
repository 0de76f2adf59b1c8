"""Does the database itself keep clinics apart, and does Messages use the right connection?"""

from __future__ import annotations

from collections.abc import Iterable

from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import router

from vclinic_messages import protections
from vclinic_messages.checks.schemas import first_names, schemas_to_check
from vclinic_messages.conf import app_settings
from vclinic_messages.models import Message
from vclinic_messages.tenancy import clinic_schema, database, get_public_schema_name, schema_context


@register("vclinic_messages")
def check_routing(**kwargs: object) -> list[CheckMessage]:
    """E024: A database router sends Messages to a connection that is not switched between clinics."""
    expected = database().alias
    others = {router.db_for_read(Message), router.db_for_write(Message)} - {expected}
    if not others:
        return []
    named = " and ".join(repr(alias) for alias in sorted(others))
    message = f"DATABASE_ROUTERS route Messages to the database {named}."
    hint = f"Leave vclinic_messages on {expected!r}: no other connection is switched to the clinic."
    return [Error(message, hint=hint, id="vclinic_messages.E024")]


@register(Tags.database)
def check_protections(databases: Iterable[str] | None = None, **kwargs: object) -> list[CheckMessage]:
    """Check that row-level security and triggers protect every clinic.

    W020: Clinics lack protections in the database. Clinics that lack the same protections share one message
    with the first 20 names. ``messages_isolation --check`` names all.
    W021: The application connects as a superuser or a BYPASSRLS role. Row-level security does not apply to
    it.
    W022: ``PROTECTIONS`` is off.
    W023: The public schema contains tables of Messages. A clinic without its own table would use them.

    These are warnings, because an error would stop the ``migrate`` that adds the missing protections.
    """
    if not databases:
        return []
    if app_settings.PROTECTIONS == protections.OFF:
        message = 'PROTECTIONS is "off": only the search path keeps clinics apart.'
        hint = 'Leave it at "required" if the database is PostgreSQL itself.'
        return [Warning(message, hint=hint, id="vclinic_messages.W022")]
    state = f'PROTECTIONS is "{app_settings.PROTECTIONS}"'
    return [*_unprotected_clinics(state), *_unprotected_role(state), *_tables_in_public()]


@register(Tags.database)
def check_tables(databases: Iterable[str] | None = None, **kwargs: object) -> list[CheckMessage]:
    """W043: Clinics have no schema, or lack tables of Messages.

    During a migration, which makes them, nothing is reported.
    """
    if not databases or clinic_schema() is not None:
        return []
    clinics: dict[str, list[str]] = {}
    for schema in schemas_to_check():
        with schema_context(schema):
            gap = protections.gap_of_tables()
        if gap:
            clinics.setdefault(gap, []).append(repr(schema))
    return [
        Warning(
            f"Clinics cannot use Messages ({gap}): {first_names(schemas)}.",
            hint="Run manage.py migrate_schemas. If the schema itself is missing, create it first, "
            "or delete the clinic.",
            id="vclinic_messages.W043",
        )
        for gap, schemas in clinics.items()
    ]


def _unprotected_clinics(state: str) -> list[CheckMessage]:
    """Return one warning for all clinics that miss the same: a faulty clone is often repeated in many."""
    clinics: dict[str, list[str]] = {}
    for schema in schemas_to_check():
        with schema_context(schema):
            gaps = "; ".join(protections.gaps())
        if gaps:
            clinics.setdefault(gaps, []).append(schema)
    return [
        Warning(
            _unprotected_text(schemas, gaps, state),
            hint="Run manage.py messages_isolation --apply.",
            id="vclinic_messages.W020",
        )
        for gaps, schemas in clinics.items()
    ]


def _unprotected_text(schemas: list[str], gaps: str, state: str) -> str:
    if len(schemas) == 1:
        return f"Clinic {schemas[0]!r} is not protected ({state}): {gaps}."
    names = first_names([repr(schema) for schema in schemas])
    return f"{len(schemas)} clinics are not protected ({state}): {gaps}. Clinics: {names}."


def _unprotected_role(state: str) -> list[CheckMessage]:
    if app_settings.PROTECTIONS == protections.TRIGGERS or not protections.role_passes_policies():
        return []
    message = f"The application connects as superuser or BYPASSRLS: no clinic is protected ({state})."
    hint = "Connect as a role that is neither: PostgreSQL applies no row-level security to those two."
    return [Warning(message, hint=hint, id="vclinic_messages.W021")]


def _tables_in_public() -> list[CheckMessage]:
    with schema_context(get_public_schema_name()):
        names = [table.name for table in protections.tables()]
    if not names:
        return []
    message = f"The public schema contains tables of Messages: {', '.join(names)}."
    hint = "Remove them: a clinic without tables of its own would use them."
    return [Warning(message, hint=hint, id="vclinic_messages.W023")]
