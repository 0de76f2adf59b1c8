"""Measure django-postman, which a portal might use instead, with the same messages in its own environment."""

from __future__ import annotations

import subprocess
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from example_project.bench.processes import Worker, worker
from example_project.bench.stage import HEAVY, LARGE, LIGHT
from example_project.bench.table import Row

PACKAGES = [
    "Django>=5.2,<5.3",
    "django-postman==4.6",
    "dj-pagination==2.5.0",
    "psycopg[binary]>=3.2",
    "gunicorn>=23",
]
SETTINGS = "example_project.bench.peer.settings"
FLOOR = "floor: page"
#: The paths of the measured pages, by name.
CALLS = {FLOOR: "/floor/", "inbox": "/messages/inbox/", "unread count on a page": "/badge/"}


def measure(data_dir: Path, database_url: str, rounds: int) -> list[Row]:
    """Return rows of the table. They have no times of a server, and at most 10 rounds, as it is slow."""
    with postman(data_dir, database_url) as (_python, process):
        process.ask(do="prepare", clinic=LARGE)
        rows: dict[tuple[str, str], Row] = {}
        for person in (HEAVY, LIGHT):
            for name, path in CALLS.items():
                row = Row(f"django-postman 4.6, {name}", LARGE, person, ours=None)
                row.floor = rows.get((person, FLOOR))
                seen = process.ask(do="examine", person=person, path=path)
                row.ours, row.others, row.bytes, row.peak = (
                    seen["ours"],
                    seen["others"],
                    seen["bytes"],
                    seen["peak"],
                )
                rows[person, name] = row
        for _round in range(min(rounds, 10)):
            for (person, name), row in rows.items():
                row.in_process.append(process.ask(do="make", person=person, path=CALLS[name]))
    return list(rows.values())


@contextmanager
def postman(data_dir: Path, database_url: str) -> Iterator[tuple[Path, Worker]]:
    """Give the interpreter of django-postman's own environment, and a worker in it."""
    python = _environment(data_dir / "postman")
    command = [str(python), "-m", "example_project.bench.peer.worker"]
    with worker(database_url, command=command, settings=SETTINGS) as process:
        yield python, process


def _environment(path: Path) -> Path:
    """Return the interpreter of a virtual environment with django-postman. Create it if needed."""
    python = path / "bin" / "python"
    installed = path / "installed"
    if not installed.exists() or installed.read_text() != " ".join(PACKAGES):
        venv.create(path, with_pip=True, clear=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PACKAGES], check=True)  # noqa: S603
        installed.write_text(" ".join(PACKAGES))
    return python
