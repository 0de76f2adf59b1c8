"""The lowest versions of all dependencies that setup.cfg allows."""

from __future__ import annotations

import json
import subprocess

from packaging.version import Version

from tests.portals.building import run
from tests.portals.test_clinic_users import HOST, SERVER
from tests.portals.visiting import Site
from tests.portals.walk import walk
from tests.postgres import ROOT

INSTALLED = """
import json
from importlib.metadata import distributions
print(json.dumps({each.name.lower(): each.version for each in distributions()}))
"""


def test_the_lowest_versions_on_python_311(lowest_portal, tmp_path):
    portal = lowest_portal.result()
    python = portal.environment.program("python")
    run([str(ROOT / ".ci" / "lowest-versions"), str(tmp_path / "lowest.txt")])
    wanted = dict(line.lower().split("==") for line in (tmp_path / "lowest.txt").read_text().split())
    installed = json.loads(subprocess.check_output([python, "-c", INSTALLED]))
    assert {name: Version(installed[name]) for name in wanted} == {
        name: Version(version) for name, version in wanted.items()
    }
    assert "vclinic_messages." not in portal.manage("check", "--database", "default")  # Wagtail 7.4 has some
    with portal.serving(SERVER) as server:
        walk(Site(server, HOST), streams=True)
