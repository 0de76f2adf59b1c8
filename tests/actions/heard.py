"""What a test's actions tell the processes with open streams."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.test.utils import CaptureQueriesContext

from vclinic_messages.live.events import Event, Poke, Renewal, decode

_PAYLOAD = re.compile(r'(\{"s":.*?\}+:[A-Za-z0-9]+:[\w-]+)')


class Heard:
    """The events that were published since the beginning, or since ``clear``."""

    def __init__(self, captured: CaptureQueriesContext) -> None:
        self._captured = captured
        self._from = 0

    def clear(self) -> None:
        self._from = len(self._captured.captured_queries)

    def events(self) -> Iterator[Event | None]:
        for query in self._captured.captured_queries[self._from :]:
            if "pg_notify" in query["sql"]:
                for payload in _PAYLOAD.findall(query["sql"].replace('\\"', '"')):
                    yield decode(payload)

    def poked(self) -> set[str]:
        return {user for event in self.events() if isinstance(event, Poke) for user in event.versions}

    def renewed(self) -> set[str]:
        return {event.user for event in self.events() if isinstance(event, Renewal)}
