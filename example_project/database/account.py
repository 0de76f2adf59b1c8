"""Choose the operating system account for PostgreSQL, which refuses to run as root.

If root starts it, PostgreSQL runs as `postgres` if this account exists, otherwise as `nobody`, and its files
belong to that account. If anybody else starts it, it runs as that person.

This creates no account, and it changes no permissions outside the data directory. If the account cannot enter
a directory above it, such as /root, the server keeps one capability: the one to enter directories.
"""

import os
import pwd
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from . import launch
from .errors import DatabaseError

CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2


@dataclass(frozen=True)
class Account:
    """The account to change to. Everything is None if no change is needed."""

    uid: int | None = None
    gid: int | None = None
    capability: int | None = None

    def own(self, path: Path) -> None:
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def launching(self, command: list[str]) -> list[str]:
        """Return the command line that runs `command` as this account and stops when this process ends."""
        values = {"--uid": self.uid, "--gid": self.gid, "--capability": self.capability}
        options = [word for name, value in values.items() if value is not None for word in (name, str(value))]
        return [sys.executable, "-I", launch.__file__, "--parent", str(os.getpid()), *options, "--", *command]


def account_for(data: Path, programs: Path) -> Account:
    """Return the account for the cluster in `data`. An existing cluster keeps its owner."""
    if os.geteuid() != 0:
        return Account()
    entry = _owner(data) or _unprivileged()
    uid, gid = entry.pw_uid, entry.pw_gid
    return Account(uid, gid, _capability(uid, gid, data, programs / "postgres"))


def _owner(data: Path) -> pwd.struct_passwd | None:
    if not data.exists():
        return None
    uid = data.stat().st_uid
    try:
        return pwd.getpwuid(uid) if uid != 0 else None
    except KeyError:
        raise DatabaseError(f"{data} belongs to user id {uid}, which has no account here.") from None


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise DatabaseError("PostgreSQL refuses to run as root. Run this as another user, or set DATABASE_URL.")


def _capability(uid: int, gid: int, data: Path, program: Path) -> int | None:
    closed = [path for path in (*data.parents, *program.parents) if not _may(path, uid, gid, 1)]
    executable = _may(program, uid, gid, 1)
    if not closed and executable:
        return None
    if sys.platform != "linux":
        blocked = closed[0] if closed else program
        raise DatabaseError(f"PostgreSQL's account may not enter {blocked}. Choose another DEMO_DATA_DIR.")
    if executable and _permitted(CAP_DAC_READ_SEARCH):
        return CAP_DAC_READ_SEARCH
    return CAP_DAC_OVERRIDE  # containers often have only this one


def _permitted(capability: int) -> bool:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapPrm:"):
            return bool(int(line.split()[1], 16) >> capability & 1)
    return False


def _may(path: Path, uid: int, gid: int, bit: int) -> bool:
    """Return whether the mode bits allow it: bit 1 is to enter or execute, 2 to write, 4 to read."""
    if not path.exists():
        return True
    status = path.stat()
    shift = 6 if status.st_uid == uid else 3 if status.st_gid == gid else 0
    return bool(stat.S_IMODE(status.st_mode) >> shift & bit)
