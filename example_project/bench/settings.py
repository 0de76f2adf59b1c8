"""The demo's settings for measuring: thousands of streams in one process, and no limit on sending."""

from example_project.settings import *  # noqa: F403
from example_project.settings import VCLINIC_MESSAGES

VCLINIC_MESSAGES = {
    **VCLINIC_MESSAGES,
    "SENDS_PER_MINUTE": 1_000_000,
    "LIVE": {"MAX_STREAMS_PER_PROCESS": 20_000},
}
