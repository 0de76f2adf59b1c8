"""A thousand streams need few threads and one connection, and do not keep a server from stopping."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from django_tenants.utils import schema_context

from example_project.bench.crowd import Crowd
from tests.servers import database_url, serve
from vclinic_messages import actions

SERVERS = {
    "uvicorn": None,
    "granian": [
        "granian",
        "--interface=asgi",
        "--port={port}",
        "--no-ws",
        "--workers=1",
        "example_project.asgi:application",
    ],
}


def threads_of(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("Threads:")[1].split()[0])


def connections_of_others(database: str) -> int:
    with psycopg.connect(database) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone()
        return row[0]


def test_a_thousand_streams_take_one_connection_and_few_threads(people):
    patient, doctor = people["alder"].patient, people["alder"].doctor
    with serve(DJANGO_SETTINGS_MODULE="tests.hosts.many_streams") as portal:
        database = database_url()
        before = connections_of_others(database)

        async def scenario() -> None:
            crowd = Crowd("alder", portal.port)
            await crowd.join(range(1000))
            assert connections_of_others(database) - before <= 1
            assert threads_of(portal.process.pid) <= 8
            await asyncio.to_thread(write, doctor, patient)
            await crowd.until("poke", 2)  # the patient's and the doctor's own
            assert crowd.count("poke") == 2
            await crowd.leave()

        asyncio.run(scenario())


def write(sender, recipient):
    try:
        with schema_context("alder"):
            actions.start_conversation(sender=sender, recipient=recipient, body="Hello")
    finally:
        connection.close()


@pytest.mark.parametrize("server", SERVERS)
def test_a_server_with_open_streams_stops_quickly_and_says_goodbye(people, server):
    with serve(command=SERVERS[server]) as portal:

        async def scenario() -> float:
            crowd = Crowd("alder", portal.port)
            await crowd.join(range(200))
            seconds = await asyncio.to_thread(portal.terminate)
            await crowd.until("bye", 200)
            assert crowd.heard["bye", '{"why":"restart"}'] == 200
            await crowd.leave()
            return seconds

        assert asyncio.run(scenario()) < 3


def test_old_streams_are_renewed_and_a_full_process_refuses(people):
    with serve(DJANGO_SETTINGS_MODULE="tests.hosts.short_streams") as portal:

        async def scenario() -> None:
            crowd = Crowd("alder", portal.port)
            await crowd.join(range(3))
            assert crowd.refused == 1
            await crowd.until("bye", 2)
            assert crowd.heard["bye", '{"why":"renew"}'] == 2
            await crowd.leave()

        asyncio.run(scenario())
