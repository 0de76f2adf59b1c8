"""Clinics without tables, without a schema, without the groups of the roles."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django_tenants.utils import get_tenant_model, schema_context

from tests.models.sql import execute
from vclinic_messages.checks import database, directory


def ours():
    found = run_checks(databases=["default"])
    return [(each.id, each.msg) for each in found if (each.id or "").startswith("vclinic_messages")]


@pytest.fixture
def without_tables(db):
    """Birch Clinic has lost its tables of Messages."""
    with schema_context("birch"):
        execute("SET CONSTRAINTS ALL IMMEDIATE")
        call_command(
            "migrate_schemas",
            "vclinic_messages",
            "zero",
            schema_name="birch",
            interactive=False,
            verbosity=0,
        )


@pytest.fixture
def without_schema(db):
    """A tenant whose schema was never made, as after a failed clone."""
    clinic = get_tenant_model()(schema_name="ghost", name="Ghost")
    clinic.auto_create_schema = False
    clinic.save()


def test_a_clinic_without_tables_is_not_protected(without_tables, capsys):
    text = "Clinics cannot use Messages (no tables of Messages): 'birch'."
    assert ours() == [("vclinic_messages.W043", text)]
    with pytest.raises(CommandError, match="not protected: birch"):
        call_command("messages_isolation", "--check")
    assert "birch: not protected\n  no tables of Messages: run migrate_schemas\n" in capsys.readouterr().out


def test_a_clinic_without_a_table_is_not_protected(db):
    with schema_context("birch"):
        execute("DROP TABLE vclinic_messages_messagewords CASCADE")
    text = "Clinics cannot use Messages (without vclinic_messages_messagewords): 'birch'."
    assert ours() == [("vclinic_messages.W043", text)]


def test_a_clinic_without_a_schema_is_not_protected(without_schema, capsys):
    assert ours() == [
        ("vclinic_messages.W043", "Clinics cannot use Messages (the schema does not exist): 'ghost'.")
    ]
    with pytest.raises(CommandError, match="not protected: ghost"):
        call_command("messages_isolation", "--apply")
    assert "ghost: not protected\n  the schema does not exist" in capsys.readouterr().out


def test_a_migration_is_not_told_what_it_is_about_to_make(without_tables):
    with schema_context("birch"):
        assert database.check_tables(databases=["default"]) == []


def test_groups_that_a_clinic_does_not_have(db, settings):
    assert directory.check_missing_groups(databases=["default"]) == []
    with schema_context("birch"):
        Group.objects.filter(name="Doctors").delete()
    [warning] = directory.check_missing_groups(databases=["default"])
    assert (warning.id, warning.msg) == (
        "vclinic_messages.W044",
        "Groups do not exist, so nobody has their roles: 'Doctors'. Clinics: 'birch'.",
    )
    assert directory.check_missing_groups(databases=None) == []
    settings.VCLINIC_MESSAGES = {"DIRECTORY": "tests.test_checks.Membership"}
    assert directory.check_missing_groups(databases=["default"]) == []
