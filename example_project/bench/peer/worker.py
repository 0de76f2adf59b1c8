"""Make requests to django-postman and measure them. Runs in its own virtual environment."""

from __future__ import annotations

import json
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

#: Copy all people of a clinic, and all messages, each addressed to the other participant.
USERS = """
    INSERT INTO postman.auth_user
        (id, password, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined)
    SELECT id, password, is_superuser, username, first_name, last_name, email, is_staff, is_active,
        date_joined
    FROM {clinic}.auth_user
"""
MESSAGES = """
    INSERT INTO postman.postman_message
        (id, subject, body, sender_id, recipient_id, email, thread_id, parent_id, sent_at, read_at,
        sender_archived, recipient_archived, moderation_status, moderation_reason)
    SELECT m.id, left(m.body, 60), m.body, sender.user_id, recipient.user_id, '',
        first_value(m.id) OVER thread, lag(m.id) OVER thread, m.sent_at,
        CASE WHEN m.id <= p.last_read_message_id THEN p.last_read_at END,
        false, false, 'a', ''
    FROM {clinic}.vclinic_messages_message m
    JOIN {clinic}.vclinic_messages_participant p
        ON p.conversation_id = m.conversation_id AND p.mailbox_id <> m.mailbox_id
    JOIN {clinic}.vclinic_messages_mailbox sender ON sender.id = m.sender_id
    JOIN {clinic}.vclinic_messages_mailbox recipient ON recipient.id = p.mailbox_id
    WINDOW thread AS (PARTITION BY m.conversation_id ORDER BY m.id)
"""


def prepare(clinic: str) -> int:
    """Create and fill the tables unless they are filled, and return the number of messages."""
    from django.core.management import call_command
    from django.db import connection, transaction

    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA IF NOT EXISTS postman")
    call_command("migrate", verbosity=0, interactive=False)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM postman.postman_message")
        count = int(cursor.fetchone()[0])
        if not count:
            # The row policies show our rows only if their clinic is on the search path.
            cursor.execute(f"SET LOCAL search_path = postman, {clinic}")
            for statement in (USERS, MESSAGES):
                cursor.execute(statement.format(clinic=clinic))
            count = cursor.rowcount
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE postman.postman_message")
    return count


def examine(person: str, path: str) -> dict[str, int]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = _client(person)
    _get(client, path)
    with CaptureQueriesContext(connection) as captured:
        response = _get(client, path)
    statements = [query["sql"] for query in captured.captured_queries]
    ours = sum("postman_message" in each for each in statements)
    tracemalloc.start()
    _get(client, path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return {"ours": ours, "others": len(statements) - ours, "bytes": len(response.content), "peak": peak}


def make(person: str, path: str) -> float:
    client = _client(person)
    begun = time.perf_counter()
    _get(client, path)
    return time.perf_counter() - begun


def sign_in(people: list[str]) -> list[str]:
    return [_client(person).cookies["sessionid"].value for person in people]


_clients: dict[str, Any] = {}


def _client(person: str) -> Any:
    from django.contrib.auth.models import User
    from django.test import Client

    if person not in _clients:
        _clients[person] = Client()
        _clients[person].force_login(User.objects.get(username=person))
    return _clients[person]


def _get(client: Any, path: str) -> Any:
    response = client.get(path)
    if response.status_code != 200:
        raise RuntimeError(f"{path}: {response.status_code}")
    return response


def main() -> None:
    import django

    django.setup()
    commands: tuple[Callable[..., object], ...] = (prepare, examine, make, sign_in)
    do = {command.__name__: command for command in commands}
    for line in sys.stdin:
        command = json.loads(line)
        print(json.dumps(do[command.pop("do")](**command)), flush=True)


if __name__ == "__main__":
    main()
