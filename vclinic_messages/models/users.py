"""How our tables refer to the portal's users."""

from typing import Any

from django.conf import settings
from django.db import models

#: The longest name that is kept beside a reference.
NAME_MAX_LENGTH = 255


def snapshot_name(name: str) -> str:
    """A person's name as our tables keep it. Django's first and last names alone may be longer."""
    return name[:NAME_MAX_LENGTH]


def user_reference(**options: Any) -> models.ForeignKey[Any, Any]:
    """A reference to a user that outlives the account.

    No database constraint and no cascade: users may live in the clinic's schema or be shared in ``public``,
    and a record of correspondence stays when an account is deleted. Name and role are kept beside it.
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
