"""Row policies and triggers: what PostgreSQL itself refuses, whatever the Python code does.

* Rows of another clinic. A policy shows and accepts the rows of a table only while the table's plain name
  means this table, that is, while the clinic's schema is the one on the search path. It is forced, because
  the application usually owns the tables, and PostgreSQL exempts owners by default.
* Changes of messages and audit events, which are append-only. Only the owner of the table may prune events,
  and erase texts, names and whole conversations where the law demands it.
* TRUNCATE, which ignores row policies.

With ``PROTECTIONS = "triggers"``, only messages and audit events are protected. Citus needs that: to move a
clinic to another server under forced policies loses its rows.

The functions look up in the catalogue what a schema has, and add only what is missing. PostgreSQL exempts
superusers and roles with BYPASSRLS from every policy, and the owner of a table can remove all of this.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import DatabaseError
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from vclinic_messages.conf import app_settings
from vclinic_messages.tenancy import (
    clinic_cursor,
    clinic_schema,
    expected_schema,
    run_in_clinic,
    schema_exists,
)

logger = logging.getLogger("vclinic_messages.protections")

REQUIRED, IF_POSSIBLE, TRIGGERS, OFF = "required", "if_possible", "triggers", "off"

POLICY = "vcm_own_clinic"
_CONDITION = "pg_catalog.pg_table_is_visible(tableoid)"
#: The same as PostgreSQL quotes it: without the schema, because nothing hides its own function.
_QUOTED_CONDITION = _CONDITION.removeprefix("pg_catalog.")

#: The trigger functions, by name. They name the schema of whatever they call, operators included: the role
#: that they restrict can set a search path on which functions of its own come first.
FUNCTIONS = {
    "vclinic_messages_refuse_change": """
        BEGIN
            RAISE EXCEPTION '% refused: % is append-only', TG_OP, TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END
    """,
    # Erasing sets the switch for its own transaction, as pruning does with another one. Who wrote when, and
    # to whom, can never be changed: only texts and names.
    "vclinic_messages_refuse_change_unless_erasing": """
        DECLARE
            owner pg_catalog.oid := (
                SELECT relowner FROM pg_catalog.pg_class WHERE oid OPERATOR(pg_catalog.=) TG_RELID
            );
            erasable pg_catalog.text[] := '{body,sender_name,actor_name,details}';
        BEGIN
            IF pg_catalog.current_setting('vclinic_messages.erasing', true) OPERATOR(pg_catalog.=) 'on' THEN
                IF NOT pg_catalog.pg_has_role(owner, 'USAGE') THEN
                    RAISE EXCEPTION '% refused: only the owner of % may erase', TG_OP, TG_TABLE_NAME
                        USING ERRCODE = 'insufficient_privilege';
                END IF;
                IF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
                    RETURN OLD;
                END IF;
                IF (pg_catalog.to_jsonb(NEW) OPERATOR(pg_catalog.-) erasable)
                    OPERATOR(pg_catalog.=) (pg_catalog.to_jsonb(OLD) OPERATOR(pg_catalog.-) erasable)
                THEN
                    RETURN NEW;
                END IF;
            END IF;
            RAISE EXCEPTION '% refused: % is append-only', TG_OP, TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END
    """,
    # prune_audit sets the switch for its own transaction. Every role can set it, so it only prevents
    # mistakes. An application that does not own the table is stopped by the question for the owner's rights.
    "vclinic_messages_refuse_delete_unless_pruning": """
        DECLARE
            owner pg_catalog.oid := (
                SELECT relowner FROM pg_catalog.pg_class WHERE oid OPERATOR(pg_catalog.=) TG_RELID
            );
        BEGIN
            IF pg_catalog.current_setting('vclinic_messages.pruning', true) OPERATOR(pg_catalog.=) 'on' THEN
                IF pg_catalog.pg_has_role(owner, 'USAGE') THEN
                    RETURN OLD;
                END IF;
                RAISE EXCEPTION '% refused: only the owner of % may prune it', TG_OP, TG_TABLE_NAME
                    USING ERRCODE = 'insufficient_privilege';
            END IF;
            RAISE EXCEPTION '% refused: % is append-only', TG_OP, TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END
    """,
    # TRUNCATE ignores row policies, so a trigger has to refuse it for another clinic's table.
    "vclinic_messages_refuse_truncate_elsewhere": """
        BEGIN
            IF pg_catalog.pg_table_is_visible(TG_RELID) THEN
                RETURN NULL;
            END IF;
            RAISE EXCEPTION '% refused: % belongs to another clinic', TG_OP, TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END
    """,
}
_CREATE_FUNCTION = "CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$"


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger of one of our tables."""

    name: str
    event: str
    function: str


