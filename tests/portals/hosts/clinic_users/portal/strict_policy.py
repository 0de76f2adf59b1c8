"""A portal that allows nothing but itself."""

from portal.settings import *  # noqa: F403
from portal.settings import MIDDLEWARE

MIDDLEWARE = [MIDDLEWARE[0], "portal.policy.allow_only_itself", *MIDDLEWARE[1:]]
