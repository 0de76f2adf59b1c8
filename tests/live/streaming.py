"""Reading streams as a browser does."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from tests.servers import Portal

TICKET = "/messages/api/v1/live/ticket/"
STATE = "/messages/api/v1/live/state/"


def get_ticket(portal: Portal, clinic: str, session: str) -> str:
    """Get a ticket and return the path of a stream."""
    with portal.client(clinic, session) as client:
        client.cookies.set("csrftoken", "a" * 32)
        answer = client.post(TICKET, headers={"X-CSRFToken": "a" * 32})
        assert answer.status_code == 200, answer.text
        path: str = answer.json()["url"]
        return path


class Listener:
    """Collects the events of one stream in a thread."""

    def __init__(self, portal: Portal, clinic: str, path: str) -> None:
        self.events: list[tuple[str, Any]] = []
        self.status: int | None = None
        self.closed = threading.Event()
        self._news = threading.Condition()
        self._socket = socket.create_connection(("127.0.0.1", portal.port), timeout=60)
        request = f"GET {path} HTTP/1.1\r\nHost: {portal.host(clinic)}\r\nAccept: text/event-stream\r\n\r\n"
        self._socket.sendall(request.encode())
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def wait_for(self, kind: str, *, count: int = 1, seconds: float = 10) -> Any:
        """Wait for an event of this kind and return its data. ``count`` 2 waits for the second one."""
        deadline = time.monotonic() + seconds
        with self._news:
            while True:
                found = [data for name, data in self.events if name == kind]
                if len(found) >= count:
                    return found[count - 1]
                left = deadline - time.monotonic()
                assert left > 0, f"no {kind!r} event (count {count}) within {seconds} s: {self.events}"
                self._news.wait(left)

    def kinds(self) -> list[str]:
        return [name for name, _data in self.events]

    def stop(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._socket.close()

    def _read(self) -> None:
        name = ""
        with suppress(OSError), self._socket.makefile("r", newline="") as lines:
            self.status = int(lines.readline().split()[1])
            for line in lines:
                if line.startswith("event: "):
                    name = line[7:].strip()
                elif line.startswith("data: "):
                    self._note(name, json.loads(line[6:]))
                elif line == "0\r\n":  # the last chunk
                    break
        self.closed.set()
        with self._news:
            self._news.notify_all()

    def _note(self, name: str, data: Any) -> None:
        with self._news:
            self.events.append((name, data))
            self._news.notify_all()


@contextmanager
def listening(portal: Portal, clinic: str, session: str) -> Iterator[Listener]:
    """An open stream."""
    listener = Listener(portal, clinic, get_ticket(portal, clinic, session))
    try:
        listener.wait_for("open")
        yield listener
    finally:
        listener.stop()
