"""The hub: the open streams of one process, and its one listener, which tells them of changes.

What would go wrong: a listener cannot notice everything. Its connection can break, and notifications sent
meanwhile are lost. A connection pooler can accept LISTEN and never deliver anything. And a notification sent
between the browser's last fetch and its stream's registration would be missed.

What prevents it:

* The listener tests itself with a notification of its own. Only after it has heard that one is the hub
  ``healthy``. If it hears nothing, the hub is ``degraded``: streams end, and browsers poll.
* After each connection the listener tells all streams to fetch again, as they may have missed something.
* A stream is registered first, then waits until the hub is healthy, then sends "open", and the browser
  fetches. A notification is therefore either heard, or older than this fetch.
"""

from __future__ import annotations

import asyncio
import logging
import random
import uuid
from collections import defaultdict
from collections.abc import Iterable

from vclinic_messages.conf import live_settings
from vclinic_messages.live.backends import get_backend
from vclinic_messages.live.events import Ending, Poke, Probe, Renewal, Sync, decode, probe
from vclinic_messages.live.streams import Stream
from vclinic_messages.live.tickets import Recent, Ticket

logger = logging.getLogger("vclinic_messages.live")

#: The key in the ASGI scope under which ``live_application`` passes the hub to Django's views.
SCOPE_KEY = "vclinic_messages.live"
#: How many streams of one person a process keeps: a browser needs one, so this is as many browsers.
STREAMS_PER_PERSON = 10
#: Seconds within which the listener must hear its own notification.
PROBE_SECONDS = 2.0
#: Seconds until a listener that heard nothing tests itself again.
PROBE_AGAIN_SECONDS = 60.0
#: Within how many seconds browsers are told to fetch again: not all together, so that they do not all ask
#: at the same moment.
SYNC_JITTER = 2.0
#: How many streams of a clinic are told per second to fetch again, unless that takes longer than SYNC_JITTER.
SYNCS_PER_SECOND = 200
#: Least and most seconds between two attempts to connect.
BACK_OFF = (0.2, 15.0)
#: How many streams get their heartbeat before other tasks of the event loop have a turn.
HEARTBEAT_BATCH = 200


