"""SQL around the Python code: what the database itself guarantees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction


def execute(statement: str, *params: object) -> int:
    """Run it and say how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return int(cursor.rowcount)


def rows(statement: str, *params: object) -> Sequence[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall()


@contextmanager
def refused(match: str, error: type[DatabaseError] = IntegrityError) -> Iterator[None]:
    """The database refuses what happens here, for this reason."""
    with pytest.raises(error, match=match), transaction.atomic():
        yield


SEAT = """
    INSERT INTO vclinic_messages_participant (conversation_id, user_id, name, role, seq, unread_count)
    VALUES (%s, %s, 'Somebody', %s, 0, %s)
"""

MESSAGE = """
    INSERT INTO vclinic_messages_message
        (conversation_id, sender_id, sender_name, sender_role, body, sent_at, client_key)
    VALUES (%s, %s, 'Somebody', 'doctor', %s, now(), %s)
"""


def insert_seat(conversation: Any, user: int | None, role: str, unread: int = 0) -> None:
    execute(SEAT, conversation.pk, user, role, unread)


def insert_message(conversation: Any, sender: int, body: str, key: str | None = None) -> None:
    execute(MESSAGE, conversation.pk, sender, body, key)
