"""Telling other processes about a change, in its transaction. Only actions do."""

from __future__ import annotations

from collections.abc import Mapping

from vclinic_messages.live.backends import get_backend
from vclinic_messages.live.events import ending, pokes, sync
from vclinic_messages.tenancy import expected_schema


def publish_versions(versions: Mapping[object, int]) -> None:
    """Poke the owners of these mailboxes of the clinic at hand: versions by user key."""
    get_backend().publish(pokes(expected_schema(), versions))


def publish_ending(why: str, session: str | None = None) -> None:
    """End the streams of the clinic at hand: of one session, or all."""
    get_backend().publish([ending(expected_schema(), why, session)])


def publish_sync() -> None:
    """Have everybody who has a stream of the clinic at hand read again."""
    get_backend().publish([sync(expected_schema())])
