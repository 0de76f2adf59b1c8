"""A streaming replica for reports: a portal in a process of its own, whose default database is a standby."""

from __future__ import annotations

import subprocess
import sys

import pytest
from bs4 import BeautifulSoup

from tests.faults.cluster import running_replica
from tests.faults.furnish import furnish
from tests.polling import wait_until
from tests.postgres import ROOT
from tests.servers import serve

CSRF = "c" * 32
API = "/messages/api/v1/conversations/"
TEXT = "Sent on the primary"


@pytest.fixture(scope="module")
def replica(cluster):
    with running_replica(cluster) as replica:
        yield replica


@pytest.fixture(scope="module")
def pair(cluster, replica):
    """A patient of alder has written to a doctor: the conversation, and the sessions of two people."""
    [pair] = furnish(cluster)["alder"]
    catch_up(cluster, replica)
    return pair


@pytest.fixture(scope="module")
def portal(cluster):
    with serve(DATABASE_URL=cluster.url()) as portal:
        yield portal


@pytest.fixture(scope="module")
def reading_portal(replica):
    with serve(DATABASE_URL=replica.url()) as portal:
        yield portal


def catch_up(cluster, replica):
    """Wait until the standby has replayed what the primary has written so far."""
    with cluster.connect() as primary, replica.connect() as standby:
        [written] = primary.execute("SELECT pg_current_wal_lsn()").fetchone()

        def is_replayed() -> bool:
            caught_up = standby.execute("SELECT pg_last_wal_replay_lsn() >= %s", [written]).fetchone()
            return caught_up == (True,)

        wait_until(is_replayed, seconds=30, failure=lambda: replica.log.read_text()[-2000:])


def send(portal, pair, body, key):
    path, headers = f"{API}{pair['conversation']}/messages/", {"X-CSRFToken": CSRF, "Idempotency-Key": key}
    with portal.client("alder", pair["session"]) as client:
        client.cookies.set("csrftoken", CSRF)
        return client.post(path, json={"body": body}, headers=headers)


def report(portal, pair, name):
    """The rows of the page, by heading."""
    with portal.client("alder", pair["manager"]) as client:
        answer = client.get(f"/cms/messages/{name}/")
    assert answer.status_code == 200
    found = BeautifulSoup(answer.text, "html.parser")
    headings = [" ".join(each.get_text().split()) for each in found.select("table thead th")]
    rows = [row.select("td") for row in found.select("table tbody tr")]
    return [
        dict(zip(headings, (" ".join(cell.get_text().split()) for cell in row), strict=True)) for row in rows
    ]


def manage(server, *arguments):
    command = [sys.executable, "example_project/manage.py", *arguments]
    run = subprocess.run(
        command, cwd=ROOT, env=server.environment(), capture_output=True, text=True, check=False
    )
    return run.returncode, run.stdout + run.stderr


def bodies(server, schema):
    with server.connect("portal") as connection:
        connection.execute(f"SET search_path = {schema}")
        return connection.execute("SELECT body FROM vclinic_messages_message ORDER BY id").fetchall()


def test_reports_say_what_was_just_sent_elsewhere(cluster, replica, pair, portal, reading_portal):
    [waiting] = report(reading_portal, pair, "waiting")
    assert (waiting["Waiting for"].split()[0], waiting["Messages"]) == ("doctor0", "1")
    assert send(portal, pair, TEXT, "first").status_code == 201
    catch_up(cluster, replica)
    assert report(reading_portal, pair, "waiting") == []
    [week] = report(reading_portal, pair, "activity")
    assert (week["Conversations"], week["Messages"], week["First answers"]) == ("1", "2", "1")
    trail = report(reading_portal, pair, "audit")
    assert trail == report(portal, pair, "audit")
    assert trail[0]["Who"].startswith("doctor0")


def test_a_send_is_refused_and_the_same_send_reaches_the_primary_once(
    cluster, replica, pair, portal, reading_portal
):
    before = bodies(cluster, "alder")
    refused = send(reading_portal, pair, "Tried twice", "second")
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    assert bodies(cluster, "alder") == before
    for _ in range(2):
        assert send(portal, pair, "Tried twice", "second").status_code == 201
    catch_up(cluster, replica)
    assert bodies(replica, "alder") == bodies(cluster, "alder") == [*before, ("Tried twice",)]


def test_a_page_keeps_the_text_that_it_could_not_send(pair, reading_portal):
    with reading_portal.client("alder", pair["session"]) as client:
        client.cookies.set("csrftoken", CSRF)
        data = {"body": "Typed with care", "key": "third", "csrfmiddlewaretoken": CSRF}
        headers = {"Sec-Fetch-Site": "same-origin"}  # as every browser says
        answer = client.post(f"/messages/{pair['conversation']}/", data=data, headers=headers)
    assert answer.status_code == 503
    assert "Typed with care" in answer.text


@pytest.mark.parametrize("name", ["waiting", "activity", "audit"])
def test_a_report_is_not_downloaded_where_it_cannot_be_recorded(pair, reading_portal, name):
    with reading_portal.client("alder", pair["manager"]) as client:
        answer = client.get(f"/cms/messages/{name}/?export=csv")
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "text/plain")


def test_texts_are_not_opened_where_it_cannot_be_noted(pair, reading_portal):
    """Opening a conversation, and a copy of it, belong into the audit trail first."""
    with reading_portal.client("alder", pair["session"]) as client:
        for path in (f"/messages/{pair['conversation']}/", f"{API}{pair['conversation']}/messages/"):
            answer = client.get(path)
            assert answer.status_code == 503
            assert "Secret of" not in answer.text
    with reading_portal.client("alder", pair["manager"]) as client:
        client.cookies.set("csrftoken", CSRF)
        data = {"reason": "A letter", "format": "html", "csrfmiddlewaretoken": CSRF}
        answer = client.post(f"/cms/messages/export/{pair['conversation']}/", data=data)
        assert (answer.status_code, "Secret of" in answer.text) == (503, False)


def test_row_security_applies_on_the_replica(replica, pair):
    table = "alder.vclinic_messages_message"
    with replica.connect("portal") as connection:
        assert connection.execute("SELECT pg_is_in_recovery()").fetchone() == (True,)
        assert connection.execute(f"SELECT * FROM {table}").fetchall() == []
        connection.execute("SET search_path = birch, public")
        assert connection.execute(f"SELECT * FROM {table}").fetchall() == []
    assert ("Secret of birch",) in bodies(replica, "birch")


def test_the_commands_that_only_look_work_on_the_replica(replica, pair):
    status, told = manage(replica, "messages_verify")
    assert (status, "alder: all counters are correct" in told) == (0, True), told
    status, told = manage(replica, "messages_isolation", "--check")
    assert (status, "alder: protected" in told) == (0, True), told
    script = (
        "from vclinic_messages.selectors.report_rows import overview; print('waiting:', overview().waiting)"
    )
    status, told = manage(replica, "tenant_command", "shell", "--schema=birch", "-c", script)
    assert (status, "waiting: 1" in told) == (0, True), told
