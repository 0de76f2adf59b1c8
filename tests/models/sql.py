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


MAILBOX = """
    INSERT INTO vclinic_messages_mailbox (user_id, name, folded_name, version, opened_at)
    VALUES (%s, 'Somebody', ' somebody', 0, now()) RETURNING id
"""

PARTICIPANT = """
    INSERT INTO vclinic_messages_participant
        (conversation_id, mailbox_id, name, folded_name, role, unread_count)
    VALUES (%s, %s, 'Somebody', ' somebody', %s, %s)
"""

MESSAGE = """
    INSERT INTO vclinic_messages_message
        (conversation_id, sender_id, mailbox_id, sender_name, sender_role, body, sent_at, client_key)
    VALUES (%s, %s, %s, 'Somebody', 'doctor', %s, now(), %s)
"""


def mailbox_of(user: int) -> int:
    """The id of the user's mailbox, made where it is missing."""
    found = rows("SELECT id FROM vclinic_messages_mailbox WHERE user_id = %s", user)
    return int((found or rows(MAILBOX, user))[0][0])


def insert_participant(conversation: Any, user: int, role: str, unread: int = 0) -> None:
    execute(PARTICIPANT, conversation.pk, mailbox_of(user), role, unread)


def insert_message(conversation: Any, sender: int, body: str, key: str | None = None) -> None:
    mailbox = mailbox_of(sender)
    execute(MESSAGE, conversation.pk, mailbox, mailbox, body, key)
