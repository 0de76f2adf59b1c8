"""One message from a patient to a doctor and back, in Debian's Firefox. ``make test-firefox`` runs it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.servers import sign_in

FOLDER = Path(__file__).parent


def test_a_message_and_its_answer(people, portal):
    firefox = shutil.which("firefox-esr") or shutil.which("firefox")
    if firefox is None or shutil.which("npm") is None:
        pytest.fail("this test needs Firefox and npm. On Debian: apt install firefox-esr npm")
    if not (FOLDER / "node_modules").exists():
        subprocess.run(["npm", "ci", "--ignore-scripts", "--prefer-offline"], cwd=FOLDER, check=True)
    subprocess.run(
        ["node", "smoke.mjs", portal.url("alder", ""), sign_in(people.patient), sign_in(people.doctor)],
        cwd=FOLDER,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(Path.home()), "FIREFOX": firefox},
        timeout=120,
        check=True,
    )
