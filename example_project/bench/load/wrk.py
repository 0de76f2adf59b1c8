"""Run wrk, a driver in C that is not the bottleneck."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from example_project.bench.calls import Request

SCRIPT = Path(__file__).with_name("requests.lua")
MISSING = "make load needs wrk, a driver for HTTP. On Debian: apt-get install wrk"


@dataclass(frozen=True)
class Turn:
    """What came of one turn of wrk. ``refused`` are answers with 4xx or 5xx. Times are in milliseconds."""

    rate: float
    p50: float
    p95: float
    p99: float
    refused: int
    broken: int


def run(requests: Iterable[Request], *, port: int, connections: int, seconds: int) -> Turn:
    """Send these requests in turn for some seconds."""
    wrk = shutil.which("wrk")
    if wrk is None:
        raise SystemExit(MISSING)
    with NamedTemporaryFile() as file:
        file.write(b"\0".join(_raw(each) for each in requests))
        file.flush()
        environment = {**os.environ, "WRK_REQUESTS": file.name, "WRK_RUN": str(time.time_ns())}
        command = [wrk, "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout=30s", "-s", str(SCRIPT)]
        run = subprocess.run(  # noqa: S603
            [*command, f"http://127.0.0.1:{port}"],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
    found = json.loads(run.stdout.strip().splitlines()[-1])
    times = {name: found[name] / 1000 for name in ("p50", "p95", "p99")}
    rate = found["requests"] / (found["microseconds"] / 1e6)
    return Turn(rate=rate, refused=found["refused"], broken=found["broken"], **times)


def _raw(request: Request) -> bytes:
    headers = {**request.headers, "Content-Length": str(len(request.body))}
    if "Idempotency-Key" in headers:
        headers["Idempotency-Key"] = "{key}"
    lines = [
        f"{request.method} {request.path} HTTP/1.1",
        *(f"{name}: {text}" for name, text in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + request.body
