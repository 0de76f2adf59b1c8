"""Types for the portal's users, whatever user model the portal has."""

from __future__ import annotations

from typing import Any, TypeAlias

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied

#: A user account of the portal.
User: TypeAlias = AbstractBaseUser

#: The primary key of a user: an integer, a UUID or a string, depending on the portal's user model. Any,
#: because the type stubs of Django check lookups against the user model of one project.
UserKey: TypeAlias = Any

#: A user in the methods that a portal overrides. Any, so that the portal may name its own user model instead.
PortalUser: TypeAlias = Any


def signed_in(user: User | AnonymousUser) -> User:
    """Return the user who is signed in.

    Raises PermissionDenied for an anonymous visitor. Views turn them away before, so this is only for types.
    """
    if isinstance(user, AnonymousUser):
        raise PermissionDenied
    return user
