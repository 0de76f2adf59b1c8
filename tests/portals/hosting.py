"""The written portals below ``hosts/``: copied, migrated, filled, and run with different settings."""

from __future__ import annotations

import hashlib
import shutil
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from tests.portals.building import Environment, exists, make_database, rename_database, run
from tests.portals.serving import serving
from tests.portals.tutorial import blocks, names_a_file, write
from tests.postgres import ROOT, fingerprint
from tests.servers import Portal

HOSTS = Path(__file__).parent / "hosts"
#: The page whose files the portal with shared users has.
EXAMPLE = "how-to/directory.md"


@dataclass(frozen=True)
class Host:
    """A portal: a folder, a database, and a module of settings."""

    environment: Environment
    folder: Path
    database: str
    settings: str = "portal.settings"

    def variables(self, **more: str) -> dict[str, str]:
        return self.environment.variables(self.database, DJANGO_SETTINGS_MODULE=self.settings, **more)

    def manage(self, *arguments: str) -> str:
        """Run a management command and return what it prints."""
        command = [self.environment.program("python"), "manage.py", *arguments]
        return run(command, cwd=self.folder, env=self.variables())

    def serving(
        self, command: list[str], *, port: int | None = None, **more: str
    ) -> AbstractContextManager[Portal]:
        return serving(command, folder=self.folder, variables=self.variables(**more), port=port)


def prepare(name: str, folder: Path, environment: Environment, *, versions: str = "") -> Host:
    """Copy a portal, and make its database if an earlier run has not left it.

    ``versions`` names the versions of the dependencies if they are not the newest: their migrations differ.
    """
    shutil.copytree(HOSTS / name, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    for language, text in blocks(EXAMPLE):
        if language == "python" and names_a_file(text) and name == "shared_users":
            write(folder, text)
    database = database_of(name) + versions
    if not exists(database):
        unfinished = f"{database}_unfinished"
        make_database(unfinished)
        host = Host(environment, folder, unfinished)
        host.manage(
            "makemigrations", *(each.parent.parent.name for each in folder.glob("*/migrations/__init__.py"))
        )
        host.manage("migrate_schemas", "--shared")
        host.manage("shell", "-c", (folder / "fill.py").read_text())
        rename_database(unfinished, database)
    return Host(environment, folder, database)


def database_of(name: str) -> str:
    """The prepared database. Its name changes with the migrations and the files of the portal."""
    digest = hashlib.sha256(fingerprint().encode())
    for path in [ROOT / "docs" / EXAMPLE, *sorted((HOSTS / name).rglob("*.py"))]:
        digest.update(path.read_bytes())
    return f"vcm_portal_{name}_{digest.hexdigest()[:12]}"
