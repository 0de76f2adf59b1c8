"""`manage.py prepare_demo`: a second call changes nothing."""

from __future__ import annotations

from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django_tenants.utils import schema_context

from example_project.clinics.models import Clinic
from example_project.clinics.schemas import ensure_clinic
from example_project.demo_data.clinics import CLINICS
from vclinic_messages.models import Message, MessagesSettings

SCHEMAS = [data.schema for data in CLINICS]


@pytest.fixture
def demo(committed):
    yield
    connection.set_schema_to_public()
    for clinic in Clinic.objects.filter(schema_name__in=SCHEMAS):
        clinic.delete(force_drop=True)


def prepare():
    connection.set_schema_to_public()
    out = StringIO()
    call_command("prepare_demo", stdout=out)
    return out.getvalue().splitlines()


def counts():
    found = {}
    for schema in SCHEMAS:
        with schema_context(schema):
            found[schema] = (
                User.objects.count(),
                Message.objects.count(),
                MessagesSettings.objects.get().enabled,
            )
    return found


def test_it_can_be_repeated_and_filled_with_more(demo):
    assert prepare() == ["Filled Riverside Clinic.", "Filled Hillside Clinic.", "Filled Lakeside Clinic."]
    first = counts()
    assert [found[2] for found in first.values()] == [True, True, False]
    assert first["riverside"][1] > 0
    assert prepare() == []
    assert counts() == first
    call_command("messages_verify", schema="riverside", stdout=StringIO())
    # The messages of the demo do not count as use of its clinics.
    size = {"patients": 2, "staff": 1, "conversations": 2, "messages": 4}
    call_command("load_messages", schema="riverside", stdout=StringIO(), **size)


def test_a_clinic_whose_creation_was_interrupted_is_completed(demo):
    connection.set_schema_to_public()
    clinic = ensure_clinic("riverside", "Riverside Clinic", domains=("riverside.localhost",))
    clinic._drop_schema(force_drop=True)
    assert prepare()[0] == "Filled Riverside Clinic."
