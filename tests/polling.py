"""Wait for something outside this process, such as a server that starts or a standby that catches up."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

#: Seconds between two looks.
PAUSE = 0.02


def wait_until(condition: Callable[[], bool], *, seconds: float, failure: Callable[[], str] | str) -> None:
    """Return as soon as the condition holds.

    Raises AssertionError with the text of `failure` if it does not hold within this many seconds.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(failure if isinstance(failure, str) else failure())
        time.sleep(PAUSE)


def accepts_connections(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
