"""The wheel, and a virtual environment that has it and what the portals need."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import sql

from tests.postgres import ROOT

#: What the portals need besides Messages. The tutorial installs the first two, without the pool.
REQUIREMENTS = ["psycopg[binary,pool]", "uvicorn", "gunicorn", "whitenoise"]


@dataclass(frozen=True)
class Environment:
    """A virtual environment with the wheel."""

    folder: Path

    def program(self, name: str) -> str:
        return str(self.folder / "bin" / name)

    def variables(self, database: str, **more: str) -> dict[str, str]:
        """The environment of a portal's process. libpq finds the server by these variables."""
        kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        return {**kept, "PATH": path, **server_variables(), "PORTAL_DATABASE": database, **more}


def build_wheel(folder: Path) -> Path:
    """Build the wheel from a copy of the source."""
    source = folder / "source"
    ignored = shutil.ignore_patterns(
        ".*", "__pycache__", "build", "dist", "*.egg-info", "site", "node_modules"
    )
    shutil.copytree(ROOT, source, ignore=ignored)
    run([sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "-w", str(folder), str(source)])
    [wheel] = folder.glob("*.whl")
    return wheel


def install(
    wheel: Path, folder: Path, *, python: str = sys.executable, constraints: Path | None = None
) -> Environment:
    """Install the wheel with its dependencies into a new virtual environment, as a portal does."""
    environment = Environment(folder)
    run([python, "-m", "venv", "--without-pip", str(folder)])
    pip = [sys.executable, "-m", "pip", "--python", environment.program("python"), "install"]
    options = ["--quiet", "--disable-pip-version-check", "--no-compile"]
    limits = ["--constraint", str(constraints)] if constraints else []
    run([*pip, *options, *limits, str(wheel), *REQUIREMENTS])
    return environment


def python_311() -> str | None:
    """The path of a Python 3.11, if there is one. A file of that name may be a shim that does not work."""
    for name in ("python3.11", "python3"):
        program = shutil.which(name)
        if program is not None:
            told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
            if told.startswith("Python 3.11."):
                return program
    return None


def run(command: list[str], **options: object) -> str:
    """Run a command. Its output is in the error if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return str(done.stdout) + str(done.stderr)


def server_variables() -> dict[str, str]:
    parts = urlsplit(os.environ["DATABASE_URL"])
    values = {
        "PGHOST": unquote(parts.hostname or ""),
        "PGPORT": str(parts.port or ""),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
    }
    return {name: value for name, value in values.items() if value}


def make_database(name: str, *, template: str = "template1") -> None:
    """Make a database of this name, instead of one that an earlier run has left."""
    drop_database(name)
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))


def drop_database(name: str) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def rename_database(name: str, new: str) -> None:
    statement = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(new)))


def exists(name: str) -> bool:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        return bool(connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone())
