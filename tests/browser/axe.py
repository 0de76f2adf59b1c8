"""axe-core, which finds what people with disabilities cannot use. npm installs it, for tests only."""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

FOLDER = Path(__file__).parent / "npm"
PROGRAM = FOLDER / "node_modules" / "axe-core" / "axe.min.js"


@dataclass(frozen=True)
class Violation:
    """A rule that a page breaks, and the elements that break it."""

    rule: str
    help: str
    elements: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.rule}: {self.help}\n" + "\n".join(f"      {element}" for element in self.elements)


def violations(page: Page) -> list[Violation]:
    """Return what axe finds with all its rules, best practices included."""
    page.evaluate(_source())
    found: Any = page.evaluate("axe.run({ resultTypes: ['violations'] })")
    return [
        Violation(each["id"], each["help"], tuple(node["html"][:200] for node in each["nodes"]))
        for each in found["violations"]
    ]


@cache
def _source() -> str:
    with (FOLDER / "package.json").open() as lock:  # several workers may come here at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _installed() != _wanted():
            _install()
    return PROGRAM.read_text()


def _wanted() -> str:
    version: str = json.loads((FOLDER / "package.json").read_text())["devDependencies"]["axe-core"]
    return version


def _installed() -> str | None:
    file = PROGRAM.parent / "package.json"
    return json.loads(file.read_text())["version"] if file.exists() else None


def _install() -> None:
    if shutil.which("npm") is None:
        pytest.fail("npm is missing: make test installs it on Debian, elsewhere install it")
    subprocess.run(["npm", "ci", "--ignore-scripts", "--prefer-offline"], cwd=FOLDER, check=True)
