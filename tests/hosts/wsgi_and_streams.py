"""A WSGI portal with the streams in another process, at another URL."""

import os

from example_project.settings import *  # noqa: F403
from example_project.settings import VCLINIC_MESSAGES

VCLINIC_MESSAGES = {**VCLINIC_MESSAGES, "LIVE": {"STREAM_URL": os.environ.get("TEST_STREAM_URL", "")}}
