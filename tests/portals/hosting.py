"""The written portals below ``hosts/``: copied, migrated, filled, and run with different settings."""

from __future__ import annotations

import shutil
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from tests.portals.building import Environment, make_database, run
from tests.portals.serving import serving
from tests.servers import Portal

HOSTS = Path(__file__).parent / "hosts"


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


def prepare(name: str, folder: Path, environment: Environment) -> Path:
    """Copy a portal, migrate its database and fill it. Return its folder."""
    shutil.copytree(HOSTS / name, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    database = f"vcm_portal_{name}"
    make_database(database)
    host = Host(environment, folder, database)
    host.manage("migrate_schemas", "--shared")
    host.manage("shell", "-c", (folder / "fill.py").read_text())
    return folder
