"""A process that accepts thousands of streams."""

from example_project.settings import *  # noqa: F403
from example_project.settings import VCLINIC_MESSAGES

VCLINIC_MESSAGES = {**VCLINIC_MESSAGES, "LIVE": {"MAX_STREAMS_PER_PROCESS": 6000}}
