"""People who change their role, or lose it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group

from vclinic_messages.conf import app_settings
from vclinic_messages.models import Role


def change_roles(user: Any, *roles: Role) -> Any:
    """Give the user these roles and no other; none: the person leaves the clinic. Returns a fresh user."""
    names = [app_settings.GROUPS[role.value] for role in roles]
    user.groups.set([Group.objects.get_or_create(name=name)[0] for name in names])
    return type(user)._default_manager.get(pk=user.pk)
