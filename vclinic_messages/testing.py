"""What portals use in their own tests of Messages. Call it inside a clinic.

These functions go through the same actions as the app, so what they make is what the app would have made.
"""

from __future__ import annotations

from itertools import count
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group

from vclinic_messages import actions
from vclinic_messages.conf import app_settings
from vclinic_messages.models import Conversation, MessagesSettings, Role

_numbers = count(1)


def switch_messages(enabled: bool = True, **settings: Any) -> MessagesSettings:
    """Switch Messages on (or off) in the clinic at hand, and set other fields of its settings."""
    return actions.change_settings(enabled=enabled, **settings)


def create_member(role: Role | str | None, **fields: Any) -> Any:
    """A user who holds the role by GroupDirectory's groups; None: a user without a role."""
    model = get_user_model()
    fields.setdefault(model.USERNAME_FIELD, f"person{next(_numbers)}")
    user = model._default_manager.create_user(**fields)
    if role is not None:
        group, _created = Group.objects.get_or_create(name=app_settings.GROUPS[Role(role).value])
        user.groups.add(group)
    return user


def create_conversation(sender: Any, recipient: Any, *bodies: str) -> Conversation:
    """A conversation that the sender started; the bodies after the first are sent by turns."""
    first, *others = bodies or ("Hello",)
    conversation = actions.start_conversation(sender=sender, recipient=recipient, body=first)
    for index, body in enumerate(others):
        actions.send_message(conversation=conversation, sender=sender if index % 2 else recipient, body=body)
    return conversation