_ELSEWHERE = (
    Trigger(
        "vcm_no_truncate_elsewhere",
        "BEFORE TRUNCATE ON {table} FOR EACH STATEMENT",
        "vclinic_messages_refuse_truncate_elsewhere",
    ),
)
_APPEND_ONLY = {
    "vclinic_messages_message": (
        Trigger(
            "vcm_message_append_only",
            "BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW",
            "vclinic_messages_refuse_change_unless_erasing",
        ),
        Trigger(
            "vcm_message_no_truncate",
            "BEFORE TRUNCATE ON {table} FOR EACH STATEMENT",
            "vclinic_messages_refuse_change",
        ),
    ),
    "vclinic_messages_auditevent": (
        Trigger(
            "vcm_audit_no_update",
            "BEFORE UPDATE ON {table} FOR EACH ROW",
            "vclinic_messages_refuse_change_unless_erasing",
        ),
        Trigger(
            "vcm_audit_no_delete",
            "BEFORE DELETE ON {table} FOR EACH ROW",
            "vclinic_messages_refuse_delete_unless_pruning",
        ),
        Trigger(
            "vcm_audit_no_truncate",
            "BEFORE TRUNCATE ON {table} FOR EACH STATEMENT",
            "vclinic_messages_refuse_change",
        ),
    ),
}

_STATE = """
SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity,
    EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = %(policy)s AND p.polpermissive
        AND p.polcmd = '*' AND p.polroles = '{0}' AND pg_get_expr(p.polqual, c.oid) = %(condition)s
        AND pg_get_expr(p.polwithcheck, c.oid) = %(condition)s),
    ARRAY(SELECT p.polname::text FROM pg_policy p
        WHERE p.polrelid = c.oid AND p.polpermissive AND p.polname <> %(policy)s),
    ARRAY(SELECT t.tgname::text FROM pg_trigger t JOIN pg_proc f ON f.oid = t.tgfoid
        WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')
        AND f.pronamespace = c.relnamespace AND f.prosrc = ANY(%(bodies)s))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {in_schema} AND n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND c.relname = ANY(%(tables)s)
ORDER BY c.relname
"""
_ROLE = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user AND {in_schema}"
_APPLIED = """
SELECT 1 FROM django_migrations
WHERE app = 'vclinic_messages' AND name = '0002_protections'
"""


@dataclass(frozen=True, slots=True)
class Table:
    """One of our tables in the current schema, and the protections that it has."""

    name: str
    is_enabled: bool
    is_forced: bool
    has_policy: bool
    other_policies: tuple[str, ...]
    triggers: tuple[str, ...]

    @property
    def missing_triggers(self) -> list[Trigger]:
        """Return the triggers that the table should have and has not."""
        return [each for each in expected_triggers(self.name) if each.name not in self.triggers]

    @property
    def gaps(self) -> list[str]:
        """Describe each missing protection, and each policy that allows more than ours."""
        triggers = [f"trigger {trigger.name}" for trigger in self.missing_triggers]
        if app_settings.PROTECTIONS == TRIGGERS:
            return triggers
        found = [] if self.is_enabled else ["row-level security"]
        found += [] if self.is_forced else ["FORCE ROW LEVEL SECURITY"]
        found += [] if self.has_policy else [f"policy {POLICY}"]
        return found + triggers + [f"(a policy that allows more: {name})" for name in self.other_policies]


def expected_triggers(table: str) -> tuple[Trigger, ...]:
    """Return the triggers that protect this table.

    The one before TRUNCATE follows the search path, as a policy does, so it comes with the policies only.
    """
    return _APPEND_ONLY.get(table, () if app_settings.PROTECTIONS == TRIGGERS else _ELSEWHERE)


def table_names() -> list[str]:
    """Return the names of all tables of this app."""
    models = apps.get_app_config("vclinic_messages").get_models(include_auto_created=True)
    return sorted(model._meta.db_table for model in models)


def tables() -> list[Table]:
    """Return our tables in the current schema; none where the app is not installed."""
    values: dict[str, Any] = {
        "policy": POLICY,
        "condition": _QUOTED_CONDITION,
        "tables": table_names(),
        "bodies": list(FUNCTIONS.values()),
    }
    return [
        Table(name, is_enabled, is_forced, has_policy, tuple(others), tuple(triggers))
        for name, is_enabled, is_forced, has_policy, others, triggers in run_in_clinic(_STATE, values)
    ]


