"""Telling other processes, in the transaction of the change: a rollback takes the poke back."""

from __future__ import annotations

from collections.abc import Mapping

from vclinic_messages.conf import live_settings
from vclinic_messages.live.events import CHANNEL, payloads
from vclinic_messages.tenancy import database, expected_schema


def publish(versions: Mapping[object, int]) -> None:
    """Poke the owners of these mailboxes: versions by user key. PostgreSQL delivers it at commit."""
    if live_settings.BACKEND == "null" or not versions:
        return
    with database().cursor() as cursor:
        for payload in payloads(expected_schema(), versions):
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])
