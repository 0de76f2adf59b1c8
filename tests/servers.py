"""The portal as it is deployed: a server process of its own on a free port, on this worker's database."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from django.db import connection

from tests.polling import accepts_connections, wait_until
from tests.postgres import ROOT

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["tests.preloaded"])


class ForkedServer:
    """A process that multiprocessing has forked, with the methods of Popen that tests use."""

    def __init__(self, process: ForkServerProcess) -> None:
        self._process = process
        self.pid: int = process.pid or 0

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> int | None:
        self._process.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired("the server", timeout or 0)
        return self.returncode

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        self._process.kill()


Process = subprocess.Popen[bytes] | ForkedServer


@dataclass
class Portal:
    """A running server. ``url`` is for browsers, which resolve ``*.localhost``; others use ``client``."""

    port: int
    process: Process

    def url(self, clinic: str, path: str = "/") -> str:
        return f"http://{clinic}.localhost:{self.port}{path}"

    def host(self, clinic: str) -> str:
        return f"{clinic}.localhost:{self.port}"

    def client(self, clinic: str, session: str = "") -> httpx.Client:
        cookies = {"sessionid": session} if session else {}
        headers = {"Host": self.host(clinic)}
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}", headers=headers, cookies=cookies, timeout=30
        )

    def terminate(self) -> float:
        """Ask the server to stop; how many seconds it took."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        return time.monotonic() - begun


def database_url() -> str:
    """The address of the database that this test uses."""
    values = connection.settings_dict
    user, password = quote(values["USER"] or ""), quote(values["PASSWORD"] or "")
    name, host, port = values["NAME"], quote(values["HOST"] or "", safe=""), values["PORT"]
    credentials = f"{user}:{password}@" if password else f"{user}@" if user else ""
    return f"postgres://{credentials}{host}{f':{port}' if port else ''}/{name}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serve(
    application: str = "",
    *,
    command: list[str] | None = None,
    **environment: str,
) -> Iterator[Portal]:
    """Run the portal, or another server (`{port}` in `command` is filled in), with this environment."""
    port = free_port()
    if application or command or environment:
        application = application or "example_project.asgi:application"
        process: Process = _started(port, application, command, environment)
    else:
        process = _forked(port)
    try:
        _wait_for(port, process)
        yield Portal(port, process)
    finally:
        _stop(process)


def _started(
    port: int, application: str, command: list[str] | None, environment: dict[str, str]
) -> subprocess.Popen[bytes]:
    default = ["uvicorn", application, "--port", "{port}", "--log-level", "warning", "--lifespan", "off"]
    words = [word.replace("{port}", str(port)) for word in command or default]
    return subprocess.Popen(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database_url(), "PORT": str(port), **environment},
    )


def _forked(port: int) -> ForkedServer:
    process = _forks.Process(target=_run, args=(port,), daemon=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", database_url())  # read once, when the first server starts
        process.start()
    return ForkedServer(process)


def _run(port: int) -> None:
    """Serve the portal in this process. `tests.preloaded` has imported it before."""
    import uvicorn

    from example_project import settings
    from example_project.asgi import application

    settings.PORT = port
    uvicorn.run(application, port=port, log_level="warning", lifespan="off")


def _stop(process: Process) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _wait_for(port: int, process: Process) -> None:
    wait_until(
        lambda: process.poll() is not None or accepts_connections(port),
        seconds=60,
        failure="the server did not start",
    )
    if process.poll() is not None:
        raise RuntimeError(f"the server ended with {process.returncode}")


def sign_in(user: Any) -> str:
    """A session key for this user in the clinic at hand."""
    from django.test import Client

    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value
