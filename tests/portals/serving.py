"""A portal's server, in a process of its own."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.polling import accepts_connections, wait_until
from tests.servers import Portal, free_port


@contextmanager
def serving(
    command: list[str], *, folder: Path, variables: Mapping[str, str], port: int | None = None
) -> Iterator[Portal]:
    """Run a server until the end of the block. ``{port}`` in its command is a free port."""
    port = port or free_port()
    output = (folder / f"server-{port}.log").open("w+b")
    words = [word.replace("{port}", str(port)) for word in command]
    process = subprocess.Popen(words, cwd=folder, env=dict(variables), stdout=output, stderr=output)
    try:
        wait_until(
            lambda: process.poll() is not None or accepts_connections(port),
            seconds=60,
            failure=f"{words[0]} did not start",
        )
        if process.poll() is not None:
            output.seek(0)
            raise RuntimeError(output.read().decode())
        yield Portal(port, process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        output.close()
