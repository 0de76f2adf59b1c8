"""Open many streams from one process, without threads."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

from vclinic_messages.live.tickets import Ticket, issue

PATH = "/messages/api/v1/live/stream/?ticket="


@dataclass
class Crowd:
    """Open streams of one clinic. ``heard`` counts the received events by name and data."""

    clinic: str
    port: int
    heard: Counter[tuple[str, str]] = field(default_factory=Counter)
    ended: int = 0
    refused: int = 0
    #: When the user's last poke arrived, in seconds of the system's clock.
    poked: dict[str, float] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def join(self, users: range) -> None:
        """Open a stream for each user key, and wait until all are open."""
        for start in range(users.start, users.stop, 50):
            batch = range(start, min(start + 50, users.stop))
            await asyncio.gather(*(self._open(str(user)) for user in batch))

    async def until(self, event: str, count: int, *, seconds: float = 10) -> None:
        """Wait until the event has been received this many times."""
        async with asyncio.timeout(seconds):
            while self.count(event) < count:
                await asyncio.sleep(0.02)

    def count(self, event: str) -> int:
        return sum(number for (name, _data), number in self.heard.items() if name == event)

    async def _open(self, user: str) -> None:
        host = f"{self.clinic}.localhost:{self.port}"
        ticket = issue(Ticket(self.clinic, user, session="s", host=host, origin=f"http://{host}"))
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(f"GET {PATH}{ticket} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        opened = asyncio.Event()
        task = asyncio.get_running_loop().create_task(self._read(user, reader, writer, opened))
        self._tasks.add(task)
        async with asyncio.timeout(30):
            await opened.wait()

    async def _read(
        self, user: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, opened: asyncio.Event
    ) -> None:
        try:
            await self._listen(user, reader, opened)
        finally:
            self.ended += 1
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _listen(self, user: str, reader: asyncio.StreamReader, opened: asyncio.Event) -> None:
        name = ""
        status = await reader.readline()
        if b" 200 " not in status:
            self.refused += 1
            opened.set()
        while line := await reader.readline():
            if line.startswith(b"event: "):
                name = line[7:].strip().decode()
            elif line.startswith(b"data: "):
                self.heard[name, line[6:].strip().decode()] += 1
                if name == "open":
                    opened.set()
                elif name == "poke":
                    self.poked[user] = time.time()
            elif line == b"0\r\n":
                break

    async def leave(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
