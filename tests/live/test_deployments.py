"""Other deployments: Redis, a WSGI portal, a connection pooler."""

from __future__ import annotations

import json

import httpx
import pytest
from django.db import connection
from django_tenants.utils import schema_context
from redis import Redis

from tests.live.streaming import STATE, TICKET, Listener, listening
from tests.options import set_live_options
from tests.programs import pgbouncer, redis_server
from tests.servers import free_port, serve
from vclinic_messages import actions
from vclinic_messages.management.listening import listening_problem

CSRF = "a" * 32


def write(people):
    with schema_context(people.clinic):
        return actions.start_conversation(sender=people.doctor, recipient=people.patient, body="Hello")


def test_redis_carries_pokes_after_the_commit(people, settings, tmp_path):
    alder = people["alder"]
    with redis_server(tmp_path) as address:
        set_live_options(settings, BACKEND="redis", REDIS_URL=address)
        environment = {"DJANGO_SETTINGS_MODULE": "tests.hosts.redis", "TEST_REDIS_URL": address}
        with (
            serve(**environment) as portal,
            listening(portal, "alder", alder.sessions.patient) as stream,
        ):
            stream.wait_for("sync")
            with Redis.from_url(address) as client:
                client.publish("vclinic_messages", b"\xff")  # no text: ignored
            write(alder)
            assert stream.wait_for("poke") == {"v": 1}
            assert stream.kinds() == ["open", "sync", "poke"]
        assert listening_problem() is None


def test_a_redis_that_is_away_does_not_undo_a_send(people, settings):
    set_live_options(settings, BACKEND="redis", REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    conversation = write(people["alder"])
    conversation.refresh_from_db()
    assert conversation.message_count == 1
    assert "cannot be reached" in (listening_problem() or "")


def test_a_wsgi_portal_is_told_to_poll_and_finds_its_messages(people):
    alder = people["alder"]
    command = ["granian", "--interface=wsgi", "--port={port}", "--workers=1", "tests.hosts.wsgi:application"]
    with serve(command=command) as portal, portal.client("alder", alder.sessions.patient) as client:
        before = client.get(STATE).json()
        assert (before["stream"], before["poll"]) == (False, 20)
        client.cookies.set("csrftoken", CSRF)
        assert client.post(TICKET, headers={"X-CSRFToken": CSRF}).json()["code"] == "not_found"
        write(alder)
        after = client.get(STATE, params={"after": before["cursor"]}).json()
        assert after["unread_conversations"] == 1
        assert [event["sender"] for event in after["events"]] == ["Okafor"]


def test_streams_of_a_wsgi_portal_in_another_process(people):
    alder = people["alder"]
    module = {"DJANGO_SETTINGS_MODULE": "tests.hosts.wsgi_and_streams"}
    wsgi = ["granian", "--interface=wsgi", "--port={port}", "--workers=1", "tests.hosts.wsgi:application"]
    with serve("vclinic_messages.live.asgi:application", **module) as streams:
        address = f"http://live.localhost:{streams.port}/stream/"
        with (
            serve(command=wsgi, TEST_STREAM_URL=address, **module) as portal,
            portal.client("alder", alder.sessions.patient) as client,
        ):
            assert client.get(STATE).json()["stream"] is True
            client.cookies.set("csrftoken", CSRF)
            url = client.post(TICKET, headers={"X-CSRFToken": CSRF}).json()["url"]
            assert url.startswith(f"{address}?ticket=")
            health = f"http://127.0.0.1:{streams.port}/healthz"
            assert httpx.get(health).json() == {"status": "idle", "streams": 0}
            listener = Listener(streams, "live", "/stream/?" + url.split("?")[1])
            listener.wait_for("open")
            assert httpx.get(health).json() == {"status": "ok", "streams": 1}
            write(alder)
            assert listener.wait_for("poke") == {"v": 1}
            listener.stop()


@pytest.fixture
def through_pooler(people, settings, tmp_path):
    """Commands connect through PgBouncer in transaction mode."""
    values = connection.settings_dict
    before = dict(values)
    with pgbouncer(tmp_path, mode="transaction") as port:
        connection.close()
        values.update(HOST="127.0.0.1", PORT=port, OPTIONS={"prepare_threshold": None})
        yield before
        connection.close()
        values.update(before)


def test_the_doctor_tells_a_deaf_listener_from_a_direct_one(through_pooler, settings):
    assert "did not hear the application" in (listening_problem() or "")
    direct = through_pooler
    parts = {"host": direct["HOST"], "port": direct["PORT"], "user": direct["USER"], "dbname": direct["NAME"]}
    dsn = " ".join(f"{name}={value}" for name, value in parts.items() if value)
    set_live_options(settings, LISTEN_DSN=dsn)
    assert listening_problem() is None


@pytest.mark.parametrize("mode", ["poll", "off"])
def test_the_doctor_has_nothing_to_test_without_streams(settings, mode):
    set_live_options(settings, MODE=mode, BACKEND="redis", REDIS_URL="redis://127.0.0.1:1/0")
    assert listening_problem() is None


def test_no_text_and_no_name_leaves_the_transaction(people):
    with connection.cursor() as cursor:
        cursor.execute("LISTEN vclinic_messages")
    heard = []
    connection.connection.add_notify_handler(lambda notice: heard.append(notice.payload))
    write(people["alder"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.execute("UNLISTEN *")
    texts = [payload.rsplit(":", 2)[0] for payload in heard]  # without time and signature
    assert [json.loads(text) for text in texts] == [{"s": "alder", "v": {"71": 1, "72": 1}}]
