"""Readers who do not read what they asked for take no database connection from others."""

from __future__ import annotations

import re
import secrets
import socket
from contextlib import ExitStack, closing
from functools import partial

import psycopg
import pytest
from django.contrib.auth.models import Group
from django.db import connection

from example_project.people.groups import ADMINISTRATORS
from tests.actions.snapshot import message_row
from tests.conftest import in_clinic
from tests.polling import wait_until
from tests.servers import database_url, serve, sign_in
from vclinic_messages.models import AuditEvent, Conversation, Message, Role
from vclinic_messages.testing import create_conversation, create_member

READERS = 3
CSRF = "c" * 32
#: More than the buffers of a connection take, so that the server has to wait for the reader.
MEGABYTES = 8


@pytest.fixture
def long(committed):
    """A long conversation, a long audit trail, and the sessions of those who may read them."""
    with in_clinic("alder"):
        doctor = create_member(Role.DOCTOR, username="doctor")
        conversation = create_conversation(create_member(Role.PATIENT, username="patient"), doctor)
        Message.objects.bulk_create(
            message_row(conversation, doctor, f"no. {number} {'.' * 4900}")
            for number in range(MEGABYTES * 200)
        )
        Conversation.objects.update(last_message=Message.objects.latest("pk"))
        AuditEvent.objects.bulk_create(
            AuditEvent(
                actor_name="Noor Haddad",
                action=AuditEvent.Action.EXPORTED,
                # Random, so that a spreadsheet cannot pack it to less than half.
                details={"reason": secrets.token_hex(15_000), "format": "html", "messages": 1},
            )
            for _ in range(MEGABYTES * 2_000_000 // 30_000)
        )
        manager = create_member(None, username="manager")
        manager.groups.add(Group.objects.get(name=ADMINISTRATORS))
        return conversation.pk, sign_in(doctor), sign_in(manager)


def requests(portal, long):
    """Every answer of ours that is made while it is sent, as the bytes of its request."""
    conversation, doctor, manager = long
    address = f"/messages/{conversation}"
    for path in ("print/", "download/?format=html", "download/?format=json", "download/?format=fhir"):
        yield get(portal, f"{address}/{path}", doctor)
    for format in ("csv", "xlsx"):
        yield get(portal, f"/cms/messages/audit/?export={format}", manager)
    form = f"reason=A+letter&format=json&csrfmiddlewaretoken={CSRF}"
    origin = portal.url("alder", "").rstrip("/")
    headers = f"Content-Type: application/x-www-form-urlencoded\r\nOrigin: {origin}\r\n"
    head = request_head(portal, "POST", f"/cms/messages/export/{conversation}/", manager)
    yield f"{head}{headers}Content-Length: {len(form)}\r\n\r\n{form}".encode()


def get(portal, path, session):
    return (request_head(portal, "GET", path, session) + "\r\n").encode()


def request_head(portal, method, path, session):
    cookies = f"sessionid={session}; csrftoken={CSRF}"
    host = portal.host("alder")
    return f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nCookie: {cookies}\r\n"


def slow_reader(portal, request):
    """A connection that has sent its request and reads the beginning of the answer only."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(60)
    connection.connect(("127.0.0.1", portal.port))
    connection.sendall(request)
    assert connection.recv(15) == b"HTTP/1.1 200 OK"
    return connection


def is_complete(connection):
    """Read the rest of an answer; whether it came to its end."""
    head, _, body = b"".join(iter(partial(connection.recv, 2**16), b"")).partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    return len(body) == int(length[1]) if length else body.endswith(b"\r\n0\r\n\r\n")


def connections_of_others(name):
    with psycopg.connect(database_url()) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()", [name]
        ).fetchone()
        return row[0]


def test_slow_readers_hold_no_database_connection(long):
    name = connection.settings_dict["NAME"]
    connection.close()
    with serve() as portal:
        for request in requests(portal, long):
            with ExitStack() as stack:
                readers = [stack.enter_context(closing(slow_reader(portal, request))) for _ in range(READERS)]
                what = request.split(b" HTTP")[0].decode()
                wait_until(
                    lambda: connections_of_others(name) == 0,
                    seconds=20,
                    failure=lambda: f"{what}: {connections_of_others(name)} connections are held",  # noqa: B023
                )
                assert is_complete(readers[0]), what
