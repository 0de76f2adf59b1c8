"""Create and migrate the schemas: public, template and clinics. Used by commands, never in a request."""

from hashlib import sha256

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import QuerySet
from django_tenants.utils import get_public_schema_name, schema_exists

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
    """Migrate the public schema, then the template of new clinics, then all clinics.

    Skip schemas that have all migrations: this is much faster than a migrate command with nothing to do.
    """
    on_disk = set(MigrationLoader(None).graph.nodes)
    if not on_disk <= set(MigrationRecorder(connection).applied_migrations()):
        call_command("migrate_schemas", shared=True, interactive=False, verbosity=verbosity)
    # django-tenants clones a new schema from the template: before version 4 even the template itself.
    # If the schema exists, django-tenants creates nothing, and the loop below migrates it.
    with connection.cursor() as cursor:
        template = connection.ops.quote_name(settings.TENANT_BASE_SCHEMA)
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {template}")
    ensure_clinic(settings.TENANT_BASE_SCHEMA, "Template", verbosity=verbosity)
    for clinic in _template_first(Clinic.objects.exclude(schema_name=get_public_schema_name())):
        # A clinic has no schema if its creation was interrupted. ensure_clinic will create the schema.
        if clinic.migrated != _fingerprint() and schema_exists(clinic.schema_name):
            call_command(
                "migrate_schemas",
                tenant=True,
                schema_name=clinic.schema_name,
                interactive=False,
                verbosity=verbosity,
            )
            _record_migrations(clinic)
    align_sequence_names(settings.TENANT_BASE_SCHEMA)


def align_sequence_names(schema: str) -> None:
    """Rename identity sequences to the names that PostgreSQL would give them now.

    When a migration renames a table, the sequence keeps its old name; Wagtail has such a table. The cloned
    table then has a sequence with another name than the original. As django-tenants grants permissions on the
    clone by the names of the original, cloning fails for every role except superusers.
    """
    with connection.cursor() as cursor:
        cursor.execute(MISNAMED_SEQUENCES, [schema])
        for statement in [row[0] for row in cursor.fetchall()]:
            cursor.execute(statement)


def ensure_clinic(
    schema: str, name: str, *, domains: tuple[str, ...] = (), verbosity: int = 0, **fields: str
) -> Clinic:
    """Return the clinic. Create it and its schema if they do not exist, and set its fields."""
    clinic = Clinic.objects.filter(schema_name=schema).first() or Clinic(schema_name=schema)
    clinic.name = name
    for field, value in fields.items():
        setattr(clinic, field, value)
    is_new = not schema_exists(schema)
    clinic.save(verbosity=verbosity)
    if is_new:
        _record_migrations(clinic)
    for domain in domains:
        defaults = {"tenant": clinic, "is_primary": domain == domains[0]}
        Domain.objects.get_or_create(domain=domain, defaults=defaults)
    return clinic


def _template_first(clinics: QuerySet[Clinic]) -> list[Clinic]:
    return sorted(clinics, key=lambda clinic: clinic.schema_name != settings.TENANT_BASE_SCHEMA)


def _record_migrations(clinic: Clinic) -> None:
    clinic.migrated = _fingerprint()
    Clinic.objects.filter(pk=clinic.pk).update(migrated=clinic.migrated)


def _fingerprint() -> str:
    """Return a hash of the names of all migrations of this installation."""
    names = sorted(f"{app}.{name}" for app, name in MigrationLoader(None).graph.nodes)
    return sha256("\n".join(names).encode()).hexdigest()
