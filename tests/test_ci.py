"""The CI workflow runs what tox.ini names."""

from __future__ import annotations

import re
import subprocess
import sys
from configparser import ConfigParser
from itertools import product

import yaml

from tests.postgres import ROOT

WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"
#: Minimums that tests with older versions found. `tox -e lowest` has to pass before one is lowered.
FOUND_TOO_LOW = {"django-htmx": "1.28", "djangorestframework": "3.18", "psycopg": "3.2.1"}


def tox_environments():
    """The names in env_list, with each choice in braces written out."""
    config = ConfigParser(interpolation=None)
    config.read(ROOT / "tox.ini")
    found = set()
    for name in config["tox"]["env_list"].split():
        parts = [part.strip("{}").split(",") for part in re.findall(r"\{[^}]*\}|[^{]+", name)]
        found |= {"".join(choice) for choice in product(*parts)}
    return found


def ci_environments():
    matrix = yaml.safe_load(WORKFLOW.read_text())["jobs"]["test"]["strategy"]["matrix"]
    left_out = [(each["python"], each["packages"]) for each in matrix["exclude"]]
    pairs = set(product(matrix["python"], matrix["packages"])) - set(left_out)
    return {f"py{python.replace('.', '')}-{packages}" for python, packages in pairs}


def test_the_lowest_versions_are_those_of_the_package(tmp_path):
    file = tmp_path / "lowest.txt"
    subprocess.run([sys.executable, ROOT / ".ci" / "lowest-versions", file], check=True)
    lowest = dict(line.split("==") for line in file.read_text().split())
    config = ConfigParser(interpolation=None)
    config.read(ROOT / "setup.cfg")
    assert config["options"]["install_requires"].split() == [f"{name}>={lowest[name]}" for name in lowest]
    assert {name: lowest[name] for name in FOUND_TOO_LOW} == FOUND_TOO_LOW


def test_every_environment_of_tox_runs_in_ci():
    assert "py311-django52-wagtail80" in tox_environments()
    assert ci_environments() == tox_environments()
