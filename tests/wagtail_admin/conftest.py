from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission

from example_project.people.groups import ADMINISTRATORS
from tests.pages.visitor import Visitor
from vclinic_messages.models import Role
from vclinic_messages.testing import create_conversation, create_member

#: What no page of the admin may hold.
TEXT = "Zwölf quirlige Boxkämpfer"


@pytest.fixture
def visit(clinic: str) -> Callable[..., Visitor]:
    """``visit(user)`` visits the clinic as that person."""
    return Visitor


@pytest.fixture
def clinic_admin(clinic: str) -> Any:
    """Somebody with every permission of Messages, and no role in it."""
    user = create_member(None, username="manager", first_name="Noor", last_name="Haddad")
    user.groups.add(Group.objects.get(name=ADMINISTRATORS))
    return user


@pytest.fixture
def with_permissions(clinic: str) -> Callable[..., Any]:
    """Makes somebody who may enter the Wagtail admin, with these permissions of Messages."""

    def make(*codenames: str, role: Role | None = None) -> Any:
        user = create_member(role)
        names = Permission.objects.filter(content_type__app_label="vclinic_messages", codename__in=codenames)
        assert names.count() == len(codenames)
        user.user_permissions.add(*names, Permission.objects.get(codename="access_admin"))
        return user

    return make


@pytest.fixture
def conversation(patient: Any, doctor: Any) -> Any:
    """The patient waits for the doctor's answer."""
    return create_conversation(patient, doctor, TEXT)
