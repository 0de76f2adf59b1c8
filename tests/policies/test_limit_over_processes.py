"""All processes of a portal share the sending limit."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django_tenants.utils import schema_context

from tests.isolation.conftest import furnish
from tests.servers import serve, sign_in
from vclinic_messages.models import Message

CSRF = "c" * 32
LIMIT, ATTEMPTS = 5, 20


@pytest.fixture
def clinic(committed):
    return furnish("alder")


def test_two_processes_share_the_limit_and_repeats_do_not_count(clinic):
    with schema_context("alder"):
        session = sign_in(clinic.doctor)
    path = f"/messages/api/v1/{clinic.address}messages/"

    def send(portal, number):
        with portal.client("alder", session) as client:
            client.cookies.set("csrftoken", CSRF)
            headers = {"X-CSRFToken": CSRF, "Idempotency-Key": f"key-{number}"}
            return number, client.post(path, json={"body": f"Number {number}"}, headers=headers)

    environment = {"MESSAGES_SENDS_PER_MINUTE": str(LIMIT)}
    with serve(**environment) as one, serve(**environment) as other:
        portals = (one, other)
        with ThreadPoolExecutor(8) as pool:
            work = [pool.submit(send, portals[number % 2], number) for number in range(ATTEMPTS)]
        answers = [each.result() for each in work]
        assert Counter(answer.status_code for _number, answer in answers) == {
            201: LIMIT,
            429: ATTEMPTS - LIMIT,
        }
        for number, answer in answers:
            if answer.status_code == 429:
                assert answer.json()["code"] == "throttled"
                assert 0 < int(answer.headers["Retry-After"]) <= 60
                continue
            for portal in portals:
                _number, again = send(portal, number)
                assert (again.status_code, again.json()) == (201, answer.json())
    connection.close()
    with schema_context("alder"):
        assert Message.objects.filter(sender__user=clinic.doctor).count() == LIMIT
