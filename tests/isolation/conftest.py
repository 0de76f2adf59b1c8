from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django_tenants.utils import schema_context

from tests.actions.snapshot import rows
from tests.api.caller import Caller
from tests.conftest import in_clinic
from vclinic_messages.models import Message, Role
from vclinic_messages.testing import create_conversation, create_member


@dataclass
class Clinic:
    """A clinic with a patient and a doctor, who have the same keys and user names in every clinic."""

    schema: str
    patient: Any
    doctor: Any
    conversation: Any
    message: int

    @property
    def address(self) -> str:
        return f"conversations/{self.conversation.pk}/"

    def api(self, user: Any, **options: Any) -> Caller:
        return Caller(user, self.schema, **options)

    def rows(self) -> dict[str, list[Any]]:
        with schema_context(self.schema):
            return rows()


def furnish(schema: str) -> Clinic:
    with in_clinic(schema):
        patient = create_member(Role.PATIENT, id=7001, username="patient", last_name=f"of {schema}")
        doctor = create_member(Role.DOCTOR, id=7002, username="doctor", last_name=f"of {schema}")
        conversation = create_conversation(patient, doctor, f"Secret of {schema}")
        return Clinic(schema, patient, doctor, conversation, Message.objects.latest("pk").pk)


@pytest.fixture
def alder(db: None) -> Clinic:
    return furnish("alder")


@pytest.fixture
def birch(db: None) -> Clinic:
    return furnish("birch")