def gaps() -> list[str]:
    """Describe the missing protections of each table in the current schema."""
    return [f"{table.name}: {', '.join(table.gaps)}" for table in tables() if table.gaps]


def missing_tables() -> list[str]:
    """Return the names of our tables that the current schema does not have: all, if there is no schema."""
    return sorted(set(table_names()) - {table.name for table in tables()})


def gap_of_tables() -> str | None:
    """Describe what the current schema lacks before anything in it can be protected; None for nothing."""
    missing = missing_tables()
    if not missing:
        return None
    if not schema_exists(expected_schema()):
        return "the schema does not exist"
    return "no tables of Messages" if missing == table_names() else f"without {', '.join(missing)}"


def role_passes_policies() -> bool:
    """Return whether PostgreSQL exempts the application's role from all policies."""
    return any(passes for (passes,) in run_in_clinic(_ROLE))


def is_migrated() -> bool:
    """Return whether the migration ``0002_protections`` is applied here. Raises ClinicMismatch."""
    with clinic_cursor() as cursor:
        cursor.execute(_APPLIED)
        return cursor.fetchone() is not None


def protect() -> None:
    """Add the missing protections to the current clinic; do nothing if ``PROTECTIONS`` is "off".

    Raises ClinicMismatch, and DatabaseError if the database refuses and ``PROTECTIONS`` is "required".
    """
    if app_settings.PROTECTIONS == OFF or clinic_schema() is None:
        return
    with tolerance(), clinic_cursor() as cursor:
        _protect(cursor)


def release() -> None:
    """Remove the protections from the current clinic, when the migration is reversed."""
    with clinic_cursor() as cursor:
        for table in tables():
            _run(cursor, "DROP POLICY IF EXISTS {policy} ON {table}", table)
            _run(cursor, "ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY", table)
            _run(cursor, "ALTER TABLE {table} DISABLE ROW LEVEL SECURITY", table)
            for trigger in _APPEND_ONLY.get(table.name, _ELSEWHERE):
                _run(cursor, f"DROP TRIGGER IF EXISTS {trigger.name} ON {{table}}", table)
        for name in FUNCTIONS:
            cursor.execute(f"DROP FUNCTION IF EXISTS {name}()")


@contextmanager
def tolerance() -> Iterator[None]:
    """Log a refusal of the database instead of raising it, if ``PROTECTIONS`` is "if_possible"."""
    try:
        yield
    except DatabaseError as error:
        if app_settings.PROTECTIONS != IF_POSSIBLE:
            raise
        logger.warning("Clinic %s is not protected: %s", expected_schema(), error)


def _protect(cursor: CursorWrapper) -> None:
    # Each statement by itself: Citus hands several in one string to its workers, and fails.
    incomplete = [table for table in tables() if table.gaps]
    if incomplete:
        for name, body in FUNCTIONS.items():
            cursor.execute(_CREATE_FUNCTION.format(name=name, body=body))
    for table in incomplete:
        if app_settings.PROTECTIONS != TRIGGERS:
            _add_policy(cursor, table)
        for trigger in table.missing_triggers:
            _add(cursor, trigger, table)


def _add_policy(cursor: CursorWrapper, table: Table) -> None:
    if not table.is_enabled:
        _run(cursor, "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY", table)
    if not table.is_forced:
        _run(cursor, "ALTER TABLE {table} FORCE ROW LEVEL SECURITY", table)
    if not table.has_policy:
        _run(cursor, "DROP POLICY IF EXISTS {policy} ON {table}", table)
        _run(
            cursor,
            "CREATE POLICY {policy} ON {table} USING ({condition}) WITH CHECK ({condition})",
            table,
        )


def _add(cursor: CursorWrapper, trigger: Trigger, table: Table) -> None:
    name = sql.Identifier(trigger.name).as_string()
    _run(cursor, f"DROP TRIGGER IF EXISTS {name} ON {{table}}", table)
    _run(cursor, f"CREATE TRIGGER {name} {trigger.event} EXECUTE FUNCTION {trigger.function}()", table)


def _run(cursor: CursorWrapper, statement: str, table: Table) -> None:
    names = {"table": sql.Identifier(table.name), "policy": sql.Identifier(POLICY)}
    cursor.execute(sql.SQL(statement).format(condition=sql.SQL(_CONDITION), **names).as_string(cursor.cursor))
