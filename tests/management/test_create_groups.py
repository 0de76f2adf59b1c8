"""``manage.py messages_create_groups``."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django_tenants.utils import schema_context

from tests.options import set_options


def test_missing_groups_are_made_in_every_clinic(db, capsys):
    with schema_context("birch"):
        Group.objects.filter(name__in=["Doctors", "Patients"]).delete()
    call_command("messages_create_groups")
    lines = capsys.readouterr().out.splitlines()
    assert "alder: all groups exist" in lines
    assert "birch: made Patients, Doctors" in lines
    with schema_context("birch"):
        assert {"Patients", "Doctors", "Clinic staff"} <= set(Group.objects.values_list("name", flat=True))
    call_command("messages_create_groups", "--schema", "birch")
    assert capsys.readouterr().out == "birch: all groups exist\n"


def test_a_directory_without_groups_needs_none(db, settings):
    set_options(settings, DIRECTORY="tests.test_checks.Membership")
    with pytest.raises(CommandError, match="does not read roles from groups"):
        call_command("messages_create_groups")
