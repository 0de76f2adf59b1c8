"""One browser's stream of server-sent events. It says that something changed, never what."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from vclinic_messages.live.tickets import Ticket

Send = Callable[[bytes, bool], Awaitable[None]]

_OPEN = b"event: open\ndata: {}\n\n"
_SYNC = b"event: sync\ndata: {}\n\n"
_HEARTBEAT = b": still here\n\n"


class Stream:
    """Level-triggered: what is not yet sent is one event, the latest. A slow browser costs nothing."""

    __slots__ = (
        "_opened",
        "_pending",
        "_send",
        "_sender",
        "deadline",
        "ended",
        "leaving",
        "mailbox",
        "session",
    )

    def __init__(self, ticket: Ticket, send: Send, *, deadline: float) -> None:
        self.mailbox = (ticket.schema, ticket.user)
        self.session = ticket.session
        self.deadline = deadline
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.leaving = False
        self._opened = False
        self._send = send
        self._pending: bytes | None = None
        self._sender: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Say that from now on nothing is missed: the browser reads, so what came before need not be said."""
        self._opened = True
        self._say(_OPEN)

    def poke(self, version: int) -> None:
        """Say that the mailbox has this version now."""
        self._say(b'event: poke\ndata: {"v":%d}\n\n' % version)

    def sync(self) -> None:
        """Say that something may have been missed: no version, it would hide the next poke."""
        self._say(_SYNC)

    def heartbeat(self) -> None:
        """Keep proxies from taking the stream for dead."""
        if self._pending is None:
            self._say(_HEARTBEAT)

    def end(self, why: str) -> None:
        """Say goodbye, then close: ``renew``, ``restart``, ``logout`` or ``off``."""
        self._say(b'event: bye\ndata: {"why":"%s"}\n\n' % why.encode())
        self.leaving = True
        if not self._opened and not self.ended.done():
            self.ended.set_result(None)

    def _say(self, event: bytes) -> None:
        if not self._opened or self.leaving or self.ended.done():
            return
        self._pending = event
        if self._sender is None:
            self._sender = asyncio.get_running_loop().create_task(self._send_pending())

    async def _send_pending(self) -> None:
        try:
            while self._pending is not None:
                event, self._pending = self._pending, None
                await self._send(event, not (self.leaving and self._pending is None))
        except Exception:
            # Each server has an exception of its own for a browser that is gone.
            self.leaving = True
        finally:
            self._sender = None
            if self.leaving and not self.ended.done():
                self.ended.set_result(None)
