"""The CI workflow runs what tox.ini names."""

from __future__ import annotations

import re
from configparser import ConfigParser
from itertools import product

import yaml

from tests.postgres import ROOT

WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"


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


def test_every_environment_of_tox_runs_in_ci():
    assert "py311-django52-wagtail80" in tox_environments()
    assert ci_environments() == tox_environments()
