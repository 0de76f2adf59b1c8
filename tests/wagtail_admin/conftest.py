from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission

from example_project.people.groups import ADMINISTRATORS
from tests.pages.visitor import Visitor
from vclinic_messages.models import Role
from vclinic_messages.testing import create_conversation, create_member

#: The text of the messages. No page of the admin may show it.
TEXT = "Zwölf quirlige Boxkämpfer"


@pytest.fixture
def visit(clinic: str) -> Callable[..., Visitor]:
    """Return a function: ``visit(user)`` visits the clinic as that person."""
    return Visitor


@pytest.fixture
def clinic_admin(clinic: str) -> Any:
    """Return a user with every permission of Messages and without a role in it."""
    user = create_member(None, username="manager", first_name="Noor", last_name="Haddad")
    user.groups.add(Group.objects.get(name=ADMINISTRATORS))
    return user


@pytest.fixture
def with_permissions(clinic: str) -> Callable[..., Any]:
    """Return a function that makes a user of the Wagtail admin with these permissions of Messages."""

    def make(*codenames: str, role: Role | None = None) -> Any:
        user = create_member(role)
        names = Permission.objects.filter(content_type__app_label="vclinic_messages", codename__in=codenames)
        assert names.count() == len(codenames)
        user.user_permissions.add(*names, Permission.objects.get(codename="access_admin"))
        return user

    return make


@pytest.fixture
def conversation(patient: Any, doctor: Any) -> Any:
    """Return a conversation in which the patient is waiting for the doctor."""
    return create_conversation(patient, doctor, TEXT)
