"""The measured processes: a server as in production, and a worker that makes requests without a server."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from example_project.bench.calls import STATE, Call, Request, Target, request_of
from example_project.demo.options import ROOT

SERVERS = {
    "uvicorn": ["uvicorn", "example_project.asgi:application", "--log-level", "warning", "--workers", "1"],
    "granian": [
        "granian",
        "example_project.asgi:application",
        "--interface=asgi",
        "--workers=1",
        "--log-level=warning",
        # Its worker may miss SIGTERM under load.
        "--workers-kill-timeout=10",
    ],
}

#: More messages than a person sends here in a minute.
LIMIT = {"BENCH_SENDS_PER_MINUTE": "300"}


class Worker:
    """A worker process. ``ask`` sends it a command and waits for the answer."""

    def __init__(self, tell: IO[str], hear: IO[str]) -> None:
        self.tell, self.hear = tell, hear

    def ask(self, **line: Any) -> Any:
        self.tell.write(json.dumps(line) + "\n")
        self.tell.flush()
        answer = self.hear.readline()
        if not answer:
            raise RuntimeError("the worker ended; see its error above")
        return json.loads(answer)


class Site:
    """A running server, and an open connection to it."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process, self.port = process, port
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def make(self, call: Call, target: Target) -> dict[str, Any]:
        """Make one request. Return the seconds until the last byte has arrived, and the bytes of the body."""
        state = self._state(target) if call.after_state else None
        request = request_of(call, target, state)
        begun = time.perf_counter()
        response, body = self._send(request)
        seconds = time.perf_counter() - begun
        if response.status not in call.statuses:
            raise RuntimeError(f"{call.name}: {response.status} {body[:500]!r}")
        return {"seconds": seconds, "bytes": len(body)}

    def json(self, call: Call, target: Target) -> Any:
        """Make one request and return its answer."""
        return json.loads(self._send(request_of(call, target))[1])

    def peak(self) -> int | None:
        """Return the most memory that the process has used, in bytes. None except on Linux."""
        status = Path(f"/proc/{self.process.pid}/status")
        if not status.exists():
            return None
        line = next(each for each in status.read_text().splitlines() if each.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024

    def _state(self, target: Target) -> dict[str, str]:
        response, body = self._send(request_of(STATE, target))
        return {"cursor": str(json.loads(body)["cursor"]), "etag": response.headers["ETag"]}

    def _send(self, request: Request) -> tuple[http.client.HTTPResponse, bytes]:
        try:
            return self._exchange(request)
        except ConnectionError:  # servers close connections that are idle for some seconds
            self.connection.close()
            return self._exchange(request)

    def _exchange(self, request: Request) -> tuple[http.client.HTTPResponse, bytes]:
        self.connection.request(request.method, request.path, body=request.body, headers=request.headers)
        response = self.connection.getresponse()
        return response, response.read()


@contextmanager
def worker(
    database_url: str, *, command: Sequence[str] = (), settings: str = "example_project.bench.settings"
) -> Iterator[Worker]:
    words = command or [sys.executable, "-m", "example_project.bench.worker"]
    environment = {**os.environ, **LIMIT, "DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": settings}
    process = subprocess.Popen(  # noqa: S603
        words, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("no pipes")
        yield Worker(process.stdin, process.stdout)
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def site(
    database_url: str, *, server: str, pool: bool, environment: Mapping[str, str] | None = None
) -> Iterator[Site]:
    settings = {
        **LIMIT,
        "DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": "example_project.bench.settings",
        "BENCH_POOL": "1" if pool else "0",
        **(environment or {}),
    }
    command = [sys.executable, "-m", *SERVERS[server], "--port", "{port}"]
    with serving(command, settings) as (process, port):
        yield Site(process, port)


@contextmanager
def serving(
    command: Sequence[str], environment: Mapping[str, str]
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run a server and give its process and its port, which ``{port}`` in the command becomes."""
    port = free_port()
    words = [word.replace("{port}", str(port)) for word in command]
    process = subprocess.Popen(words, cwd=ROOT, env={**os.environ, **environment})  # noqa: S603
    try:
        _wait_for(port, process)
        yield process, port
    finally:
        process.terminate()
        process.wait(20)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _attempt in range(600):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server did not start")
