"""Make and migrate the schemas: public, template, clinics. For commands, never in a request."""

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django_tenants.utils import get_public_schema_name, schema_context, schema_exists

from .models import Clinic, Domain

MISNAMED_SEQUENCES = """
    SELECT format('ALTER SEQUENCE %%I.%%I RENAME TO %%I', n.nspname, s.relname, wanted.name)
    FROM pg_class s
    JOIN pg_namespace n ON n.oid = s.relnamespace
    JOIN pg_depend d ON d.objid = s.oid AND d.classid = 'pg_class'::regclass AND d.deptype IN ('i', 'a')
    JOIN pg_class t ON t.oid = d.refobjid
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
    CROSS JOIN LATERAL (SELECT t.relname || '_' || a.attname || '_seq' AS name) wanted
    WHERE n.nspname = %s AND s.relkind = 'S' AND s.relname <> wanted.name AND length(wanted.name) < 64
"""


def prepare_schemas(verbosity: int = 0) -> None:
    """Public first, then the template that new clinics are copied from, then the clinics there are."""
    if not is_migrated(get_public_schema_name()):
        call_command("migrate_schemas", shared=True, interactive=False, verbosity=verbosity)
    ensure_clinic(settings.TENANT_BASE_SCHEMA, "Template", verbosity=verbosity)
    schemas = Clinic.objects.exclude(schema_name=get_public_schema_name()).values_list(
        "schema_name", flat=True
    )
    for schema in sorted(schemas, key=lambda name: name != settings.TENANT_BASE_SCHEMA):
        if not is_migrated(schema):
            call_command(
                "migrate_schemas", tenant=True, schema_name=schema, interactive=False, verbosity=verbosity
            )
    align_sequence_names(settings.TENANT_BASE_SCHEMA)


def align_sequence_names(schema: str) -> None:
    """Give identity sequences the name that PostgreSQL would give them now.

    A table that a migration renamed keeps its old sequence name (Wagtail has one), and copying the schema
    then fails for every role but a superuser: django-tenants grants on the copy by the name of the original.
    """
    with connection.cursor() as cursor:
        cursor.execute(MISNAMED_SEQUENCES, [schema])
        for statement in [row[0] for row in cursor.fetchall()]:
            cursor.execute(statement)


def ensure_clinic(
    schema: str, name: str, *, domains: tuple[str, ...] = (), verbosity: int = 0, **fields: str
) -> Clinic:
    """The clinic with its schema; a clinic that an interrupted run left without one gets it now."""
    clinic = Clinic.objects.filter(schema_name=schema).first() or Clinic(schema_name=schema)
    clinic.name = name
    for field, value in fields.items():
        setattr(clinic, field, value)
    clinic.save(verbosity=verbosity)
    for domain in domains:
        Domain.objects.get_or_create(
            domain=domain, defaults={"tenant": clinic, "is_primary": domain == domains[0]}
        )
    return clinic


def is_migrated(schema: str) -> bool:
    """Whether nothing is left to migrate there. Much quicker than a migrate that finds nothing to do."""
    if not schema_exists(schema):
        return False
    with schema_context(schema):
        recorder = MigrationRecorder(connection)
        done = set(recorder.applied_migrations()) if _has_own_record(schema) else set()
    return _on_disk() <= done


def _has_own_record(schema: str) -> bool:
    """A schema without the table would otherwise answer with the table of `public`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(format('%%I.django_migrations', %s::text)) IS NOT NULL", [schema])
        return bool(cursor.fetchone()[0])


def _on_disk() -> set[tuple[str, str]]:
    return set(MigrationLoader(None).graph.nodes)
