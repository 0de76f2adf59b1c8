"""The ASGI application that serves the streams: in front of Django, or as a process of its own.

In the portal's ``asgi.py``::

    application = live_application(get_asgi_application())

For a WSGI portal, run it as a second process and set ``LIVE["STREAM_URL"]`` to its address::

    uvicorn vclinic_messages.live.asgi:application

It does not use Django's views, middleware or ORM. With a Django view every open stream would occupy
a thread, and with sync middleware a database connection too: a hundred open tabs would use up PostgreSQL's
usual limit. Here a stream is a coroutine, and all streams of a process share one database connection.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import signal
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from types import FrameType
from typing import Any
from urllib.parse import parse_qs

import django

from vclinic_messages.conf import live_settings
from vclinic_messages.live.hub import SCOPE_KEY, Hub
from vclinic_messages.live.streams import Stream
from vclinic_messages.live.tickets import Recent, Ticket, read

logger = logging.getLogger("vclinic_messages.live")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
#: Any ASGI 3 application. Django, Starlette and asgiref give the three arguments different types.
Application = Callable[[Any, Any, Any], Awaitable[None]]
#: What ``signal.getsignal`` returns: a function, SIG_DFL or SIG_IGN; None for a handler not set by Python.
SignalHandler = Callable[[int, FrameType | None], object] | int | None

STREAM_SUFFIX = "/live/stream/"
#: Where a process of its own says how it is. In front of a portal, this path is the portal's.
HEALTH_PATH = "/healthz"

#: The codes of a refused stream, with status and detail. The page "Error codes" has them too.
REFUSALS = {
    "degraded": (503, "No stream can be opened now. Poll live/state/ instead."),
    "full": (503, "This process has reached its limit of open streams. Poll live/state/ instead."),
    "method_not_allowed": (405, "Open a stream with GET."),
    "permission_denied": (
        403,
        "The ticket is missing, invalid, too old, used, was issued for another host, or its session has "
        "ended.",
    ),
}

#: For how many seconds at most a new stream waits until the hub is healthy.
OPEN_SECONDS = 5.0
#: Seconds after which a refused browser may try again (the Retry-After header).
RETRY_AFTER = 30


def live_application(application: Application | None) -> LiveApplication:
    """Return the portal's application with the streams in front of it; with None only the streams."""
    return LiveApplication(application)


class LiveApplication:
    """Serves streams and passes every other request to the portal's application."""

    def __init__(self, application: Application | None) -> None:
        self.application = application
        self.hub: Hub | None = None
        self._used_tickets = Recent()
        self._handles_sigterm = False
        self._stops = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI 3)."""
        if scope["type"] == "http":
            hub = self._hub()
            if self.application is None and scope["path"] == HEALTH_PATH:
                await _tell_health(hub, send)
                return
            if self.application is None or scope["path"].endswith(STREAM_SUFFIX):
                await self._respond(hub, scope, receive, send)
                return
            scope[SCOPE_KEY] = hub
        if self.application is not None:
            await self.application(scope, receive, send)
        elif scope["type"] == "lifespan":
            await _lifespan(receive, send)

    def _hub(self) -> Hub:
        if self.hub is None:
            self.hub = Hub()
        return self.hub

    async def _respond(self, hub: Hub, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        query = parse_qs(scope["query_string"].decode("latin-1"))
        ticket = read(query.get("ticket", [""])[0], host=headers.get(b"host", ""))
        if scope["method"] != "GET":
            await _refuse(send, "method_not_allowed")
        elif ticket is None:
            await _refuse(send, "permission_denied")
        elif self._stops or hub.is_full or hub.degraded:
            await _refuse(send, "full" if hub.is_full else "degraded")
        elif hub.has_signed_out(ticket) or not self._used_tickets.add(ticket.nonce):
            await _refuse(send, "permission_denied")
        else:
            self._end_streams_on_sigterm()
            await _stream(hub, ticket, headers.get(b"origin"), receive, send)

    def _end_streams_on_sigterm(self) -> None:
        """Handle SIGTERM before the server does: end the streams, then send it to the server.

        Servers wait for open connections before they stop, and a stream never closes by itself.
        """
        if self._handles_sigterm or not live_settings.HANDLE_SIGTERM:
            return
        self._handles_sigterm = True
        loop = asyncio.get_running_loop()
        previous_handler = signal.getsignal(signal.SIGTERM)

        def handle(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(
                lambda: loop.create_task(self._end_streams_and_stop(previous_handler, number))
            )

        try:
            signal.signal(signal.SIGTERM, handle)
        except ValueError:
            logger.info("Not on the main thread, so SIGTERM is left to the server.")

    async def _end_streams_and_stop(self, previous_handler: SignalHandler, number: int) -> None:
        """End the streams, then send the signal to the server again.

        A server that waits for it with ``loop.add_signal_handler`` may have missed the first one: asyncio
        drops signals while very many events wait. No other stream opens meanwhile: it would never end.
        """
        self._stops = True
        await self._hub().end_all("restart")
        signal.signal(number, previous_handler if previous_handler is not None else signal.SIG_DFL)
        signal.raise_signal(number)


async def _stream(hub: Hub, ticket: Ticket, origin: str | None, receive: Receive, send: Send) -> None:
    stream = Stream(ticket, _writer(send), deadline=_deadline())
    hub.add(stream)
    gone = asyncio.ensure_future(_disconnected(receive))
    try:
        if not await _becomes_healthy(hub) or stream.leaving:
            await _refuse(send, "degraded")
            return
        await send({"type": "http.response.start", "status": 200, "headers": _headers(ticket, origin)})
        stream.open()
        await asyncio.wait([gone, stream.ended], return_when=asyncio.FIRST_COMPLETED)
    finally:
        hub.remove(stream)
        gone.cancel()


async def _becomes_healthy(hub: Hub) -> bool:
    try:
        async with asyncio.timeout(OPEN_SECONDS):
            await hub.healthy.wait()
    except TimeoutError:
        return False
    return True


def _deadline() -> float:
    """Return the event-loop time at which the stream must be renewed.

    It is random, so that browsers do not all reconnect together.
    """
    age = live_settings.STREAM_MAX_AGE * random.uniform(0.8, 1.2)  # noqa: S311
    return asyncio.get_running_loop().time() + age


def _writer(send: Send) -> Callable[[bytes, bool], Awaitable[None]]:
    async def write(body: bytes, more: bool) -> None:
        await send({"type": "http.response.body", "body": body, "more_body": more})

    return write


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _headers(ticket: Ticket, origin: str | None) -> list[tuple[bytes, bytes]]:
    headers = [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
    ]
    if origin is not None and origin == ticket.origin:
        headers += [(b"access-control-allow-origin", origin.encode("latin-1")), (b"vary", b"Origin")]
    return headers


async def _tell_health(hub: Hub, send: Send) -> None:
    status = 200 if hub.state in ("idle", "ok") else 503
    await _send_json(send, status, {"status": hub.state, "streams": len(hub)})


async def _refuse(send: Send, code: str) -> None:
    status, detail = REFUSALS[code]
    retry = [(b"retry-after", str(RETRY_AFTER).encode())] if status == 503 else []
    await _send_json(send, status, {"code": code, "detail": detail}, retry)


async def _send_json(
    send: Send, status: int, content: dict[str, Any], more: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store"), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(content).encode()})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return


def __getattr__(name: str) -> LiveApplication:
    """Return ``application``: only the streams. Created on first access, because that sets up Django."""
    if name != "application":
        raise AttributeError(name)
    django.setup()
    application = globals()["application"] = live_application(None)
    return application
