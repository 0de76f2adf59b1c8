"""Types for the portal's users, whatever user model the portal has."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, TypeAlias

from django.contrib.auth.base_user import AbstractBaseUser

#: A user account of the portal.
User: TypeAlias = AbstractBaseUser

#: The primary key of a user: an integer, a UUID or a string, depending on the portal's user model.
UserKey: TypeAlias = Hashable

#: A user in the methods that a portal overrides. Any, so that the portal may name its own user model instead.
PortalUser: TypeAlias = Any
