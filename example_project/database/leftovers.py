"""Clean up after a crash: stop a server that still runs, and remove the lock files of one that does not.

PostgreSQL itself removes the lock file of a server that no longer runs. But it refuses to start if another
process now has the process id in the lock file, which is common after a restart of a container, or if
processes of the old server still run. This module handles both.

Call it only while holding the lock of the data directory.
"""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from .errors import DatabaseError

STOP_STEPS = ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))


def clear_leftovers(cluster: Path, sockets: Path) -> None:
    pid_file = cluster / "postmaster.pid"
    pid = _recorded(pid_file)
    if pid is not None and _is_alive(pid):
        if _is_server_of(pid, cluster):
            _stop(pid, cluster)
        else:
            pid_file.unlink(missing_ok=True)
            _remove_sockets(sockets)
    _stop_orphans(cluster)


def _recorded(pid_file: Path) -> int | None:
    with suppress(FileNotFoundError, IndexError, ValueError):
        return int(pid_file.read_text().splitlines()[0])
    return None


def _is_alive(pid: int) -> bool:
    """Return whether the process exists. As in PostgreSQL, a zombie counts."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_server_of(pid: int, cluster: Path) -> bool:
    words = _command(pid)
    return bool(words) and words[0].endswith("postgres") and str(cluster) in words


def _command(pid: int) -> list[str]:
    if Path("/proc/self/cmdline").exists():
        with suppress(OSError):
            return (Path("/proc") / str(pid) / "cmdline").read_text(errors="replace").split("\0")
        return []
    command = ["ps", "-o", "command=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()  # noqa: S603


def _remove_sockets(sockets: Path) -> None:
    if sockets.exists():
        for leftover in sockets.glob(".s.PGSQL.*"):
            leftover.unlink()


def _stop(pid: int, cluster: Path) -> None:
    for step, seconds in STOP_STEPS:
        with suppress(ProcessLookupError):
            os.kill(pid, step)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not _is_server_of(pid, cluster):
                return
            time.sleep(0.1)
    raise DatabaseError(f"A server left over from an earlier run (process {pid}) does not stop. Kill it.")


def _stop_orphans(cluster: Path) -> None:
    """Stop server processes without a main process. By themselves they end only after their statement."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile, or belongs to another user
            name = (process / "comm").read_text().strip()
            if name == "postgres" and (process / "cwd").readlink() == cluster:
                os.kill(int(process.name), signal.SIGQUIT)
