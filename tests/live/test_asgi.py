"""The ASGI application by its protocol, without a server: what it answers when it opens no stream."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys

import pytest
from psycopg.conninfo import make_conninfo

from tests.options import set_live_options
from tests.postgres import ROOT
from vclinic_messages.live import asgi, hub
from vclinic_messages.live.asgi import LiveApplication
from vclinic_messages.live.tickets import Ticket, issue
from vclinic_messages.tenancy import connection_parameters

TICKET = Ticket("alder", "7", "mark", host="alder.localhost", origin="http://alder.localhost")


def scope(path="/live/stream/", method="GET", ticket=None):
    query = f"ticket={ticket or issue(TICKET)}".encode()
    headers = [(b"host", b"alder.localhost")]
    return {"type": "http", "method": method, "path": path, "query_string": query, "headers": headers}


async def call(application, asked, *events):
    """Send one connection to the application and return what it sends. Then the client waits."""
    sent, received = [], list(events)

    async def receive():
        return received.pop(0) if received else await asyncio.Event().wait()

    async def send(message):
        sent.append(message)

    await application(asked, receive, send)
    return sent


def refusal(sent):
    start, body = sent
    return start["status"], json.loads(body["body"])["code"], dict(start["headers"]).get(b"retry-after")


def test_requests_that_open_no_stream():
    async def scenario():
        application = LiveApplication(None)
        posted = await call(application, scope(method="POST"))
        forged = await call(application, scope(ticket="forged"))
        return refusal(posted), refusal(forged)

    expected = (405, "method_not_allowed", None), (403, "permission_denied", None)
    assert asyncio.run(scenario()) == expected


def test_only_streams_are_answered_here():
    """Everything else is the portal's. The hub in the scope tells it that this server has streams."""
    passed = []

    async def portal(asked, receive, send):
        passed.append(asked)

    async def scenario():
        application = LiveApplication(portal)
        await call(application, scope(path="/messages/"))
        await call(application, {"type": "lifespan"})
        assert await call(application, scope(method="POST")) != []
        return application.hub

    running = asyncio.run(scenario())
    assert [each["type"] for each in passed] == ["http", "lifespan"]
    assert passed[0][hub.SCOPE_KEY] is running


def test_alone_it_takes_part_in_the_start_and_the_end_of_the_server():
    events = {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}
    sent = asyncio.run(call(LiveApplication(None), {"type": "lifespan"}, *events))
    assert [each["type"] for each in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def health(application):
    start, body = asyncio.run(call(application, scope(path="/healthz")))
    return start["status"], json.loads(body["body"])


def test_a_process_of_its_own_says_how_it_is():
    application = LiveApplication(None)
    assert health(application) == (200, {"status": "idle", "streams": 0})
    application.hub._tasks, application.hub._count = [None], 3  # as with three streams
    assert health(application) == (503, {"status": "connecting", "streams": 3})
    application.hub.healthy.set()
    assert health(application) == (200, {"status": "ok", "streams": 3})
    application.hub.healthy.clear()
    application.hub.degraded = True
    assert health(application) == (503, {"status": "degraded", "streams": 3})


def test_in_front_of_a_portal_the_path_of_health_is_the_portals():
    passed = []

    async def portal(asked, receive, send):
        passed.append(asked["path"])

    asyncio.run(call(LiveApplication(portal), scope(path="/healthz")))
    assert passed == ["/healthz"]


def test_a_full_process_refuses_the_next_stream(settings):
    set_live_options(settings, MAX_STREAMS_PER_PROCESS=1)

    async def scenario():
        application = LiveApplication(None)
        application.hub = hub.Hub()
        application.hub._count = 1
        return refusal(await call(application, scope()))

    assert asyncio.run(scenario()) == (503, "full", b"30")


def test_a_listener_that_hears_nothing_opens_no_stream(db, settings, monkeypatch, caplog):
    """As behind a pooler. Here it listens in another database of the server, which hears nothing of ours."""
    elsewhere = {**connection_parameters(), "dbname": "postgres"}
    plain = {name: value for name, value in elsewhere.items() if isinstance(value, str | int)}
    set_live_options(settings, LISTEN_DSN=make_conninfo(**plain), HANDLE_SIGTERM=False)
    monkeypatch.setattr(hub, "PROBE_SECONDS", 0.3)
    monkeypatch.setattr(asgi, "OPEN_SECONDS", 1.0)

    async def scenario():
        application = LiveApplication(None)
        first = refusal(await call(application, scope()))
        second = refusal(await call(application, scope()))
        assert application.hub.degraded
        assert application.hub.state == "degraded"
        assert len(application.hub) == 0
        return first, second

    with caplog.at_level(logging.ERROR, "vclinic_messages.live"):
        expected = (503, "degraded", b"30")
        assert asyncio.run(scenario()) == (expected, expected)
    assert [record.getMessage().split(".")[0] for record in caplog.records] == [
        "The listener of Messages does not hear the application"
    ]


def test_an_asgi_file_may_import_it_before_the_settings_are_named():
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    lines = ["import os", "from django.core.asgi import get_asgi_application"]
    lines += ["from vclinic_messages.live.asgi import live_application"]
    lines += ["os.environ['DJANGO_SETTINGS_MODULE'] = 'example_project.settings'"]
    lines += ["live_application(get_asgi_application())"]
    subprocess.run([sys.executable, "-c", "\n".join(lines)], cwd=ROOT, env=environment, check=True)


def test_the_application_is_made_when_a_server_asks_for_it():
    assert isinstance(asgi.application, LiveApplication)
    assert asgi.application is asgi.application
    with pytest.raises(AttributeError):
        asgi.other  # noqa: B018