class Hub:
    """All streams of a process. Belongs to one event loop. The listener starts with the first stream."""

    def __init__(self) -> None:
        self.healthy = asyncio.Event()
        self.degraded = False
        # The streams of each person, oldest first. (Dictionaries keep their order, sets do not.)
        self._streams: defaultdict[tuple[str, str], dict[Stream, None]] = defaultdict(dict)
        self._count = 0
        self._probes: dict[str, asyncio.Event] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._signed_out = Recent()

    def __len__(self) -> int:
        """Return the number of registered streams."""
        return self._count

    @property
    def state(self) -> str:
        """Return "idle" before the first stream, else "ok", or "connecting" or "degraded": none can open."""
        if not self._tasks:
            return "idle"
        if self.healthy.is_set():
            return "ok"
        return "degraded" if self.degraded else "connecting"

    @property
    def is_full(self) -> bool:
        """Whether this process accepts no further stream."""
        return self._count >= live_settings.MAX_STREAMS_PER_PROCESS

    def has_signed_out(self, ticket: Ticket) -> bool:
        """Return whether the session has ended since the ticket was issued, as far as this process has heard.

        It has heard nothing before its first stream.
        """
        return _key(ticket.schema, ticket.session) in self._signed_out

    def add(self, stream: Stream) -> None:
        """Register a stream: from now on it hears of changes. Wait for ``healthy`` before you open it.

        If the person has too many, end the oldest: it may belong to a browser that is gone.
        """
        streams = self._streams[stream.person]
        staying = [each for each in streams if not each.leaving]
        if len(staying) >= STREAMS_PER_PERSON:
            staying[0].end("renew")
        streams[stream] = None
        self._count += 1
        if not self._tasks:
            create = asyncio.get_running_loop().create_task
            self._tasks = [create(self._listen()), create(self._care_for_streams())]

    def remove(self, stream: Stream) -> None:
        """Remove a stream."""
        streams = self._streams[stream.person]
        if stream in streams:
            del streams[stream]
            self._count -= 1
        if not streams:
            del self._streams[stream.person]

    async def end_all(self, why: str, *, seconds: float = 2.0) -> None:
        """End all streams. Wait until that is sent, at most this many seconds."""
        streams = list(self._all())
        for stream in streams:
            stream.end(why)
        if streams:
            await asyncio.wait([stream.ended for stream in streams], timeout=seconds)

    def hear(self, payload: str) -> None:
        """Pass a payload on to the streams that it is meant for. Ignore payloads that are not valid."""
        match decode(payload):
            case Poke(schema, versions):
                for user, version in versions.items():
                    for stream in self._streams.get((schema, user), ()):
                        stream.poke(version)
            case Ending(schema, why, session):
                if session is not None:
                    self._signed_out.add(_key(schema, session))
                for stream in self._of_clinic(schema):
                    if session in (None, stream.session):
                        stream.end(why)
            case Renewal(schema, user):
                for stream in list(self._streams.get((schema, user), ())):
                    stream.end("renew")
            case Sync(schema):
                streams = self._of_clinic(schema)
                self._sync(streams, seconds=min(SYNC_JITTER, len(streams) / SYNCS_PER_SECOND))
            case Probe(token) if token in self._probes:
                self._probes[token].set()

    def _all(self) -> Iterable[Stream]:
        return (stream for streams in list(self._streams.values()) for stream in list(streams))

    def _of_clinic(self, schema: str) -> list[Stream]:
        return [stream for stream in self._all() if stream.person[0] == schema]

    def _sync(self, streams: Iterable[Stream], *, seconds: float) -> None:
        """Tell these streams to fetch again, spread at random over this many seconds."""
        for stream in streams:
            delay = random.uniform(0, seconds)  # noqa: S311
            asyncio.get_running_loop().call_later(delay, stream.sync)

    async def _listen(self) -> None:
        """Listen forever. Reconnect after a random delay that grows with each failed attempt."""
        failures = 0
        while True:
            tests: list[asyncio.Task[None]] = []

            def listening(tests: list[asyncio.Task[None]] = tests) -> None:
                tests.append(asyncio.get_running_loop().create_task(self._test()))

            try:
                await get_backend().listen(on_payload=self.hear, on_listening=listening)
            except Exception as error:
                logger.warning("The listener of Messages lost its connection: %s", type(error).__name__)
            finally:
                failures = 0 if self.healthy.is_set() else failures + 1
                self.healthy.clear()
                for test in tests:
                    test.cancel()
            least, most = BACK_OFF
            await asyncio.sleep(least + random.uniform(0, min(most, least * 2**failures)))  # noqa: S311

    async def _test(self) -> None:
        """Repeat the test until it succeeds. Then let streams open, and tell all to fetch again."""
        while not await self._hears_itself():
            if not self.degraded:
                logger.error(
                    "The listener of Messages does not hear the application. Browsers poll until it does;"
                    " run manage.py messages_doctor."
                )
            self.degraded = True
            await self.end_all("renew")
            await asyncio.sleep(PROBE_AGAIN_SECONDS)
        self.degraded = False
        self.healthy.set()
        self._sync(self._all(), seconds=SYNC_JITTER)

    async def _hears_itself(self) -> bool:
        token = uuid.uuid4().hex
        heard = self._probes[token] = asyncio.Event()
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                await get_backend().probe(probe(token))
                await heard.wait()
        except Exception as error:
            logger.debug("The listener's test of itself failed: %s", type(error).__name__)
            return False
        finally:
            del self._probes[token]
        return True

    async def _care_for_streams(self) -> None:
        """Send heartbeats, and end old streams.

        The browser of an ended stream asks for a new ticket, which somebody without a role no longer gets.
        """
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(live_settings.HEARTBEAT_SECONDS)
            for number, stream in enumerate(list(self._all()), start=1):
                if loop.time() > stream.deadline:
                    stream.end("renew")
                else:
                    stream.heartbeat()
                if number % HEARTBEAT_BATCH == 0:
                    await asyncio.sleep(0)


def _key(schema: str, session: str) -> str:
    return f"{schema}:{session}"
