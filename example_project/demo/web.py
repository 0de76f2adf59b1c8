"""The web server. It runs in the process of `make demo`, so it cannot outlive it."""

import socket
from collections.abc import Callable

import uvicorn

from .options import DemoError

GRACE_SECONDS = 3  # for requests that are running when the demo is stopped
LOOPBACK = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))


def reserve_port(port: int) -> list[socket.socket]:
    """Bind the port without answering yet, so that a used port is reported before the long preparation."""
    sockets = []
    for family, address in LOOPBACK:
        try:
            reserved = socket.socket(family, socket.SOCK_STREAM)
            reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            reserved.bind((address, port))
        except OSError as error:
            if family == socket.AF_INET:
                raise DemoError(
                    f"Port {port} is in use ({error.strerror}). Try: make demo PORT=8001"
                ) from None
            continue  # a machine without IPv6
        sockets.append(reserved)
    return sockets


class AnnouncingServer(uvicorn.Server):
    """Calls `ready` once it answers requests."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()


def serve(sockets: list[socket.socket], ready: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM. Uvicorn raises the signal again when it has finished."""
    config = uvicorn.Config(
        "example_project.asgi:application",
        log_level="warning",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    AnnouncingServer(config, ready).run(sockets)
