"""Call the API of the portal in DJANGO_SETTINGS_MODULE and print the answers. Saves nothing."""

import json
from base64 import b64encode

import django

django.setup()

from django.db import transaction  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402
from django_tenants.utils import schema_context  # noqa: E402

from tests.api.caller import Caller  # noqa: E402
from vclinic_messages.models import Role  # noqa: E402
from vclinic_messages.testing import create_conversation, create_member, switch_messages  # noqa: E402


def answers():
    switch_messages()
    patient = create_member(Role.PATIENT, username="patient", last_name="Ferreira")
    doctor = create_member(Role.DOCTOR, username="doctor", password="secret", last_name="Okafor")
    conversations = [create_conversation(patient, doctor, "Hello") for _ in range(3)]
    address = f"conversations/{conversations[0].pk}/"
    caller, password = Caller(), b64encode(b"doctor:secret").decode()
    calls = {
        "signed out": ("GET", "conversations/", b"", {}),
        "wrong password": ("GET", "conversations/", b"", {"Authorization": "Basic eDp5"}),
        "list": ("GET", "conversations/?as=api&limit=1&version=7", b"", {}),
        "one": ("GET", address, b"", {"Accept": "text/html; version=7"}),
        "send": ("POST", f"{address}messages/", '{"body": "Olá"}'.encode(), {}),
        "messages": ("GET", f"{address}messages/", b"", {}),
        "state": ("GET", "live/state/?after=0-0", b"", {}),
        "form": (
            "POST",
            f"{address}messages/",
            b"body=Hi",
            {"Content-Type": "application/x-www-form-urlencoded"},
        ),
        "invalid": ("POST", f"{address}messages/", b"{}", {}),
        "not found": ("GET", "conversations/nonsense/", b"", {}),
        "options": ("OPTIONS", "conversations/", b"", {}),
        "throttled": ("GET", "conversations/throttled/", b"", {}),
    }
    for name, (method, path, body, headers) in calls.items():
        if name != "signed out":
            headers = {"Authorization": f"Basic {password}", **headers}
        kind = headers.pop("Content-Type", "application/json")
        yield name, answer(caller.call(method, path, body, kind, **headers))
    yield "state, nobody", answer(Caller().get("live/state/"))
    page = Caller()
    page.client.force_login(doctor)
    yield "state of a page", answer(page.get("live/state/"))
    yield "ticket of a page", answer(page.post("live/ticket/"))
    yield "list of a page", answer(page.get("conversations/"))


def answer(response):
    return {
        "status": response.status_code,
        "type": response.headers["Content-Type"],
        "challenge": response.headers.get("WWW-Authenticate"),
        "data": json.loads(response.content),
    }


if __name__ == "__main__":
    setup_test_environment()
    with schema_context("alder"), transaction.atomic():
        print(json.dumps(dict(answers())))
        transaction.set_rollback(True)
