"""People and conversations in a cluster's clinics: run as a program, which prints what it made as JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from tests.faults.cluster import Cluster
from tests.postgres import ROOT


def furnish(cluster: Cluster, pairs: int = 1) -> dict[str, list[dict[str, Any]]]:
    """In each clinic so many conversations: by schema, for each its id and its doctor's session.

    With them comes the session of somebody who may see the reports.
    """
    command = [sys.executable, "-m", "tests.faults.furnish", str(pairs)]
    run = subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env=cluster.environment())
    found: dict[str, list[dict[str, Any]]] = json.loads(run.stdout)
    return found


def main() -> None:
    import django

    django.setup()
    from django_tenants.utils import schema_context

    made = {}
    for schema in ("alder", "birch"):
        with schema_context(schema):
            made[schema] = [_pair(schema) for _ in range(int(sys.argv[1]))]
    print(json.dumps(made))


def _pair(schema: str) -> dict[str, Any]:
    from django.contrib.auth.models import Group

    from example_project.people.groups import ADMINISTRATORS, ensure_groups
    from tests.servers import sign_in
    from vclinic_messages.testing import create_conversation, create_member, switch_messages

    switch_messages()
    ensure_groups()
    doctor = create_member("doctor", username=f"doctor{_number()}")
    patient = create_member("patient", username=f"patient{_number()}")
    conversation = create_conversation(patient, doctor, f"Secret of {schema}")
    manager = create_member(None, username=f"manager{_number()}")
    manager.groups.add(Group.objects.get(name=ADMINISTRATORS))
    sessions = {"session": sign_in(doctor), "manager": sign_in(manager)}
    return {"conversation": str(conversation.pk), **sessions}


def _number() -> int:
    from django.contrib.auth.models import User

    return User.objects.count()


if __name__ == "__main__":
    main()
