"""The database is gone before our views run: a portal's server without its database server."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from bs4 import BeautifulSoup

from tests.faults.furnish import furnish
from tests.pages.visitor import values
from tests.servers import serve

CSRF = "c" * 32
API = "/messages/api/v1/"
TEXT = "Typed <carefully>"
#: What a browser sends with a form of ours.
OURS = {"Sec-Fetch-Site": "same-origin"}


@contextmanager
def killed(cluster):
    cluster.kill()
    try:
        yield
    finally:
        cluster.start()


@contextmanager
def without_connections(cluster):
    """No connection can be had, as when others have taken them all."""
    with cluster.connect() as connection:
        connection.execute("ALTER ROLE portal CONNECTION LIMIT 0")
        try:
            yield
        finally:
            connection.execute("ALTER ROLE portal CONNECTION LIMIT -1")


@pytest.fixture(params=[killed, without_connections], ids=lambda outage: outage.__name__)
def outage(request, cluster):
    return lambda: request.param(cluster)


@pytest.fixture(scope="module")
def pair(cluster):
    [pair] = furnish(cluster)["alder"]
    return pair


@pytest.fixture(scope="module")
def portal(cluster):
    with serve(DATABASE_URL=cluster.url()) as portal:
        yield portal


@pytest.fixture
def doctor(portal, pair):
    with portal.client("alder", pair["session"]) as client:
        client.cookies.set("csrftoken", CSRF)
        yield client


@pytest.fixture
def manager(portal, pair):
    with portal.client("alder", pair["manager"]) as client:
        yield client


def assert_unavailable(answer):
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["Retry-After"]) > 0
    assert "sessionid" not in answer.headers.get("Set-Cookie", "")


def test_every_call_of_the_api_says_unavailable(doctor, pair, outage):
    conversation = f"{API}conversations/{pair['conversation']}/"
    paths = [f"{API}{name}/" for name in ("feature", "conversations", "recipients", "live/state")]
    headers = {"X-CSRFToken": CSRF, "Idempotency-Key": "key"}
    assert doctor.get(f"{API}live/state/").status_code == 200
    with outage():
        answers = [doctor.get(path) for path in (*paths, conversation, f"{conversation}messages/")]
        answers += [
            doctor.post(f"{conversation}messages/", json={"body": TEXT}, headers=headers),
            doctor.post(f"{API}live/ticket/", headers=headers),
        ]
    for answer in answers:
        assert_unavailable(answer)
        assert answer.json()["code"] == "unavailable"
        assert "no-store" in answer.headers["Cache-Control"]
    assert doctor.get(f"{API}live/state/").status_code == 200


def test_every_page_says_so(doctor, manager, pair, outage):
    paths = ["/messages/", "/messages/new/", f"/messages/{pair['conversation']}/"]
    paths += [f"{paths[-1]}print/", f"{paths[-1]}download/"]
    with outage():
        answers = [doctor.get(path) for path in paths]
        answers += [manager.get(f"/cms/messages/{name}/") for name in ("waiting", "activity", "audit")]
        others = [doctor.get(path) for path in ("/", "/team/", "/login/")]
    for answer in answers:
        assert_unavailable(answer)
        [reason] = BeautifulSoup(answer.text, "html.parser").select("#vcm-reason")
        assert "not available right now" in reason.get_text()
        assert "no-store" in answer.headers["Cache-Control"]
    for answer in others:
        assert_unavailable(answer)
    assert doctor.get("/messages/").status_code == 200


def test_a_text_that_is_posted_is_kept_and_sent_once_on_the_next_try(doctor, pair, outage):
    path = f"/messages/{pair['conversation']}/"
    [form] = BeautifulSoup(doctor.get(path).text, "html.parser").select("#vcm-composer")
    data = values(form)
    text = data["body"] = f"{TEXT}: {data['key']}"
    with outage():
        answer = doctor.post(path, data=data, headers=OURS)
        assert_unavailable(answer)
    [form] = BeautifulSoup(answer.text, "html.parser").select("form.vcm-again")
    assert values(form)["body"] == text
    for _ in range(2):
        again = doctor.post(form["action"], data=values(form))
        assert (again.status_code, again.headers["Location"]) == (302, path)
    messages = doctor.get(f"{API}conversations/{pair['conversation']}/messages/").json()["results"]
    assert [message["body"] for message in messages].count(text) == 1
