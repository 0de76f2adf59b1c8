"""PostgreSQL and workers are killed amid 2,000 sends by clients that repeat until they are accepted."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.faults.cluster import Cluster
from tests.faults.furnish import furnish
from tests.polling import wait_until
from tests.postgres import ROOT
from tests.servers import Portal, serve

CLIENTS = 8
SENDS = 2000
CSRF = "c" * 32
API = "/messages/api/v1/conversations"
#: After so many accepted messages something is killed.
KILLS = {500: "database", 1000: "worker", 1400: "database"}
PATIENCE = 240.0


@dataclass
class Tally:
    """What the clients have been told."""

    accepted: dict[str, int] = field(default_factory=dict)
    troubles: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def accept(self, body: str, message: int) -> None:
        with self.lock:
            assert body not in self.accepted
            self.accepted[body] = message

    def trouble(self) -> None:
        with self.lock:
            self.troubles += 1
        time.sleep(0.1)


def test_every_accepted_message_is_there_exactly_once(cluster):
    made = furnish(cluster, pairs=CLIENTS // 2)
    pairs = [(schema, each) for schema, found in made.items() for each in found]
    tally = Tally()
    with workers(cluster) as portals, ThreadPoolExecutor(CLIENTS) as pool:
        work = [pool.submit(send_all, tally, portals, number, *pairs[number]) for number in range(CLIENTS)]
        for count, what in KILLS.items():
            wait_for(tally, count)
            if what == "worker":
                portals[0].process.kill()
            else:
                cluster.kill()
                cluster.start()
        for each in work:
            each.result()
    assert tally.troubles > 0, "nobody noticed that anything was killed"
    assert len(tally.accepted) == SENDS
    for schema in made:
        check(cluster, schema, tally, [pair["conversation"] for pair in made[schema]])
    verify = [sys.executable, "example_project/manage.py", "messages_verify"]
    run = subprocess.run(
        verify, cwd=ROOT, env=cluster.environment(), capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout
    assert "alder: all counters are correct" in run.stdout


def check(cluster: Cluster, schema: str, tally: Tally, conversations: list[str]) -> None:
    """The rows are what the clients were told: nothing lost, nothing twice, in the order of each."""
    with cluster.connect() as connection:
        connection.execute(f"SET search_path = {schema}")
        for conversation in conversations:
            query = "SELECT body, id FROM vclinic_messages_message WHERE conversation_id = %s ORDER BY id"
            (_first, *rows) = connection.execute(query, [conversation]).fetchall()
            assert len(rows) == SENDS // CLIENTS
            assert [int(body.split()[-1]) for body, _id in rows] == list(range(SENDS // CLIENTS))
            assert {body: tally.accepted[body] for body, _id in rows} == dict(rows)
            unread = "SELECT unread_count FROM vclinic_messages_participant WHERE conversation_id = %s"
            counts = connection.execute(f"{unread} AND role = 'patient'", [conversation]).fetchall()
            assert counts == [(len(rows),)]


@contextmanager
def workers(cluster: Cluster) -> Iterator[list[Portal]]:
    """Two processes of the portal. The second has a connection pool, whose connections a crash breaks all."""
    environment = {"DATABASE_URL": cluster.url(), "MESSAGES_SENDS_PER_MINUTE": "100000"}
    pooled = {"DJANGO_SETTINGS_MODULE": "example_project.bench.settings", "BENCH_POOL": "1"}
    with serve(**environment) as one, serve(**environment, **pooled) as other:
        yield [one, other]


def send_all(tally: Tally, portals: list[Portal], number: int, schema: str, pair: dict[str, Any]) -> None:
    """One after the other, each with its key until it is accepted, by whichever worker answers."""
    path = f"{API}/{pair['conversation']}/messages/"
    with ExitStack() as stack:
        clients = [stack.enter_context(portal.client(schema, pair["session"])) for portal in portals]
        for client in clients:
            client.cookies.set("csrftoken", CSRF)
        for turn in range(SENDS // CLIENTS):
            body, key = f"Client {number} number {turn}", f"{number}-{turn}"
            tries = number
            while (message := send(tally, clients[tries % 2], path, body, key)) is None:
                tries += 1
            tally.accept(body, message)


def send(tally: Tally, client: httpx.Client, path: str, body: str, key: str) -> int | None:
    """The message's id; None where one must try again."""
    headers = {"X-CSRFToken": CSRF, "Idempotency-Key": key}
    try:
        response = client.post(path, json={"body": body}, headers=headers)
    except httpx.TransportError:
        return tally.trouble()
    if response.status_code != 201:
        assert response.status_code >= 500, response.text
        return tally.trouble()
    number: int = response.json()["id"]
    return number


def wait_for(tally: Tally, count: int) -> None:
    wait_until(
        lambda: len(tally.accepted) >= count,
        seconds=PATIENCE,
        failure=lambda: f"only {len(tally.accepted)} were accepted",
    )
