"""Streams that must be renewed after a second, and at most two of them."""

from example_project.settings import *  # noqa: F403
from example_project.settings import VCLINIC_MESSAGES

VCLINIC_MESSAGES = {
    **VCLINIC_MESSAGES,
    "LIVE": {"STREAM_MAX_AGE": 1, "HEARTBEAT_SECONDS": 1, "MAX_STREAMS_PER_PROCESS": 2},
}
