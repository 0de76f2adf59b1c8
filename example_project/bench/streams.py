"""`python -m example_project.bench.streams`: measure what open streams cost and how fast they are.

Starts its own PostgreSQL and server, opens the given numbers of streams, and prints one table. Memory is the
resident set of the server process, minus its resident set with one stream. Latency is the time from the
commit of a message to the arrival of the poke, with 50 messages a second.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psycopg

from example_project import database
from example_project.bench.crowd import Crowd
from example_project.demo.options import ROOT

CLINIC = "riverside"
SETTINGS = "example_project.bench.settings"
MESSAGES_PER_SECOND = 50
IDLE_SECONDS = 20
#: Far above the keys of real users, for streams that receive nothing.
NOBODY = 1_000_000


@dataclass
class Result:
    streams: int
    kilobytes_each: float
    threads: int
    connections: int
    idle_percent: float
    median_ms: float
    p99_ms: float

    def row(self) -> str:
        return (
            f"| {self.streams:,} | {self.kilobytes_each:.1f} kB | {self.threads} | {self.connections} |"
            f" {self.idle_percent:.1f} % | {self.median_ms:.1f} ms | {self.p99_ms:.1f} ms |"
        )


HEADER = (
    "| streams | memory each | threads | PostgreSQL connections | idle CPU of a core | median | p99 |\n"
    "|---|---|---|---|---|---|---|"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("streams", type=int, nargs="*", default=[1000, 5000])
    parser.add_argument("--port", type=int, default=8098)
    parser.add_argument("--seconds", type=int, default=20, help="how long messages are sent")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vcm-bench-") as directory:
        server = database.start(directory)
        try:
            server.ensure_role("portal")
            server.ensure_database("portal", owner="portal")
            os.environ["DATABASE_URL"] = server.url("portal", "portal")
            os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
            manage = [
                sys.executable,
                "example_project/manage.py",
                "prepare_demo",
                "--port",
                str(options.port),
            ]
            subprocess.run(manage, cwd=ROOT, check=True, stdout=sys.stderr)  # noqa: S603
            print(HEADER, flush=True)
            for count in options.streams:
                print(measure(count, options.port, options.seconds).row(), flush=True)
        finally:
            server.stop()


def measure(count: int, port: int, seconds: int) -> Result:
    """Measure one server process with this many streams."""
    import django

    django.setup()
    command = [sys.executable, "-m", "uvicorn", "example_project.asgi:application", "--port", str(port)]
    process = subprocess.Popen([*command, "--log-level", "warning", "--backlog", "8192"], cwd=ROOT)  # noqa: S603
    try:
        return asyncio.run(_measure(process.pid, count, port, seconds))
    finally:
        process.terminate()
        process.wait(20)


async def _measure(pid: int, count: int, port: int, seconds: int) -> Result:
    await _reachable(port)
    with ProcessPoolExecutor(1) as writer:
        loop = asyncio.get_running_loop()
        readers: list[int] = await loop.run_in_executor(writer, make_readers, 100)
        crowd = Crowd(CLINIC, port)
        await crowd.join(range(NOBODY, NOBODY + 1))
        memory, connections = _resident(pid), _connections()
        await crowd.join(range(NOBODY + 1, NOBODY + count - len(readers)))
        for reader in readers:
            await crowd.join(range(reader, reader + 1))
        await asyncio.sleep(5)
        each = (_resident(pid) - memory) / count / 1000
        used, begun = _cpu_seconds(pid), time.monotonic()
        await asyncio.sleep(IDLE_SECONDS)
        idle = 100 * (_cpu_seconds(pid) - used) / (time.monotonic() - begun)
        threads, more = _threads(pid), _connections() - connections
        delays = await _latencies(crowd, writer, readers, seconds)
        await crowd.leave()
    delays.sort()
    p99 = delays[int(len(delays) * 0.99) - 1]
    return Result(count, each, threads, 1 + more, idle, 1000 * median(delays), 1000 * p99)


async def _latencies(
    crowd: Crowd, writer: ProcessPoolExecutor, readers: list[int], seconds: int
) -> list[float]:
    """Send messages at the fixed rate, wait for each poke, and return the seconds from commit to arrival."""
    loop = asyncio.get_running_loop()
    delays = []
    begun = time.monotonic()
    for number in range(seconds * MESSAGES_PER_SECOND):
        reader = readers[number % len(readers)]
        crowd.poked.pop(str(reader), None)
        committed = await loop.run_in_executor(writer, write_to, reader)
        while str(reader) not in crowd.poked:
            await asyncio.sleep(0.0005)
        delays.append(max(0.0, crowd.poked[str(reader)] - committed))
        ahead = begun + (number + 1) / MESSAGES_PER_SECOND - time.monotonic()
        await asyncio.sleep(max(0.0, ahead))
    return delays


def make_readers(count: int) -> list[int]:
    """Create patients to write to, and return their keys. Runs in the writer's process."""
    import django

    django.setup()
    from django_tenants.utils import schema_context

    from vclinic_messages.testing import create_member

    with schema_context(CLINIC):
        return [create_member("patient", username=f"reader-{time.time_ns()}").pk for _number in range(count)]


def write_to(reader: int) -> float:
    """Start a conversation, and return when it was committed. Runs in the writer's process."""
    from django.contrib.auth.models import User
    from django_tenants.utils import schema_context

    from vclinic_messages.actions import start_conversation

    with schema_context(CLINIC):
        doctor = User.objects.get(username="doctor")
        start_conversation(sender=doctor, recipient=str(reader), body="Measured.")
        return time.time()


async def _reachable(port: int) -> None:
    for _attempt in range(200):
        try:
            _reader, connection = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            connection.close()
            return
    raise RuntimeError("the server did not start")


def _status(pid: int, name: str) -> int:
    line = next(
        each for each in Path(f"/proc/{pid}/status").read_text().splitlines() if each.startswith(name)
    )
    return int(line.split()[1])


def _resident(pid: int) -> int:
    """Return the resident set of the process in bytes."""
    return _status(pid, "VmRSS:") * 1024


def _threads(pid: int) -> int:
    return _status(pid, "Threads:")


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _connections() -> int:
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        query = (
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE 'LISTEN%'"
            " OR datname = current_database() AND query = 'SELECT 1'"
        )
        row = connection.execute(query).fetchone()
        return int(row[0]) if row else 0


if __name__ == "__main__":
    main()
