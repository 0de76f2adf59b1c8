"""A clinic moves, connections break and a worker stops while people write: nothing is lost or doubled."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django_tenants.utils import schema_context

from tests.citus.conftest import move, people_of, sent_in, worker_of, workers
from tests.faults.test_crash import Tally, send
from tests.models.sql import rows
from tests.polling import wait_until
from vclinic_messages.testing import create_conversation

CSRF = "c" * 32
#: Shell commands that stop and start one worker; it must be the one with alder. Not every cluster has them.
STOP, START = os.environ.get("CITUS_STOP"), os.environ.get("CITUS_START")
KILL = """
    SELECT run_command_on_workers($$
        SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
    $$)
"""


class Writers:
    """Two clients for each clinic. Each repeats a message with its key until it is accepted."""

    def __init__(self, portal) -> None:
        self.portal = portal
        self.stopped = threading.Event()
        self.tallies = {schema: Tally() for schema in ("alder", "birch")}
        self.addresses: dict[str, list[str]] = {schema: [] for schema in self.tallies}

    def write(self, schema: str, session: str, address: str, number: int) -> None:
        path = f"/messages/api/v1/conversations/{address}/messages/"
        with self.portal.client(schema, session) as client:
            client.cookies.set("csrftoken", CSRF)
            turn = 0
            while not self.stopped.is_set():
                body = f"Client {number} number {turn}"
                while (message := send(self.tallies[schema], client, path, body, f"{number}-{turn}")) is None:
                    pass
                self.tallies[schema].accept(body, message)
                turn += 1

    def accepted(self, schema: str) -> int:
        return len(self.tallies[schema].accepted)

    def wait_for_more(self, schema: str, count: int = 10) -> None:
        wanted = self.accepted(schema) + count
        wait_until(
            lambda: self.accepted(schema) >= wanted, seconds=120, failure=f"{schema}: nobody could write"
        )

    def check(self) -> None:
        for schema, tally in self.tallies.items():
            stored: dict[str, int] = {}
            for address in self.addresses[schema]:
                stored |= {body: pk for body, pk in sent_in(schema, address).items() if body != "First"}
            assert stored == tally.accepted
        call_command("messages_verify", stdout=StringIO())


@contextmanager
def writing(portal) -> Iterator[Writers]:
    writers = Writers(portal)
    with ThreadPoolExecutor(4) as pool:
        work = []
        for number, schema in enumerate(("alder", "birch") * 2):
            people = people_of(schema)
            with schema_context(schema):
                address = str(create_conversation(people.patient, people.doctor, "First").pk)
            writers.addresses[schema].append(address)
            session = people.sessions["doctor"]
            work.append(pool.submit(writers.write, schema, session, address, number))
        try:
            for schema in writers.tallies:
                writers.wait_for_more(schema)
            yield writers
        finally:
            writers.stopped.set()
        for each in work:
            each.result()
    writers.check()


def test_a_clinic_moves_under_writes(committed, portal):
    source = worker_of("alder")
    target = next(worker for worker in workers() if worker != source)
    with writing(portal) as writers:
        move("alder", target)
        for schema in ("alder", "birch"):
            writers.wait_for_more(schema)
    assert worker_of("alder") == target
    assert writers.tallies["birch"].troubles == 0
    move("alder", source)


def test_connections_between_the_servers_break_under_writes(committed, portal):
    with writing(portal) as writers:
        for _round in range(5):
            rows(KILL)
            for schema in ("alder", "birch"):
                writers.wait_for_more(schema, 3)
    assert sum(tally.troubles for tally in writers.tallies.values()) > 0, "nobody noticed"


if STOP and START:

    def test_a_worker_stops_and_its_clinics_alone_are_away(committed, portal, capsys):
        with writing(portal) as writers:
            subprocess.run(["/bin/sh", "-c", STOP], check=True)
            connection.close()
            try:
                wait_until(lambda: writers.tallies["alder"].troubles > 3, seconds=60, failure="no 503")
                writers.wait_for_more("birch")
                with pytest.raises(CommandError, match="could not be reached: alder"):
                    call_command("messages_verify")
                assert "birch: all counters are correct" in capsys.readouterr().out
            finally:
                subprocess.run(["/bin/sh", "-c", START], check=True)
            writers.wait_for_more("alder")
        connection.close_pool()  # the coordinator's sessions keep their broken connections to the worker
        assert writers.tallies["birch"].troubles == 0
