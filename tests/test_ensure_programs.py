"""What the script that installs programs leaves behind when it ends early."""

from __future__ import annotations

import subprocess

import pytest

from tests.postgres import ROOT
from tests.test_find_postgres import program

SCRIPT = (ROOT / ".ci" / "ensure-programs").read_text()
POLICY = "/usr/sbin/policy-rc.d"
#: Fails unless no service may start. Then this happens to the script.
APT_GET = """#!/bin/sh
[ -x {policy} ] || exit 99
{happens}
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a copy of it as root, as it believes, where one program is missing."""
    policy = tmp_path / "policy-rc.d"
    assert SCRIPT.count(POLICY) == 1
    program(tmp_path / "ensure-programs", SCRIPT.replace(POLICY, str(policy)))

    def run(happens):
        program(tmp_path / "bin" / "id", "#!/bin/sh\necho 0\n")
        program(tmp_path / "bin" / "apt-get", APT_GET.format(policy=policy, happens=happens))
        monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
        command = [tmp_path / "ensure-programs", "postgresql-0"]
        return subprocess.run(command, capture_output=True, text=True, check=False).returncode, policy

    return run


@pytest.mark.parametrize(
    ("happens", "code"),
    [
        ("exit 0", 0),
        ("exit 100", 100),
        ("kill -TERM $PPID", 143),
        ("kill -HUP $PPID", 129),
        ("kill -INT $PPID", 130),
    ],
)
def test_services_may_start_again_however_it_ends(run, happens, code):
    ended, policy = run(happens)
    assert ended == code
    assert not policy.exists()


@pytest.mark.parametrize("happens", ["exit 0", "kill -TERM $PPID"])
def test_a_policy_that_was_there_stays(run, tmp_path, happens):
    program(tmp_path / "policy-rc.d", "#!/bin/sh\nexit 0\n")
    _ended, policy = run(happens)
    assert policy.read_text() == "#!/bin/sh\nexit 0\n"
