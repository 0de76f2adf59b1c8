"""One browser's stream of server-sent events: it tells that something changed, never what."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from vclinic_messages.live.tickets import Ticket

Send = Callable[[bytes, bool], Awaitable[None]]

_OPEN = b"event: open\ndata: {}\n\n"
_SYNC = b"event: sync\ndata: {}\n\n"
_HEARTBEAT = b": still here\n\n"


class Stream:
    """A stream that a browser has opened, or is about to open.

    A queue of events for a browser on a slow connection would fill the server's memory, and the browser would
    then fetch once for each old event. But every event means the same: fetch now. So only the latest unsent
    event is stored, and a new one replaces it.
    """

    __slots__ = (
        "_opened",
        "_pending",
        "_send",
        "_sender",
        "deadline",
        "ended",
        "leaving",
        "person",
        "session",
    )

    def __init__(self, ticket: Ticket, send: Send, *, deadline: float) -> None:
        self.person = (ticket.schema, ticket.user)
        self.session = ticket.session
        self.deadline = deadline
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.leaving = False
        self._opened = False
        self._send = send
        self._pending: bytes | None = None
        self._sender: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Tell the browser that from now on it misses nothing.

        Events before this are not sent: the browser fetches when it receives "open".
        """
        self._opened = True
        self._tell(_OPEN)

    def poke(self, version: int) -> None:
        """Tell the browser that its mailbox has this version now."""
        self._tell(b'event: poke\ndata: {"v":%d}\n\n' % version)

    def sync(self) -> None:
        """Tell the browser that it may have missed something.

        It sends no version. The browser ignores versions that it has seen, so a made-up one could make it
        ignore the next poke.
        """
        self._tell(_SYNC)

    def heartbeat(self) -> None:
        """Send a comment, so that proxies do not close a silent stream."""
        if self._pending is None:
            self._tell(_HEARTBEAT)

    def end(self, why: str) -> None:
        """Close the stream after a last event. ``why`` is ``renew``, ``restart``, ``logout`` or ``off``."""
        self._tell(b'event: bye\ndata: {"why":"%s"}\n\n' % why.encode())
        self.leaving = True
        if not self._opened and not self.ended.done():
            self.ended.set_result(None)

    def _tell(self, event: bytes) -> None:
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
            # Every server raises its own exception for a browser that is gone, so none can be named here.
            self.leaving = True
        finally:
            self._sender = None
            if self.leaving and not self.ended.done():
                self.ended.set_result(None)
