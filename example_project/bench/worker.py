"""`python -m example_project.bench.worker`: make requests without a server, on the database of DATABASE_URL.

It counts the statements of requests, and measures their memory and time. It reads one command per line as
JSON, and writes one answer per line.
"""

from __future__ import annotations

import json
import os
import sys
import time
import tracemalloc
from typing import Any
from uuid import UUID

from example_project.bench.calls import CALLS, STATE, Call, Target, request_of
from example_project.bench.stage import HEAVY, NEWCOMER
from example_project.bench.statements import count

BY_NAME = {call.name: call for call in (*CALLS, STATE)}
#: In how many of their conversations each person of the load types.
TYPED_IN = 5


def know(clinic: str, person: str) -> dict[str, str]:
    """Return what the calls of a person need: a session, a long conversation and a recipient."""
    from django.contrib.auth.models import User
    from django_tenants.utils import schema_context

    from vclinic_messages.models import Participant

    with schema_context(clinic):
        user = User.objects.get(username=person)
        participant = (
            Participant.objects.filter(mailbox__user=user, conversation__message_count__gte=50)
            .order_by("last_message")
            .first()
        )
        other = User.objects.get(username=NEWCOMER)
        return {
            "session": _sign_in(user),
            "conversation": str(participant.conversation_id if participant else _fifty_messages(user)),
            "recipient": str(other.pk),
        }


def people(clinic: str, count: int) -> list[dict[str, str]]:
    """Return what the calls of some doctors need, and what only the load needs."""
    from django.contrib.auth.models import User
    from django_tenants.utils import schema_context

    with schema_context(clinic):
        doctors = User.objects.filter(groups__name="Doctors").exclude(username__in=[HEAVY, NEWCOMER])
        names = list(doctors.order_by("pk").values_list("username", flat=True)[:count])
        known = [{"name": name, **know(clinic, name)} for name in names]
        return [{**each, **_for_load(each["name"], UUID(each["conversation"]))} for each in known]


def _for_load(name: str, conversation: UUID) -> dict[str, str]:
    """Return who reads the conversation, its first message, and conversations in which the person types."""
    from vclinic_messages.models import Message, Participant, Role

    participants = Participant.objects
    reader = participants.filter(conversation=conversation, role=Role.PATIENT).values_list("mailbox__user")
    own = participants.filter(mailbox__user__username=name).order_by("-last_message")
    typed_in = own.values_list("conversation", flat=True)[:TYPED_IN]
    first = Message.objects.filter(conversation=conversation).order_by("id").values_list("pk")
    return {
        "reader": str(reader.get()[0]),
        "thread": str(first[:1].get()[0]),
        "conversations": " ".join(map(str, typed_in)),
    }


def texts(clinic: str, conversations: list[str]) -> dict[str, list[str]]:
    """Return the texts of the load in each of these conversations."""
    from django.db import connection
    from django_tenants.utils import schema_context

    from vclinic_messages.models import Message

    connection.close()  # PostgreSQL may have been restarted since
    found: dict[str, list[str]] = {key: [] for key in conversations}
    with schema_context(clinic):
        rows = Message.objects.filter(
            conversation__in=list(map(UUID, conversations)), body__startswith="Load "
        )
        for key, body in rows.values_list("conversation", "body"):
            found[str(key)].append(body)
    return found


def visitors(prefix: str) -> list[tuple[str, str]]:
    """Sign a doctor in at each clinic with this prefix, and return their schemas and sessions."""
    from django.contrib.auth.models import User
    from django_tenants.utils import schema_context

    from example_project.clinics.models import Clinic
    from example_project.people.groups import ensure_groups
    from vclinic_messages.testing import create_member, switch_messages

    found = []
    schemas = Clinic.objects.filter(schema_name__startswith=prefix).order_by("schema_name")
    for schema in schemas.values_list("schema_name", flat=True):
        with schema_context(schema):
            user = User.objects.filter(username=HEAVY).first()
            if user is None:
                ensure_groups()
                user = create_member("doctor", username=HEAVY)
                switch_messages(True)
            found.append((schema, _sign_in(user)))
    return found


def _sign_in(user: Any) -> str:
    from django.test import Client

    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value


def _fifty_messages(user: Any) -> Any:
    """Start a long conversation for a user who has none."""
    from vclinic_messages.models import Participant
    from vclinic_messages.testing import create_conversation, create_member

    participants = Participant.objects.filter(mailbox__user=user).order_by("-last_message")
    other = (
        Participant.objects.filter(conversation=participants.values("conversation")[:1])
        .exclude(mailbox__user=user)
        .select_related("mailbox__user")
        .first()
    )
    partner = other.mailbox.user if other else create_member("patient")
    return create_conversation(partner, user, *["Measured."] * 60).pk


def make(call: Call, target: Target) -> dict[str, Any]:
    """Make one request, and return its seconds and bytes."""
    state = _state(target) if call.after_state else None
    begun = time.perf_counter()
    response = _respond(call, target, state)
    seconds = time.perf_counter() - begun
    if response.status_code not in call.statuses:
        raise RuntimeError(f"{call.name}: {response.status_code} {response.content[:500]!r}")
    return {"seconds": seconds, "bytes": len(response.content)}


def examine(call: Call, target: Target) -> dict[str, int]:
    """Return the number of statements and the most memory used, in bytes. Not for timing: tracing is slow."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    make(call, target)
    state = _state(target) if call.after_state else None
    with CaptureQueriesContext(connection) as captured:
        _respond(call, target, state)
    ours, others = count(query["sql"] for query in captured.captured_queries)
    state = _state(target) if call.after_state else None
    tracemalloc.start()
    _respond(call, target, state)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return {"ours": ours, "others": others, "peak": peak}


def _state(target: Target) -> dict[str, str]:
    response = _respond(STATE, target, None)
    return {"cursor": str(response.json()["cursor"]), "etag": response.headers["ETag"]}


def _respond(call: Call, target: Target, state: dict[str, str] | None) -> Any:
    from django.test import Client

    request = request_of(call, target, state)
    kind = request.headers.pop("Content-Type", "application/octet-stream")
    client = Client(enforce_csrf_checks=True)
    return client.generic(
        request.method, request.path, request.body, content_type=kind, headers=request.headers
    )


def answer(line: dict[str, Any]) -> Any:
    if line["do"] == "know":
        return know(line["clinic"], line["person"])
    if line["do"] == "visitors":
        return visitors(line["prefix"])
    if line["do"] == "people":
        return people(line["clinic"], line["count"])
    if line["do"] == "texts":
        return texts(line["clinic"], line["conversations"])
    do = {"make": make, "examine": examine}[line["do"]]
    return do(BY_NAME[line["call"]], Target(**line["target"]))


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_project.bench.settings")
    import django

    django.setup()
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
