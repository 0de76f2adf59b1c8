"""What processes tell each other: that a mailbox changed, that all must fetch again, that streams end.

A payload contains keys and numbers, never a text or a name.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

#: The one channel, for all clinics. With a channel for each clinic, named after its schema, two clinics could
#: share one: schema names may have 63 bytes, and LISTEN cuts a longer channel name without an error. So the
#: payload names the clinic, and each process passes it only to that clinic's streams.
CHANNEL = "vclinic_messages"

#: Bytes of the longest payload that PostgreSQL accepts.
PAYLOAD_LIMIT = 7999

#: Reasons why a stream ends for good. The browser does not open a new one.
LOGOUT = "logout"
OFF = "off"


@dataclass(frozen=True, slots=True)
class Poke:
    """These mailboxes of a clinic changed: their new versions by user key."""

    schema: str
    versions: dict[str, int]


@dataclass(frozen=True, slots=True)
class Ending:
    """Streams of a clinic end: those of one session, or all if ``session`` is None."""

    schema: str
    why: str
    session: str | None = None


@dataclass(frozen=True, slots=True)
class Sync:
    """All open pages of a clinic must fetch again, because its settings changed."""

    schema: str


@dataclass(frozen=True, slots=True)
class Probe:
    """A listener's test of itself."""

    token: str


Event = Poke | Ending | Sync | Probe


def pokes(schema: str, versions: Mapping[object, int]) -> Iterator[str]:
    """Yield payloads with these versions by user key: as few as possible, none above the limit."""
    part: dict[str, int] = {}
    for user, version in versions.items():
        grown = {**part, str(user): version}
        if part and len(_dump({"s": schema, "v": grown}).encode()) > PAYLOAD_LIMIT:
            yield _dump({"s": schema, "v": part})
            grown = {str(user): version}
        part = grown
    if part:
        yield _dump({"s": schema, "v": part})


def ending(schema: str, why: str, session: str | None = None) -> str:
    """Return the payload that ends streams."""
    return _dump({"s": schema, "end": why, "k": session})


def sync(schema: str) -> str:
    """Return the payload that makes all open pages of a clinic fetch again."""
    return _dump({"s": schema, "sync": True})


def probe(token: str) -> str:
    """Return the payload of a listener's test of itself."""
    return _dump({"probe": token})


def decode(payload: str) -> Event | None:
    """Return the event in a payload; None for anything else, as every user of the database can notify."""
    try:
        data = json.loads(payload)
        match data:
            case {"probe": str(token)}:
                return Probe(token)
            case {"s": str(schema), "end": str(why), "k": (str() | None) as session}:
                return Ending(schema, why, session)
            case {"s": str(schema), "sync": True}:
                return Sync(schema)
            case {"s": str(schema), "v": dict(versions)}:
                return Poke(schema, {str(user): int(version) for user, version in versions.items()})
    except (TypeError, ValueError):
        return None
    return None


def session_mark(schema: str, session_key: str | None) -> str:
    """Return a text that identifies a session of a clinic, and from which nobody can compute its key."""
    return hashlib.sha256(f"{schema}:{session_key or ''}".encode()).hexdigest()[:24]


def _dump(data: Mapping[str, object]) -> str:
    return json.dumps(data, separators=(",", ":"))
