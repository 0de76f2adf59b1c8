"""The streams of one process, and the one listener that pokes them."""

from __future__ import annotations

import asyncio
import logging
import random
import uuid
from collections import defaultdict
from collections.abc import Iterable

from vclinic_messages.conf import live_settings
from vclinic_messages.live.backends import get_backend
from vclinic_messages.live.events import Ending, Poke, Probe, Sync, decode, probe
from vclinic_messages.live.streams import Stream

logger = logging.getLogger("vclinic_messages.live")

#: Where ``live_application`` puts the hub for Django's views to find.
SCOPE_KEY = "vclinic_messages.live"
#: Seconds within which the listener must hear its own test.
PROBE_SECONDS = 2.0
#: Seconds between two tests of a listener that did not hear itself.
PROBE_AGAIN_SECONDS = 60.0
#: Seconds over which the streams are told to read again after the listener was away.
SYNC_JITTER = 2.0
#: Streams a second that are told of new settings; where there are too many for that, it takes as long.
SYNCS_PER_SECOND = 200
#: Least and most seconds between two attempts to listen.
BACK_OFF = (0.2, 15.0)
#: Streams that get their heartbeat in one go, before others have their turn.
HEARTBEAT_BATCH = 200


class Hub:
    """Lives on one event loop. Streams register here; the listener starts with the first of them."""

    def __init__(self) -> None:
        self.healthy = asyncio.Event()
        self.degraded = False
        self._streams: defaultdict[tuple[str, str], set[Stream]] = defaultdict(set)
        self._count = 0
        self._probes: dict[str, asyncio.Event] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def __len__(self) -> int:
        return self._count

    @property
    def is_full(self) -> bool:
        return self._count >= live_settings.MAX_STREAMS_PER_PROCESS

    def add(self, stream: Stream) -> None:
        """Register a stream. It is poked from now on; wait for ``healthy`` before you say that it is open."""
        self._streams[stream.mailbox].add(stream)
        self._count += 1
        if not self._tasks:
            create = asyncio.get_running_loop().create_task
            self._tasks = [create(self._listen()), create(self._keep())]

    def remove(self, stream: Stream) -> None:
        """Forget a stream."""
        streams = self._streams[stream.mailbox]
        if stream in streams:
            streams.remove(stream)
            self._count -= 1
        if not streams:
            del self._streams[stream.mailbox]

    async def end_all(self, why: str, *, seconds: float = 2.0) -> None:
        """End every stream, and wait so long at most until that was sent."""
        streams = list(self._all())
        for stream in streams:
            stream.end(why)
        if streams:
            await asyncio.wait([stream.ended for stream in streams], timeout=seconds)

    async def close(self) -> None:
        """End everything that runs here."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    def hear(self, payload: str) -> None:
        """Pass a payload on to the streams that it is for."""
        match decode(payload):
            case Poke(schema, versions):
                for user, version in versions.items():
                    for stream in self._streams.get((schema, user), ()):
                        stream.poke(version)
            case Ending(schema, why, session):
                for stream in self._of(schema):
                    if session in (None, stream.session):
                        stream.end(why)
            case Sync(schema):
                streams = self._of(schema)
                self._sync(streams, seconds=min(SYNC_JITTER, len(streams) / SYNCS_PER_SECOND))
            case Probe(token) if token in self._probes:
                self._probes[token].set()

    def _all(self) -> Iterable[Stream]:
        return (stream for streams in list(self._streams.values()) for stream in list(streams))

    def _of(self, schema: str) -> list[Stream]:
        return [stream for stream in self._all() if stream.mailbox[0] == schema]

    def _sync(self, streams: Iterable[Stream], *, seconds: float) -> None:
        """Have their readers ask again, not all in the same moment."""
        for stream in streams:
            delay = random.uniform(0, seconds)  # noqa: S311
            asyncio.get_running_loop().call_later(delay, stream.sync)

    async def _listen(self) -> None:
        """Listen for ever: reconnect with a jittered back-off, and have everybody read again."""
        failures = 0
        while True:
            tests: list[asyncio.Task[None]] = []

            def listening(tests: list[asyncio.Task[None]] = tests) -> None:
                tests.append(asyncio.get_running_loop().create_task(self._test()))

            try:
                await get_backend().listen(hear=self.hear, healthy=listening)
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
        """Hear what the application sends, or say that we are deaf: browsers then poll."""
        while not await self._hears_itself():
            if not self.degraded:
                logger.error(
                    "The listener of Messages does not hear the application. Browsers poll until it does;"
                    " run manage.py messages_live_doctor."
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

    async def _keep(self) -> None:
        """Heartbeats, and the end of streams that are old: their readers come back with a new ticket."""
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
