"""Habits that the tests themselves keep."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

BROWSER_TESTS = sorted(Path(__file__).with_name("browser").glob("**/*.py"))
SLEEP = re.compile(r"wait_for_timeout|\bsleep\(|time\.sleep")


@pytest.mark.parametrize("path", BROWSER_TESTS, ids=lambda path: path.name)
def test_no_browser_test_waits_for_a_fixed_time(path):
    """Wait for what the test is about: a response, an event, a state of the page, or the page's own clock."""
    lines = enumerate(path.read_text().splitlines(), start=1)
    assert [f"{path.name}:{number}" for number, line in lines if SLEEP.search(line)] == []


def test_the_search_for_sleeps_finds_them():
    found = [
        bool(SLEEP.search(line)) for line in ("page.wait_for_timeout(5)", "time.sleep(1)", "expect(page)")
    ]
    assert found == [True, True, False]
