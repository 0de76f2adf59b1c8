"""Notifications through Redis."""

import os

from example_project.settings import *  # noqa: F403
from example_project.settings import VCLINIC_MESSAGES

VCLINIC_MESSAGES = {
    **VCLINIC_MESSAGES,
    "LIVE": {"BACKEND": "redis", "REDIS_URL": os.environ.get("TEST_REDIS_URL", "")},
}
