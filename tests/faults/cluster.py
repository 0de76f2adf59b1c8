"""A PostgreSQL server of a test's own, of the version that the tests run on: to be killed."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

from example_project.database.account import Account, account_for
from example_project.database.server import find_programs as embedded_programs
from tests.polling import wait_until
from tests.postgres import ROOT, fingerprint

DATABASE = OWNER = "portal"
PREPARE = "import django; django.setup(); from tests.faults.cluster import fill; fill()"


class Cluster:
    """A data directory with its server. The socket stands in it; whoever reaches it is trusted."""

    def __init__(self, directory: Path, programs: Path) -> None:
        self.directory = directory
        self.programs = programs
        self.log = directory / "postgres.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def account(self) -> Account:
        return account_for(self.directory / "data", self.programs)

    def url(self, role: str = OWNER, database: str = DATABASE) -> str:
        return f"postgres://{role}@{quote(str(self.directory), safe='')}:5432/{database}"

    def connect(self, role: str = "postgres", database: str = DATABASE) -> psycopg.Connection[Any]:
        return psycopg.connect(self.url(role, database), autocommit=True)

    def environment(self, role: str = OWNER, database: str = DATABASE) -> dict[str, str]:
        """For commands: manage.py, psql and pg_dump."""
        path = f"{self.programs}:{os.path.dirname(sys.executable)}:{os.environ['PATH']}"  # noqa: PTH120
        return {
            **os.environ,
            "PATH": path,
            "PGHOST": str(self.directory),
            "PGPORT": "5432",
            "DATABASE_URL": self.url(role, database),
            "DJANGO_SETTINGS_MODULE": "example_project.settings",
        }

    def create(self) -> None:
        self.directory.mkdir(mode=0o700)
        self.account.own(self.directory)
        options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale"]
        self._run("initdb", "-D", str(self.directory / "data"), *options)

    def start(self) -> None:
        """Start, as often as it takes: after a SIGKILL parts of the old server may still be there."""
        self.process = None
        wait_until(self._is_started, seconds=60, failure=lambda: self.log.read_text()[-2000:])

    def _is_started(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            self._launch()
        try:
            self.connect(database="postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def kill(self) -> None:
        """As a failing machine or the kernel's out-of-memory killer would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(30)

    def _launch(self) -> None:
        command = [str(self.programs / "postgres"), "-D", str(self.directory / "data")]
        settings = {"listen_addresses": "", "unix_socket_directories": str(self.directory), "fsync": "off"}
        command += [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.account.launching(command), stdout=output, stderr=output, cwd="/"
            )

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), *arguments]
        subprocess.run(self.account.launching(command), check=True, capture_output=True, cwd="/")


@contextmanager
def running_cluster(major: int) -> Iterator[Cluster]:
    """A copy of the prepared server, with the clinics alder and birch."""
    with _copy(major) as cluster:
        cluster.start()
        yield cluster


@contextmanager
def running_replica(primary: Cluster) -> Iterator[Cluster]:
    """A streaming standby of a server that has just been started: both are copies of the prepared one."""
    with _copy(_major(primary.programs)) as replica:
        source = f"primary_conninfo = 'host={primary.directory} port=5432 user=postgres'\n"
        for name, text in {"standby.signal": "", "postgresql.auto.conf": source}.items():
            path = replica.directory / "data" / name
            path.write_text(text)
            replica.account.own(path)
        replica.start()
        yield replica


@contextmanager
def _copy(major: int) -> Iterator[Cluster]:
    """A copy of the prepared server, not started; stopped and removed afterwards."""
    programs = find_programs(major)
    directory = Path(tempfile.mkdtemp(prefix="vcm-"))
    cluster = Cluster(directory / "server", programs)
    try:
        shutil.copytree(_prepared(major, programs), cluster.directory)
        account = cluster.account
        for path in (directory, *directory.rglob("*")):
            account.own(path)
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(directory, ignore_errors=True)


def find_programs(major: int) -> Path:
    """Those of the embedded server, or Debian's, or whichever stand on the path."""
    candidates = [embedded_programs(), Path(f"/usr/lib/postgresql/{major}/bin")]
    on_path = shutil.which("initdb")
    candidates += [Path(on_path).resolve().parent] if on_path else []
    for programs in candidates:
        if (programs / "initdb").exists() and _major(programs) == major:
            return programs
    pytest.fail(f"the programs of PostgreSQL {major} are missing: install postgresql-{major}")


def fill() -> None:
    """Two clinics, by copying; runs in a process of its own."""
    from example_project.clinics.schemas import ensure_clinic, prepare_schemas

    prepare_schemas()
    for schema in ("alder", "birch"):
        ensure_clinic(schema, schema.title(), domains=(f"{schema}.localhost",))


def _prepared(major: int, programs: Path) -> Path:
    """Made once for each version and state of the migrations, and kept for later runs."""
    name = f"vcm-cluster-{os.geteuid()}-{major}-{fingerprint()}"
    finished = Path(tempfile.gettempdir()) / name
    with finished.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not finished.exists():
            unfinished = Cluster(finished.with_suffix(".new"), programs)
            shutil.rmtree(unfinished.directory, ignore_errors=True)
            unfinished.create()
            _prepare(unfinished)
            unfinished.directory.rename(finished)
    return finished


def _prepare(cluster: Cluster) -> None:
    cluster.start()
    try:
        with cluster.connect(database="postgres") as connection:
            connection.execute(f"CREATE ROLE {OWNER} LOGIN NOSUPERUSER NOBYPASSRLS")
            connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
        command = [sys.executable, "-c", PREPARE]
        subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env=cluster.environment())
    finally:
        cluster.stop()


def _major(programs: Path) -> int:
    command = [str(programs / "postgres"), "--version"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return int(text.split()[2].split(".")[0])
