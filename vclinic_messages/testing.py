"""Helpers for the tests of portals. Call them in a clinic's schema.

They use the same actions as the app, so they create exactly the rows that the app would create.
"""

from __future__ import annotations

from itertools import count, cycle
from typing import Any, cast

from django.contrib.auth import get_user_model

from vclinic_messages import actions
from vclinic_messages.conf import app_settings
from vclinic_messages.directory import get_directory
from vclinic_messages.directory.groups import groups_model, reads_groups
from vclinic_messages.models import Conversation, MessagesSettings, Role, Team
from vclinic_messages.user_types import User

_person_numbers = count(1)


def switch_messages(enabled: bool = True, **settings: Any) -> MessagesSettings:
    """Switch Messages on or off in the current clinic. Keyword arguments set other fields of its settings."""
    return actions.change_settings(enabled=enabled, **settings)


def create_member(role: Role | str | None, **fields: Any) -> Any:
    """Create a user with this role in the clinic. None creates a user without a role.

    Where the portal's directory reads roles from groups, the user is put into the group of the role.
    Otherwise the directory's ``add_member(user, role)`` is called, which exists only for tests.
    """
    model = get_user_model()
    fields.setdefault(model.USERNAME_FIELD, f"person{next(_person_numbers)}")
    user = model._default_manager.create_user(**fields)
    if role is not None:
        _add_member(user, Role(role))
    return user


def _add_member(user: Any, role: Role) -> None:
    if reads_groups():
        group, _created = groups_model()._default_manager.get_or_create(name=app_settings.GROUPS[role.value])
        user.groups.add(group)
        return
    directory: Any = get_directory()
    if not hasattr(directory, "add_member"):
        raise NotImplementedError(
            f"{app_settings.DIRECTORY} does not read roles from groups. For your tests, give it a method "
            "add_member(self, user, role) that makes the user a member of the current clinic."
        )
    directory.add_member(user, role)


def create_conversation(sender: User, recipient: User | Team, *bodies: str) -> Conversation:
    """Create a conversation. The recipient sends the second body, the sender the third, and so on.

    Where the recipient is a team, give the first body only: somebody of the team has to answer.
    """
    first, *others = bodies or ("Hello",)
    conversation = actions.start_conversation(sender=sender, recipient=recipient, body=first)
    for writer, body in zip(cycle([cast(User, recipient), sender]), others, strict=False):
        actions.send_message(conversation=conversation, sender=writer, body=body)
    return conversation


def create_team(name: str, *members: User, **fields: Any) -> Team:
    """Create a team with these members. Keyword arguments are those of ``actions.change_team``."""
    return actions.change_team(name=name, members=list(members), **fields)
