"""Migrations that Citus accepts. django-tenants loads this module by ``ORIGINAL_BACKEND``.

Citus runs a change of a sharded table on the worker, too. There it needs a name for each constraint that a
new column brings along, and a separate statement for each foreign key. PostgreSQL accepts both.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from django.db.backends.postgresql import base, schema
from django.db.models import Field, Model

ColumnField: TypeAlias = "Field[Any, Any]"


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    """Names the constraints of new columns, and adds foreign keys by separate statements."""

    sql_create_column_inline_fk = None  # type: ignore[assignment]

    def add_field(self, model: type[Model], field: ColumnField) -> None:
        """Add the column. Its CHECK has a name."""
        name = self._name(model, field, "_check")
        self.sql_check_constraint = f"CONSTRAINT {name} {type(self).sql_check_constraint}"
        try:
            super().add_field(model, field)
        finally:
            del self.sql_check_constraint

    def _iter_column_sql(
        self, column_db_type: str, params: list[object], model: type[Model], field: ColumnField, *rest: object
    ) -> Iterator[str]:
        for part in super()._iter_column_sql(  # type: ignore[misc]  # the stubs lack it
            column_db_type, params, model, field, *rest
        ):
            yield f"CONSTRAINT {self._name(model, field, '_key')} UNIQUE" if part == "UNIQUE" else part

    def _name(self, model: type[Model], field: ColumnField, suffix: str) -> str:
        name = self._create_index_name(  # type: ignore[attr-defined]  # the stubs lack it
            model._meta.db_table, [field.name], suffix
        )
        return str(self.quote_name(name))


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL, with the other schema editor."""

    SchemaEditorClass = DatabaseSchemaEditor
