"""Clients close their connection while they send a message. The log has no traceback, and nothing is lost."""

from __future__ import annotations

import json
import socket
from contextlib import contextmanager

import psycopg
import pytest
from django.db import transaction

from tests.conftest import in_clinic
from tests.polling import wait_until
from tests.servers import database_url, serve, sign_in
from vclinic_messages.models import Mailbox, Message

CSRF = "c" * 32
TEXT = "Sent by somebody who went away"
HEADERS = {
    "Content-Type": "application/json",
    "Idempotency-Key": "gone",
    "X-CSRFToken": CSRF,
}


@pytest.fixture
def portal(conversation):
    with serve() as portal:
        yield portal


@pytest.fixture
def session(doctor):
    return sign_in(doctor)


def go_away(portal, path, session, *, sent, after=lambda: None):
    """Send this share of the request's body, wait for what must come first, and close the connection."""
    body = json.dumps({"body": TEXT}).encode()
    headers = {
        **HEADERS,
        "Host": portal.host("alder"),
        "Cookie": f"sessionid={session}; csrftoken={CSRF}",
        "Content-Length": str(len(body)),
    }
    head = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    with socket.create_connection(("127.0.0.1", portal.port)) as client:
        client.sendall("\r\n".join(head).encode() + body[: int(len(body) * sent)])
        after()


@contextmanager
def mailboxes_locked():
    """Every send waits."""
    with in_clinic("alder"), transaction.atomic():
        list(Mailbox.objects.select_for_update())
        yield


def waits():
    """Ask on another connection: within a transaction PostgreSQL gives the same answer again."""
    with psycopg.connect(database_url()) as other:
        query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        return other.execute(query).fetchone()[0] > 0


def test_whoever_goes_away_leaves_no_traceback(portal, conversation, session, capfd):
    path = f"/messages/api/v1/conversations/{conversation.pk}/messages/"
    go_away(portal, path, session, sent=0.5)
    with mailboxes_locked():
        is_waiting = lambda: wait_until(waits, seconds=60, failure="the send does not wait")  # noqa: E731
        go_away(portal, path, session, sent=1, after=is_waiting)
    with portal.client("alder", session) as client:
        client.cookies.set("csrftoken", CSRF)
        assert client.post(path, json={"body": TEXT}, headers=HEADERS).status_code in (200, 201)
    portal.terminate()
    with in_clinic("alder"):
        assert Message.objects.filter(body=TEXT).count() == 1
    assert "Traceback" not in "".join(capfd.readouterr())
