"""The packages that ``npm/package.json`` names. npm installs them, for tests only."""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "npm"
MODULES = FOLDER / "node_modules"


def package_file(path: str) -> Path:
    """A file of a package, such as ``axe-core/axe.min.js``."""
    _ensure()
    return MODULES / path


@cache
def _ensure() -> None:
    with (FOLDER / "package.json").open() as lock:  # several workers may come here at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted: dict[str, str] = json.loads(Path(lock.name).read_text())["devDependencies"]
        if {name: _installed(name) for name in wanted} != wanted:
            _install()


def _installed(name: str) -> str | None:
    file = MODULES / name / "package.json"
    return json.loads(file.read_text())["version"] if file.exists() else None


def _install() -> None:
    if shutil.which("npm") is None:
        pytest.fail("npm is missing: make test installs it on Debian, elsewhere install it")
    subprocess.run(["npm", "ci", "--ignore-scripts", "--prefer-offline"], cwd=FOLDER, check=True)
