"""The portal as it is deployed: a server process of its own on a free port, on this worker's database."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
from django.db import connection

from tests.polling import accepts_connections, wait_until
from tests.postgres import ROOT


@dataclass
class Portal:
    """A running server. ``url`` is for browsers, which resolve ``*.localhost``; others use ``client``."""

    port: int
    process: subprocess.Popen[bytes]

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
    application: str = "example_project.asgi:application",
    *,
    command: list[str] | None = None,
    **environment: str,
) -> Iterator[Portal]:
    """Run a server (uvicorn, unless ``command`` names another; ``{port}`` in it is filled in)."""
    port = free_port()
    default = ["uvicorn", application, "--port", "{port}", "--log-level", "warning", "--lifespan", "off"]
    words = [word.replace("{port}", str(port)) for word in command or default]
    process = subprocess.Popen(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database_url(), "PORT": str(port), **environment},
    )
    try:
        _wait_for(port, process)
        yield Portal(port, process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
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
