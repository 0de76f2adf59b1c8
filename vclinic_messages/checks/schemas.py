"""What several checks ask about clinics and their tables."""

from __future__ import annotations

from django.db import DatabaseError

from vclinic_messages import protections
from vclinic_messages.tenancy import clinic_schema, clinic_schemas, schema_context

#: How many clinics one message names.
MAX_NAMES = 20


def schemas_to_check() -> list[str]:
    """Return the schemas of all clinics; during a migration only the current clinic's.

    django-tenants migrates each clinic by itself, and Django runs the checks each time.
    """
    try:
        current = clinic_schema()
        return [current] if current else clinic_schemas()
    except DatabaseError:  # before the first migration
        return []


def migrated_schemas() -> list[str]:
    """Return those of the schemas to check that have all tables of Messages, and with them the users'."""
    found = []
    for schema in schemas_to_check():
        with schema_context(schema):
            if not protections.missing_tables():
                found.append(schema)
    return found


def first_names(names: list[str]) -> str:
    """Return the first names as text, and how many others there are."""
    others = len(names) - MAX_NAMES
    return ", ".join(names[:MAX_NAMES]) + (f" and {others} more" if others > 0 else "")
