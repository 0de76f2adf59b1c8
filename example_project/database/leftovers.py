"""Clear up after a crash: a server that outlived its supervisor, lock files of a server that is gone.

PostgreSQL removes a stale lock file by itself, but not when its process id belongs to another process by now,
which is usual after a restart of a container. Called while holding the lock of the data directory.
"""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from .errors import DatabaseError

STOP_STEPS = ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))


def clear_leftovers(cluster: Path, socket_dir: Path) -> None:
    pid_file = cluster / "postmaster.pid"
    _stop_all(cluster, pid_file)
    pid_file.unlink(missing_ok=True)
    if socket_dir.exists():
        for leftover in socket_dir.glob(".s.PGSQL.*"):
            leftover.unlink()


def _stop_all(cluster: Path, pid_file: Path) -> None:
    for step, seconds in STOP_STEPS:
        for pid in _servers_of(cluster, pid_file):
            with suppress(ProcessLookupError):
                os.kill(pid, step)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not _servers_of(cluster, pid_file):
                return
            time.sleep(0.1)
    pids = ", ".join(map(str, _servers_of(cluster, pid_file)))
    raise DatabaseError(f"A server left over from an earlier run (process {pids}) does not stop.")


def _servers_of(cluster: Path, pid_file: Path) -> list[int]:
    """PostgreSQL's processes on this cluster, also those that lost their head process."""
    if Path("/proc/self/cwd").exists():
        found = [path for path in Path("/proc").glob("[0-9]*") if _works_in(path, cluster)]
        return [int(path.name) for path in found]
    return [pid for pid in _recorded(pid_file) if _is_named(pid, cluster)]


def _works_in(process: Path, cluster: Path) -> bool:
    with suppress(OSError):
        inside = (process / "cwd").readlink() == cluster.resolve()
        return inside and (process / "comm").read_text().startswith("postgres")
    return False


def _recorded(pid_file: Path) -> list[int]:
    with suppress(FileNotFoundError, IndexError, ValueError):
        return [int(pid_file.read_text().splitlines()[0])]
    return []


def _is_named(pid: int, cluster: Path) -> bool:
    command = ["ps", "-o", "command=", "-p", str(pid)]
    line = subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603
    return "postgres" in line and str(cluster) in line
