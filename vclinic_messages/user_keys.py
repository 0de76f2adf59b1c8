"""Read the primary keys of users from what a client sent."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError

from vclinic_messages.message_text import has_forbidden_characters
from vclinic_messages.user_types import User, UserKey


def user_key(value: User | UserKey) -> UserKey | None:
    """Return the primary key of a user, or the primary key that a string spells.

    None if the value is neither. A string must be spelled as ``str(key)`` spells it: for the key 7 that is
    "7", not "07" or " 7".
    """
    model: type[User] = get_user_model()
    if isinstance(value, model):
        return value.pk
    if not isinstance(value, str) or has_forbidden_characters(value):
        return None
    try:
        key: UserKey = model._meta.pk.to_python(value)
    except ValidationError:
        return None
    return key if str(key) == value else None
