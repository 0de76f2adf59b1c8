"""Tell the processes with open streams about a change in the current clinic. Only actions do this.

Without streams nobody listens, so nothing is published: with ``LIVE["MODE"]`` "poll" or "off" a send costs no
NOTIFY. A change that is rolled back is never published.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from vclinic_messages.conf import live_settings
from vclinic_messages.live.backends import get_backend
from vclinic_messages.live.events import ending, pokes, renewals, sync
from vclinic_messages.tenancy import expected_schema


def publish_versions(versions: Mapping[object, int]) -> None:
    """Tell the streams of these users (versions of their mailboxes by user key) that something changed."""
    _publish(pokes(expected_schema(), versions))


def publish_ending(why: str, session: str | None = None) -> None:
    """End the clinic's streams: those of one session (see ``session_mark``), or all."""
    _publish([ending(expected_schema(), why, session)])


def publish_renewal(users: Iterable[object]) -> None:
    """End the streams of the people with these user keys. Their browsers ask again who they are."""
    _publish(renewals(expected_schema(), users))


def publish_sync() -> None:
    """Tell all of the clinic's streams that something changed for everybody."""
    _publish([sync(expected_schema())])


def _publish(payloads: Iterable[str]) -> None:
    if live_settings.MODE == "auto":
        get_backend().publish(list(payloads))
