"""Repairing the schemas of new clinics, which django-tenants clones from a template.

Cloning loses FORCE ROW LEVEL SECURITY. It also loses the row of settings: the row policy shows the template's
rows in the template only, so the function that clones finds none to copy. Where no policy hides them, as with
``PROTECTIONS = "off"``, it copies all rows, and those of the template's people must go.
"""

from __future__ import annotations

from django.apps.registry import Apps
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from vclinic_messages.protections import is_migrated, protect, table_names, tables
from vclinic_messages.tenancy import clinic_cursor, clinic_schema, database, schema_context, template_schema

_SETTINGS = "vclinic_messages_messagessettings"


def repair_after_migrate(using: str, apps: Apps, **kwargs: object) -> None:
    """Add what cloning lost. Receiver of ``post_migrate``, which is sent in every schema, cloned ones too."""
    if using != database().alias or clinic_schema() is None or not is_migrated():
        return
    if not tables():  # a tenant of a type without Messages: its migrations are recorded, and make nothing
        return
    protect()
    _remove_copied_rows()
    settings = apps.get_model("vclinic_messages", "MessagesSettings")._default_manager
    if not settings.exists():
        settings.create(**_settings_of_template(apps))


def _settings_of_template(apps: Apps) -> dict[str, object]:
    """Return the template's settings, with which a cloned clinic begins; empty without a template.

    Not its closed days: they are dates of one clinic.
    """
    template = template_schema()
    if template is None:
        return {}
    with schema_context(template):
        values = apps.get_model("vclinic_messages", "MessagesSettings")._default_manager.values().first()
    return {name: value for name, value in (values or {}).items() if name not in ("id", "closed_days")}


def _remove_copied_rows() -> None:
    """Delete what a clinic was copied with, all but its settings. These lose their closed days.

    Only of a clinic in which each row is in the template too, with the same values: nothing was written there
    since, and nothing is lost.
    """
    template = template_schema()
    if template in (None, clinic_schema()):
        return
    with clinic_cursor() as cursor:
        counted = {name: _rows(cursor, name, template) for name in table_names()}
        if not counted[_SETTINGS][0] or any(has_own for _has_rows, has_own in counted.values()):
            return
        copied = [name for name, (has_rows, _has_own) in counted.items() if has_rows and name != _SETTINGS]
        if copied:
            everything = [sql.Identifier(name) for name in table_names() if name != _SETTINGS]
            for action in ("DISABLE", "ENABLE"):
                for table in everything:
                    _run(cursor, f"ALTER TABLE {{table}} {action} TRIGGER USER", table=table)
                if action == "DISABLE":
                    _run(cursor, "TRUNCATE {tables}", tables=sql.SQL(", ").join(everything))
        _run(cursor, "UPDATE {table} SET closed_days = '[]'", table=sql.Identifier(_SETTINGS))


def _rows(cursor: CursorWrapper, name: str, template: str) -> tuple[bool, bool]:
    """Return whether a table has rows, and whether the template lacks one of them."""
    names = {"table": sql.Identifier(name), "template": sql.Identifier(template, name)}
    _run(cursor, _ROWS, **names)
    [(has_rows, has_own)] = cursor.fetchall()
    return has_rows, has_own


def _run(cursor: CursorWrapper, statement: str, **names: sql.Composable) -> None:
    cursor.execute(sql.SQL(statement).format(**names).as_string(cursor.cursor))


# The columns of both tables may be in different orders.
_ROWS = """
    SELECT EXISTS (SELECT FROM {table}), EXISTS (
        SELECT FROM {table} own
        WHERE NOT EXISTS (SELECT FROM {template} copied WHERE to_jsonb(copied) = to_jsonb(own))
    )
"""
