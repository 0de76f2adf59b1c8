"""django-postman on the same messages, in an environment of its own: what a portal would pick instead."""

from __future__ import annotations

import subprocess
import venv
from pathlib import Path

from example_project.bench.processes import worker
from example_project.bench.stage import HEAVY, LARGE, LIGHT
from example_project.bench.table import Row

PACKAGES = ["Django>=5.2,<5.3", "django-postman==4.6", "dj-pagination==2.5.0", "psycopg[binary]>=3.2"]
FLOOR = "floor: page"
#: Their names and addresses.
CALLS = {FLOOR: "/floor/", "inbox": "/messages/inbox/", "unread count on a page": "/badge/"}


def measure(data_dir: Path, database_url: str, rounds: int) -> list[Row]:
    """Rows of the table: in process, since it is no part of our portal. Fewer rounds: they are slow."""
    python = _environment(data_dir / "postman")
    command = [str(python), "-m", "example_project.bench.peer.worker"]
    with worker(database_url, command=command, settings="example_project.bench.peer.settings") as told:
        told.ask(do="prepare", clinic=LARGE)
        rows: dict[tuple[str, str], Row] = {}
        for person in (HEAVY, LIGHT):
            for name, path in CALLS.items():
                row = Row(f"django-postman 4.6, {name}", LARGE, person, ours=None)
                row.floor = rows.get((person, FLOOR))
                seen = told.ask(do="examine", person=person, path=path)
                row.ours, row.others, row.bytes, row.peak = (
                    seen["ours"],
                    seen["others"],
                    seen["bytes"],
                    seen["peak"],
                )
                rows[person, name] = row
        for _round in range(min(rounds, 10)):
            for (person, name), row in rows.items():
                row.in_process.append(told.ask(do="make", person=person, path=CALLS[name]))
    return list(rows.values())


def _environment(path: Path) -> Path:
    """The interpreter of a virtual environment with the peer in it."""
    python = path / "bin" / "python"
    if not (path / "installed").exists():
        venv.create(path, with_pip=True, clear=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PACKAGES], check=True)  # noqa: S603
        (path / "installed").touch()
    return python
