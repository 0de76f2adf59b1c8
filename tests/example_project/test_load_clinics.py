"""`manage.py load_clinics` creates the clinics that are missing."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django_tenants.utils import schema_context, schema_exists

from example_project.clinics.models import Clinic, Domain
from vclinic_messages.models import Role
from vclinic_messages.testing import create_conversation, create_member, switch_messages


@pytest.fixture
def no_clinics(committed):
    yield
    connection.set_schema_to_public()
    for clinic in Clinic.objects.filter(schema_name__startswith="many"):
        clinic.delete(force_drop=True)


def load(count):
    connection.set_schema_to_public()
    out = StringIO()
    call_command("load_clinics", count, prefix="many", stdout=out)
    return out.getvalue()


def test_it_creates_the_missing_clinics(no_clinics):
    assert load(1).startswith("1 clinics created in")
    first = Clinic.objects.get(schema_name="many00001")
    assert load(2).startswith("1 clinics created in")
    assert load(2) == "All 2 clinics existed already.\n"
    assert Clinic.objects.get(schema_name="many00001") == first
    assert schema_exists("many00002")
    assert Domain.objects.get(tenant__schema_name="many00002").domain == "many00002.localhost"
    with schema_context("many00002"):
        switch_messages()
        create_conversation(create_member(Role.PATIENT), create_member(Role.DOCTOR), "Hello")


def test_a_count_of_zero_is_refused(db):
    with pytest.raises(CommandError, match="at least 1"):
        load(0)
