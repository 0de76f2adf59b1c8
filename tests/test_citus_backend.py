"""The backend for Citus, on PostgreSQL: what it adds is there, and has a name. tests/citus has the rest."""

import pytest
from django.db import connection, models
from django.test.utils import isolate_apps

from tests.models.sql import rows
from vclinic_messages.checks import citus
from vclinic_messages.citus.base import DatabaseSchemaEditor, DatabaseWrapper

FIELDS = ("size", "code", "parent")
CONSTRAINTS = """
    SELECT conname, contype, condeferrable FROM pg_constraint
    WHERE conrelid = 'trial_child'::regclass AND contype IN ('c', 'u', 'f') ORDER BY contype
"""


@pytest.fixture
def table(clinic):
    """Two tables, and the fields that one of them gets later."""
    with isolate_apps("example_project.portal"):

        class Parent(models.Model):  # noqa: DJ008
            class Meta:
                app_label = "portal"
                db_table = "trial_parent"

        class Child(models.Model):  # noqa: DJ008
            parents = models.ManyToManyField(Parent)

            class Meta:
                app_label = "portal"
                db_table = "trial_child"

        class Added(models.Model):  # noqa: DJ008
            size = models.PositiveIntegerField(default=7)
            code = models.CharField(max_length=9, unique=True, null=True)
            parent = models.ForeignKey(Parent, models.CASCADE, null=True)

            class Meta:
                app_label = "portal"
                db_table = "trial_child"

        yield Parent, Child, Added


def test_new_columns_have_their_constraints_and_foreign_keys(table):
    parent, child, added = table
    with DatabaseSchemaEditor(connection) as editor:
        editor.create_model(parent)
        editor.create_model(child)
    with DatabaseSchemaEditor(connection) as editor:
        for name in FIELDS:
            editor.add_field(child, added._meta.get_field(name))
    names = {(kind, deferrable): name for name, kind, deferrable in rows(CONSTRAINTS)}
    assert names["c", False].startswith("trial_child_size_")
    assert names["c", False].endswith("_check")
    assert names["u", False].endswith("_key")
    assert "_fk_trial_parent_id" in names["f", True]


def test_no_constraint_of_a_new_column_is_without_a_name(table):
    _parent, child, added = table
    with DatabaseSchemaEditor(connection, collect_sql=True) as editor:
        for name in FIELDS:
            editor.add_field(child, added._meta.get_field(name))
        columns = [statement for statement in editor.collected_sql if "ADD COLUMN" in statement]
    size, code, key = columns
    assert 'CONSTRAINT "trial_child_size_' in size
    assert 'CONSTRAINT "trial_child_code_' in code
    assert "REFERENCES" not in key
    assert any("ADD CONSTRAINT" in each and "FOREIGN KEY" in each for each in editor.collected_sql)


def test_a_field_without_a_column_gets_its_table(table):
    parent, child, _added = table
    with DatabaseSchemaEditor(connection) as editor:
        editor.create_model(parent)
        editor.create_model(child)
        editor.delete_model(child._meta.get_field("parents").remote_field.through)
        editor.add_field(child, child._meta.get_field("parents"))
    assert rows("SELECT to_regclass('trial_child_parents') IS NOT NULL") == [(True,)]


def test_django_tenants_finds_the_backend():
    assert DatabaseWrapper.SchemaEditorClass is DatabaseSchemaEditor


def test_the_check_has_nothing_to_say_about_postgresql(db):
    assert citus.check_citus(databases=["default"]) == []
    assert citus.check_citus(databases=None) == []
