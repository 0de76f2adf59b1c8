"""PgBouncer in transaction mode gives a request connections of both clinics by turns, and says nothing."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from django.db import connection
from django_tenants.utils import schema_context

from tests.actions.snapshot import assert_counters_are_true
from tests.isolation.conftest import Clinic, furnish
from tests.programs import pgbouncer
from tests.servers import Portal, serve, sign_in
from vclinic_messages.models import Message

REQUESTS = 2000
CLIENTS = 8
CSRF = "c" * 32
API = "/messages/api/v1/"
PATHS = [
    f"{API}feature/",
    f"{API}conversations/",
    f"{API}conversations/?q=secret",
    f"{API}conversations/{{id}}/",
    f"{API}conversations/{{id}}/messages/",
    f"{API}recipients/",
    f"{API}live/state/?after=0-0",
    "/messages/",
    "/messages/new/",
    "/messages/{id}/",
]


@pytest.fixture
def pooled(committed: None, tmp_path: Any) -> Any:
    """Two furnished clinics, and a portal that reaches them through the pooler."""
    clinics = [furnish(schema) for schema in ("alder", "birch")]
    name = connection.settings_dict["NAME"]
    with pgbouncer(tmp_path, mode="transaction") as port:
        address = f"postgres://{connection.settings_dict['USER']}@127.0.0.1:{port}/{name}"
        environment = {"DATABASE_URL": address, "MESSAGES_SENDS_PER_MINUTE": "100000"}
        with serve(DJANGO_SETTINGS_MODULE="tests.hosts.early_statement", **environment) as portal:
            yield portal, clinics


def test_no_row_of_the_other_clinic_comes_through_a_pooler_that_mixes_them_up(pooled):
    portal, clinics = pooled
    with ThreadPoolExecutor(CLIENTS) as pool:
        work = [pool.submit(_visit, portal, clinics[number % 2], number) for number in range(CLIENTS)]
    outcomes: Counter[str] = sum((each.result() for each in work), Counter())
    assert outcomes.total() == REQUESTS
    assert outcomes["ok"] > REQUESTS // 10, outcomes
    assert set(outcomes) == {"ok", "clinic_mismatch"}, "somebody was signed out, or was told something else"
    assert outcomes["clinic_mismatch"] > REQUESTS // 10, "nothing was mixed up, so nothing was tried"
    for clinic in clinics:
        with schema_context(clinic.schema):
            bodies = set(Message.objects.values_list("body", flat=True))
            assert {body.split()[-1] for body in bodies} == {clinic.schema}
            assert_counters_are_true()


def _visit(portal: Portal, clinic: Clinic, number: int) -> Counter[str]:
    """As the doctor: read and write in turns. Whatever is answered holds nothing of another clinic."""
    chance = random.Random(number)  # noqa: S311
    other = "birch" if clinic.schema == "alder" else "alder"
    with schema_context(clinic.schema):
        session = sign_in(clinic.doctor)
    connection.close()
    outcomes: Counter[str] = Counter()
    with portal.client(clinic.schema, session) as client:
        client.cookies.set("csrftoken", CSRF)
        for turn in range(REQUESTS // CLIENTS):
            response = _ask(client, clinic, chance, turn)
            assert f"of {other}" not in response.text
            assert "sessionid" not in response.headers.get("set-cookie", ""), "signed out"
            outcomes[_outcome(response)] += 1
    return outcomes


def _ask(client: httpx.Client, clinic: Clinic, chance: random.Random, turn: int) -> httpx.Response:
    if turn % 5 == 0:
        path = f"{API}{clinic.address}messages/"
        return client.post(path, json={"body": f"Sent in {clinic.schema}"}, headers={"X-CSRFToken": CSRF})
    return client.get(chance.choice(PATHS).format(id=clinic.conversation.pk))


def _outcome(response: httpx.Response) -> str:
    if response.is_success:
        return "ok"
    if response.headers["content-type"] == "application/json":
        return str(response.json()["code"])
    return "clinic_mismatch" if response.status_code == 503 else str(response.status_code)
