"""A portal that reports its errors to Sentry. The reports are written to a file instead of being sent."""

import json
import os
from pathlib import Path

import sentry_sdk
from sentry_sdk.transport import Transport

from example_project.settings import *  # noqa: F403
from vclinic_messages.sentry import remove_texts

# The hooks that the documentation shows, or none.
HOOKS = ("before_send", "before_send_transaction", "before_send_span", "before_send_log")


class FileTransport(Transport):
    def capture_envelope(self, envelope):
        with Path(os.environ["TEST_SENTRY_FILE"]).open("ab") as file:
            file.write(envelope.serialize() + b"\n")


sentry_sdk.init(
    dsn="https://key@sentry.example/1",
    transport=FileTransport,
    traces_sample_rate=1,
    **json.loads(os.environ["TEST_SENTRY_OPTIONS"]),
    **dict.fromkeys(HOOKS if os.environ["TEST_SENTRY_HOOKS"] == "on" else (), remove_texts),
)
