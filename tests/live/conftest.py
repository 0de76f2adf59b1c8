from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django_tenants.utils import schema_context

from tests.conftest import in_clinic
from tests.servers import Portal, serve, sign_in
from vclinic_messages.models import Role
from vclinic_messages.testing import create_member


@pytest.fixture
def portal(committed: None) -> Iterator[Portal]:
    with serve() as running:
        yield running


@pytest.fixture
def people(committed: None) -> Iterator[dict[str, Any]]:
    """A patient and a doctor in each of two clinics, with equal ids, and their sessions."""
    found = {}
    for clinic in ("alder", "birch"):
        with in_clinic(clinic):
            patient = create_member(Role.PATIENT, pk=71, username="patient", last_name="Ferreira")
            doctor = create_member(Role.DOCTOR, pk=72, username="doctor", last_name="Okafor")
            sessions = SimpleNamespace(patient=sign_in(patient), doctor=sign_in(doctor))
        found[clinic] = SimpleNamespace(clinic=clinic, patient=patient, doctor=doctor, sessions=sessions)
    with schema_context("alder"):
        yield found
