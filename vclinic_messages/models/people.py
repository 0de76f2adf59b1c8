"""How our tables refer to the portal's users."""

from typing import Any

from django.conf import settings
from django.db import models


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
