"""LISTEN and NOTIFY of the database that holds the messages: nothing else to run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import psycopg
from psycopg import sql

from vclinic_messages.conf import live_settings
from vclinic_messages.live.backends.base import Backend
from vclinic_messages.live.events import CHANNEL
from vclinic_messages.tenancy import after_commit, connection_parameters, run_in_clinic

#: Seconds of silence after which the listener asks whether its connection still lives.
SILENCE = 30

_KEEPALIVE = {"keepalives": 1, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}


class PostgresBackend(Backend):
    """NOTIFY travels in the transaction: a rollback takes it back.

    Notifying transactions commit one after the other in the whole cluster. ``LIVE["NOTIFY"] = "on_commit"``
    notifies in a transaction of its own afterwards: faster under heavy load, and lost if the process dies in
    between (the browsers' safety poll then finds the change).
    """

    def publish(self, payloads: Iterable[str]) -> None:
        payloads = list(payloads)
        if live_settings.NOTIFY == "on_commit":
            after_commit(lambda: _notify(payloads))
        else:
            _notify(payloads)

    async def listen(self, *, hear: Callable[[str], None], healthy: Callable[[], None]) -> None:
        async with await connect(listener=True) as connection:
            await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
            healthy()
            while True:
                async for notice in connection.notifies(timeout=SILENCE):
                    hear(notice.payload)
                await connection.execute("SELECT 1")

    async def probe(self, payload: str) -> None:
        async with await connect(listener=False) as connection:
            await connection.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])


async def connect(*, listener: bool) -> psycopg.AsyncConnection[Any]:
    """A connection as the listener makes it, or as the application does."""
    dsn = live_settings.LISTEN_DSN
    parameters: dict[str, Any] = {**_KEEPALIVE, "autocommit": True, "connect_timeout": 10}
    if listener and dsn:
        return await psycopg.AsyncConnection.connect(dsn, **parameters)
    return await psycopg.AsyncConnection.connect(**{**connection_parameters(), **parameters})


def _notify(payloads: Iterable[str]) -> None:
    for payload in payloads:
        run_in_clinic(
            "SELECT pg_notify(%(channel)s, %(payload)s) WHERE {in_schema}",
            {"channel": CHANNEL, "payload": payload},
        )
