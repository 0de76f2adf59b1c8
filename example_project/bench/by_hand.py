"""The lowest possible cost of an inbox: one hand-written SQL statement, without a framework."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

INBOX = """
    SELECT mine.unread_count, mine.waiting_since, c.id, c.created_at,
        m.id, m.sender_id, m.sender_name, m.sent_at, left(m.body, 300),
        b.user_id, p.name, p.role, u.first_name, u.last_name, u.is_active
    FROM (
        SELECT conversation_id, last_message_id, unread_count, waiting_since
        FROM vclinic_messages_participant
        WHERE mailbox_id = (SELECT id FROM vclinic_messages_mailbox WHERE user_id = %(user)s)
        ORDER BY last_message_id DESC LIMIT 25
    ) mine
    JOIN vclinic_messages_conversation c ON c.id = mine.conversation_id
    JOIN vclinic_messages_message m ON m.id = c.last_message_id
    JOIN vclinic_messages_participant p ON p.conversation_id = c.id
    JOIN vclinic_messages_mailbox b ON b.id = p.mailbox_id
    LEFT JOIN auth_user u ON u.id = b.user_id
    ORDER BY mine.last_message_id DESC
"""


class Inbox:
    """The statement for one person, on a connection to their clinic."""

    def __init__(self, connection: psycopg.Connection, user: int) -> None:
        self.connection, self.user = connection, user

    def make(self) -> float:
        """Run the statement, and return the seconds until all rows have arrived."""
        begun = time.perf_counter()
        self.connection.execute(INBOX, {"user": self.user}, prepare=True).fetchall()
        return time.perf_counter() - begun


@contextmanager
def inbox(database_url: str, clinic: str, person: str) -> Iterator[Inbox]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(clinic)))
        row = connection.execute("SELECT id FROM auth_user WHERE username = %s", [person]).fetchone()
        if row is None:
            raise LookupError(f"{clinic} has no {person}")
        yield Inbox(connection, row[0])
