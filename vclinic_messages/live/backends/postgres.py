"""LISTEN and NOTIFY of the database that also stores the messages: no other service is needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from vclinic_messages.conf import live_settings
from vclinic_messages.live.backends.base import Backend
from vclinic_messages.live.events import CHANNEL
from vclinic_messages.tenancy import after_commit, connection_parameters, run_in_clinic

#: Seconds without a notification after which the listener checks that its connection still works.
CHECK_AFTER_SECONDS = 30

_KEEPALIVE = {"keepalives": 1, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}


class PostgresBackend(Backend):
    """Notifies within the transaction of the change. If that is rolled back, nothing is sent.

    PostgreSQL delivers notifications in the order of commits. To guarantee this order, it commits notifying
    transactions one at a time, across all databases of the server. With many hundreds of sends a second they
    wait for each other. ``LIVE["NOTIFY"] = "on_commit"`` then helps: the notification gets a short
    transaction of its own after the commit. If the process dies between the two, the notification is lost,
    and browsers find the change with their next safety poll.
    """

    def publish(self, payloads: Sequence[str]) -> None:
        """Notify in the current transaction, or after it."""
        if live_settings.NOTIFY == "on_commit":
            after_commit(lambda: _notify(payloads))
        else:
            _notify(payloads)

    async def listen(self, *, on_payload: Callable[[str], None], on_listening: Callable[[], None]) -> None:
        """Listen on a connection of its own.

        Raises ``psycopg.OperationalError`` when the connection is lost.
        """
        async with await _connect(is_listener=True) as connection:
            await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
            on_listening()
            while True:
                async for notification in connection.notifies(timeout=CHECK_AFTER_SECONDS):
                    on_payload(notification.payload)
                await connection.execute("SELECT 1")

    async def probe(self, payload: str) -> None:
        """Notify on a new connection to the application's database."""
        async with await _connect(is_listener=False) as connection:
            await connection.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])


async def _connect(*, is_listener: bool) -> psycopg.AsyncConnection[TupleRow]:
    """Connect as the application does. A listener uses LISTEN_DSN instead, if it is set."""
    parameters: dict[str, Any] = {**_KEEPALIVE, "autocommit": True, "connect_timeout": 10}
    dsn = live_settings.LISTEN_DSN
    if is_listener and dsn:
        return await psycopg.AsyncConnection.connect(dsn, **parameters)
    return await psycopg.AsyncConnection.connect(**{**connection_parameters(), **parameters})


def _notify(payloads: Sequence[str]) -> None:
    for payload in payloads:
        run_in_clinic(
            "SELECT pg_notify(%(channel)s, %(payload)s) WHERE {in_schema}",
            {"channel": CHANNEL, "payload": payload},
        )
