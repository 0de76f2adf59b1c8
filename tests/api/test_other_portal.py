"""The portal's REST_FRAMEWORK settings change only authentication and throttles."""

import json
import os
import subprocess
import sys
from datetime import datetime
from urllib.parse import urlsplit

import pytest
from django.db import connection

from tests.postgres import ROOT


@pytest.fixture(scope="module")
def answers(django_db_setup):
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    environment = {
        **os.environ,
        "DATABASE_URL": database.geturl(),
        "DJANGO_SETTINGS_MODULE": "tests.api.other_portal",
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.api.other_portal_calls"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_answer_is_json(answers):
    assert {answer["type"] for answer in answers.values()} == {"application/json"}


@pytest.mark.parametrize("name", ["signed out", "wrong password"])
def test_authentication_is_the_portals(answers, name):
    answer = answers[name]
    assert (answer["status"], answer["data"]["code"]) == (401, "not_authenticated")
    assert answer["challenge"].startswith("Basic")


def test_scripts_of_open_pages_have_the_session_whatever_the_api_asks_for(answers):
    """Without a challenge: for one, browsers ask for a password in a dialog of their own."""
    assert answers["state of a page"]["status"] == 200
    assert answers["ticket of a page"]["data"]["code"] == "not_found"  # the test's server has no streams
    assert (answers["state, nobody"]["status"], answers["state, nobody"]["challenge"]) == (403, None)
    assert answers["list of a page"]["status"] == 401


def test_throttles_of_the_portal_do_not_count_polls(answers):
    assert answers["throttled"]["data"]["code"] == "throttled"
    assert answers["state"]["status"] == 200


def test_lists_keep_their_pages_and_filters(answers):
    assert answers["list"]["status"] == 200
    assert set(answers["list"]["data"]) == {"next", "previous", "results"}
    assert len(answers["list"]["data"]["results"]) == 3


def test_values_keep_their_types(answers):
    [newest, first] = answers["messages"]["data"]["results"]
    assert newest == answers["send"]["data"]
    assert isinstance(newest["id"], int)
    assert newest["body"] == "Olá"
    for each in (newest, first):
        assert datetime.fromisoformat(each["sent_at"]).utcoffset() is not None
    last = answers["one"]["data"]["last_message"]
    assert isinstance(last["id"], int)
    assert datetime.fromisoformat(last["sent_at"]).utcoffset() is not None
    assert isinstance(answers["state"]["data"]["cursor"], str)


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("form", 415, "unsupported_media_type"),
        ("invalid", 400, "invalid"),
        ("not found", 404, "not_found"),
        ("options", 405, "method_not_allowed"),
    ],
)
def test_errors_do_not_pass_through_the_portals_handler(answers, name, status, code):
    assert (answers[name]["status"], answers[name]["data"]["code"]) == (status, code)


def test_codes_are_not_translated(answers):
    assert answers["invalid"]["data"]["errors"]["body"][0]["code"] == "required"
