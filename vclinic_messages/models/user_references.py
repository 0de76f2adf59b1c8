"""How our tables refer to the portal's users."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from vclinic_messages.text_directions import without_overrides

#: The longest name that our tables store, in code points.
NAME_MAX_LENGTH = 255


def snapshot_name(name: str) -> str:
    """Return a person's name as our tables store it: without overrides, and not too long.

    Django's first and last name together may be longer.
    """
    return without_overrides(name)[:NAME_MAX_LENGTH]


def user_reference(**options: Any) -> models.ForeignKey[Any, Any]:
    """Return a foreign key to a user that outlives the account.

    It has no database constraint and no cascade: users may live in the clinic's schema or be shared in
    ``public``, and correspondence stays on record when an account is deleted.
    """
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        **options,
    )
