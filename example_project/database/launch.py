"""Run as a script that turns into PostgreSQL: give up root, arrange to stop with the parent, then exec.

It is a script and not a `preexec_fn`, because Python code between fork and exec can deadlock in a process
with threads, such as a test run.
"""

import argparse
import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
PR_SET_SECUREBITS = 28
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
SECBIT_NO_SETUID_FIXUP = 1 << 2
LINUX_CAPABILITY_VERSION_3 = 0x20080522


class CapabilityHeader(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class CapabilityData(ctypes.Structure):
    _fields_ = [
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    ]


def _call(name: str, *arguments: object) -> None:
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{name}: {os.strerror(error)}")


def become(uid: int, gid: int, capability: int | None) -> None:
    """Give up root for good. Keep at most one capability; account.py says why."""
    if capability is not None:
        # Without this, access() ignores the capability. PostgreSQL calls access() for its own program.
        _call("prctl", PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if capability is not None:
        bit = 1 << capability
        data = (CapabilityData * 2)(CapabilityData(bit, bit, bit), CapabilityData(0, 0, 0))
        _call("capset", ctypes.byref(CapabilityHeader(LINUX_CAPABILITY_VERSION_3, 0)), data)
        _call("prctl", PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0)


def stop_with_parent(parent: int) -> None:
    """Make the kernel send SIGINT, PostgreSQL's fast shutdown, when the parent ends, even by SIGKILL.

    To the kernel, the parent is the thread that has started this process. This works on Linux only. Call it
    after the change of user, which would undo it.
    """
    if sys.platform == "linux":
        _call("prctl", PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)
    if os.getppid() != parent:  # the parent ended before the call above
        sys.exit(1)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--uid", type=int)
    parser.add_argument("--gid", type=int)
    parser.add_argument("--capability", type=int)
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    if options.uid is not None:
        become(options.uid, options.gid, options.capability)
    stop_with_parent(options.parent)
    os.execv(options.command[0], options.command)  # noqa: S606


if __name__ == "__main__":
    main()
