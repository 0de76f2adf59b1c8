"""Two web processes share a database: directly, with Django's pool, and with PgBouncer in session mode."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from django.db import connection
from django_tenants.utils import schema_context

from tests.isolation.conftest import furnish
from tests.programs import pgbouncer
from tests.servers import serve, sign_in
from vclinic_messages.models import Message

API = "/messages/api/v1/"
CSRF = "c" * 32
CLIENTS = 4
ROUNDS = 20


@pytest.fixture(params=["direct", "pool", "session pooler"])
def processes(request, committed, tmp_path):
    environment = {"MESSAGES_SENDS_PER_MINUTE": "100000"}
    with ExitStack() as stack:
        if request.param == "pool":
            environment |= {"DJANGO_SETTINGS_MODULE": "example_project.bench.settings", "BENCH_POOL": "1"}
        if request.param == "session pooler":
            port = stack.enter_context(pgbouncer(tmp_path, mode="session"))
            values = connection.settings_dict
            environment["DATABASE_URL"] = f"postgres://{values['USER']}@127.0.0.1:{port}/{values['NAME']}"
        yield [stack.enter_context(serve(**environment)) for _number in range(2)]


@pytest.fixture
def clinics(processes):
    return [furnish(schema) for schema in ("alder", "birch")]


def test_each_process_sees_what_the_other_has_stored(processes, clinics):
    with ThreadPoolExecutor(CLIENTS) as pool:
        work = [pool.submit(use, processes, clinics[number % 2], number) for number in range(CLIENTS)]
        for each in work:
            each.result()
    for clinic in clinics:
        with schema_context(clinic.schema):
            sent = Message.objects.filter(body=f"Sent in {clinic.schema}")
            assert sent.count() == ROUNDS * CLIENTS // 2
            assert not Message.objects.filter(body__startswith="Sent").exclude(pk__in=sent).exists()


def use(processes, clinic, number):
    """Send to one process and repeat it with the same key to the other; read from both by turns."""
    with schema_context(clinic.schema):
        session = sign_in(clinic.doctor)
    connection.close()
    with ExitStack() as stack:
        clients = [stack.enter_context(each.client(clinic.schema, session)) for each in processes]
        for client in clients:
            client.cookies.set("csrftoken", CSRF)
        for turn in range(ROUNDS):
            headers = {"X-CSRFToken": CSRF, "Idempotency-Key": f"{number}-{turn}"}
            data = {"body": f"Sent in {clinic.schema}"}
            path = f"{API}{clinic.address}messages/"
            first, again = (client.post(path, json=data, headers=headers) for client in clients)
            assert first.status_code == again.status_code == 201, (first.text, again.text)
            assert first.json() == again.json()
            newest = clients[turn % 2].get(path).json()["results"]
            assert first.json()["id"] in {message["id"] for message in newest}
