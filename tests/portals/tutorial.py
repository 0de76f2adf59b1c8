"""Do what docs/tutorial.md says: write its files and run its commands, as they stand."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from tests.portals.building import Environment, run
from tests.postgres import ROOT

#: What the test does by itself: its environment, its database, and later its server.
DONE_BY_THE_TEST = ("python3 -m venv", ". .venv", "pip install", "createuser", "createdb", "sudo", "uvicorn")
#: The portal's own tests make a database of their own, which takes long.
TESTS = ("python manage.py test",)
#: The database that the tutorial names.
DATABASE = "portal"

_BLOCK = re.compile(r"^```(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"\A(?:#|\{#) (\S+\.\w+)(, at the end)?(?: #\})?\n")


def blocks(page: str = "tutorial.md") -> list[tuple[str, str]]:
    """The blocks of a page: language and text."""
    return _BLOCK.findall((ROOT / "docs" / page).read_text())


def follow(folder: Path, environment: Environment, *, skip: tuple[str, ...] = ()) -> None:
    """Write every file and run every command, except those that begin with one of ``skip``."""
    for language, text in blocks():
        if language == "console":
            for command in commands(text):
                if not command.startswith((*DONE_BY_THE_TEST, *skip)):
                    run_line(command, folder, environment)
        elif language != "text":  # what the reader sees, not what they write
            write(folder, text)


def commands(text: str) -> Iterator[str]:
    yield from (line.removeprefix("$ ") for line in text.splitlines() if line.startswith("$ "))


def command(beginning: str) -> list[str]:
    """The only command of the tutorial that begins so, in words."""
    [found] = [
        line
        for language, text in blocks()
        if language == "console"
        for line in commands(text)
        if line.startswith(beginning)
    ]
    return shlex.split(found)


def run_line(line: str, folder: Path, environment: Environment) -> str:
    return run(["bash", "-c", line], cwd=folder, env=environment.variables(DATABASE))


def names_a_file(text: str) -> bool:
    return _FILE.match(text) is not None


def write(folder: Path, text: str) -> None:
    """Write the file that the first line of a block names."""
    named = _FILE.match(text)
    assert named, f"a block without the name of its file: {text[:60]}"
    path = folder / named[1]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a" if named[2] else "w") as file:
        file.write(text)
