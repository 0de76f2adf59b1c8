"""Which of Debian's PostgreSQL versions the second run of tests takes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

FIND = Path(__file__).parents[1] / ".ci" / "find-postgres"
APT_CACHE = """#!/bin/sh
case "$*" in
    "policy postgresql-15") {policy} ;;
    "depends postgresql") {depends} ;;
esac
"""
OFFERED = "printf 'postgresql-15:\\n  Installed: (none)\\n  Candidate: 15.14-0+deb12u1\\n'"
NOT_OFFERED = "printf 'postgresql-15:\\n  Installed: (none)\\n  Candidate: (none)\\n'"
BRINGS_17 = "printf 'postgresql\\n  Depends: postgresql-17\\n'"


@pytest.fixture
def find(tmp_path, monkeypatch):
    """Runs it on a system with these versions installed, and this answer of apt."""

    def run(installed, *, policy="exit 100", depends="exit 100"):
        programs = tmp_path / "programs"
        programs.mkdir()
        program(programs / "apt-cache", APT_CACHE.format(policy=policy, depends=depends))
        program(programs / "apt-get", "#!/bin/sh\nexit 100\n")
        for major in installed:
            program(tmp_path / "postgresql" / str(major) / "bin" / "initdb", "#!/bin/sh\n")
        monkeypatch.setenv("PATH", str(programs), prepend=":")
        return subprocess.run([FIND, tmp_path / "postgresql"], capture_output=True, text=True, check=False)

    return run


def program(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("installed", "apt", "major"),
    [
        ([15, 17], {}, "15"),
        ([17], {"policy": OFFERED}, "15"),
        ([], {"policy": OFFERED, "depends": BRINGS_17}, "15"),
        ([9, 16, 17], {"policy": NOT_OFFERED}, "17"),
        ([16], {"depends": BRINGS_17}, "16"),
        ([], {"policy": NOT_OFFERED, "depends": BRINGS_17}, "17"),
    ],
)
def test_it_is_15_where_there_is_one(find, installed, apt, major):
    run = find(installed, **apt)
    assert (run.returncode, run.stdout, run.stderr) == (0, f"{major}\n", "")


def test_where_there_is_none_it_says_what_to_install(find):
    run = find([])
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.endswith("sudo apt install postgresql\n")
