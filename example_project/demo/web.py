"""The web server, in the supervisor's own process: it cannot outlive it."""

import socket
from collections.abc import Callable

import uvicorn

from .options import DemoError

GRACE_SECONDS = 3  # for requests under way when the demo is stopped
LOOPBACK = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))


def reserve_port(port: int) -> list[socket.socket]:
    """Take the port, so that one in use is found out before the long work. Nobody is answered yet."""
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
    """Calls back once it answers requests."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()


def serve(sockets: list[socket.socket], ready: Callable[[], None]) -> None:
    """Until SIGINT or SIGTERM, which uvicorn raises once more when it has finished."""
    config = uvicorn.Config(
        "example_project.asgi:application",
        log_level="warning",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    AnnouncingServer(config, ready).run(sockets)
