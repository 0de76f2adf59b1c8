"""``testing.create_member`` works with the portal's directory, whatever it reads the roles from."""

from __future__ import annotations

import pytest

from tests.options import set_options
from vclinic_messages.directory import get_directory
from vclinic_messages.models import Role
from vclinic_messages.testing import create_member


def test_a_directory_of_the_portals_own(clinic, settings):
    set_options(settings, DIRECTORY="tests.directory.portals.Register")
    patient, doctor = create_member("patient"), create_member(Role.DOCTOR)
    assert [get_directory().role(each) for each in (patient, doctor)] == [Role.PATIENT, Role.DOCTOR]
    assert not patient.groups.exists()


def test_a_directory_that_does_not_say_how_people_get_a_role(clinic, settings):
    set_options(settings, DIRECTORY="tests.test_checks.Membership")
    with pytest.raises(NotImplementedError, match=r"give it a method add_member\(self, user, role\)"):
        create_member("patient")
    assert create_member(None).pk
