"""Servers of Debian's packages, started for a test: Redis and PgBouncer."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection

from tests.polling import accepts_connections, wait_until
from tests.servers import free_port


@contextmanager
def redis_server(directory: Path) -> Iterator[str]:
    """A Redis server of this test's own: its address."""
    port = free_port()
    command = [find("redis-server"), "--port", str(port), "--save", "", "--dir", str(directory)]
    with running([*command, "--bind", "127.0.0.1"], port):
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def pgbouncer(directory: Path, *, mode: str) -> Iterator[int]:
    """PgBouncer before this test's database, in this pool mode: its port on 127.0.0.1."""
    port, values = free_port(), connection.settings_dict
    host, behind = values["HOST"] or "localhost", values["PORT"] or 5432
    users = directory / "users.txt"
    users.write_text(f'"{values["USER"]}" "{values["PASSWORD"] or ""}"\n')
    configuration = directory / "pgbouncer.ini"
    configuration.write_text(
        "[databases]\n"
        f"{values['NAME']} = host={host} port={behind}\n"
        "[pgbouncer]\n"
        f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = trust\nauth_file = {users}\npool_mode = {mode}\n"
        "max_client_conn = 200\ndefault_pool_size = 4\n"
        "ignore_startup_parameters = extra_float_digits,options\n"
    )
    command = [find("pgbouncer"), str(configuration)]
    if os.geteuid() == 0:  # it refuses to run as root, as PostgreSQL does
        directory.chmod(0o755)
        for parent in directory.parents[:3]:
            parent.chmod(parent.stat().st_mode | 0o011)
        command[1:1] = ["-u", socket_owner(Path(host))]
    with running(command, port):
        yield port


def socket_owner(directory: Path) -> str:
    """Who may connect to a server on a Unix socket: the account that runs it."""
    return directory.owner() if directory.is_absolute() else "postgres"


def find(program: str) -> str:
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.fail(f"{program} is missing: make test installs it on Debian, elsewhere install it")
    return found


@contextmanager
def running(command: list[str], port: int) -> Iterator[None]:
    output = tempfile.TemporaryFile()  # noqa: SIM115  # a pipe that nobody reads would stop the program
    process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        wait_until(
            lambda: process.poll() is not None or accepts_connections(port),
            seconds=30,
            failure=f"{command[0]} did not start",
        )
        if process.poll() is not None:
            output.seek(0)
            raise RuntimeError(output.read().decode())
        yield
    finally:
        process.terminate()
        process.wait(timeout=10)
        output.close()
