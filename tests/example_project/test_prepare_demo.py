"""`manage.py prepare_demo` creates the demo once, and completes an interrupted creation."""

from __future__ import annotations

from io import StringIO
from typing import NamedTuple

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


class Counts(NamedTuple):
    """What a clinic contains."""

    users: int
    messages: int
    is_enabled: bool


def counts():
    found = {}
    for schema in SCHEMAS:
        with schema_context(schema):
            found[schema] = Counts(
                users=User.objects.count(),
                messages=Message.objects.count(),
                is_enabled=MessagesSettings.objects.get().enabled,
            )
    return found


def test_it_creates_the_demo_once(demo):
    assert prepare() == ["Filled Riverside Clinic.", "Filled Hillside Clinic.", "Filled Lakeside Clinic."]
    first = counts()
    assert [found.is_enabled for found in first.values()] == [True, True, False]
    assert first["riverside"].messages > 0
    assert prepare() == []
    assert counts() == first
    call_command("messages_verify", schema="riverside", stdout=StringIO())


def test_more_messages_can_be_loaded_into_a_clinic_of_the_demo(demo):
    """`load_messages` refuses clinics in which people have written; the demo's own messages do not count."""
    prepare()
    before = counts()["riverside"]
    size = {"patients": 2, "staff": 1, "conversations": 2, "messages": 4}
    call_command("load_messages", schema="riverside", stdout=StringIO(), **size)
    assert counts()["riverside"] == before._replace(users=before.users + 3, messages=before.messages + 4)


def test_a_clinic_whose_creation_was_interrupted_is_completed(demo):
    connection.set_schema_to_public()
    clinic = ensure_clinic("riverside", "Riverside Clinic", domains=("riverside.localhost",))
    clinic._drop_schema(force_drop=True)
    assert prepare()[0] == "Filled Riverside Clinic."
