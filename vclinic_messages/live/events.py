"""What processes tell each other: whose mailbox changed, who reads again, which streams end. Never a text."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

#: The one channel of the database. The clinic travels in the payload: ``pg_notify`` refuses names of 64 bytes
#: while LISTEN silently cuts at 63, so a channel per clinic could merge two.
CHANNEL = "vclinic_messages"

#: PostgreSQL refuses a payload of 8,000 bytes or more.
PAYLOAD_LIMIT = 7999

#: Why a stream ends for good.
LOGOUT = "logout"
OFF = "off"


@dataclass(frozen=True, slots=True)
class Poke:
    """These mailboxes of a clinic (versions by user key) have changed."""

    schema: str
    versions: dict[str, int]


@dataclass(frozen=True, slots=True)
class Ending:
    """The streams of a clinic end: of one session where ``session`` says so, else all."""

    schema: str
    why: str
    session: str | None = None


@dataclass(frozen=True, slots=True)
class Sync:
    """All who have a stream of a clinic read again: its settings have changed."""

    schema: str


@dataclass(frozen=True, slots=True)
class Probe:
    """A listener's test of itself."""

    token: str


Event = Poke | Ending | Sync | Probe


def pokes(schema: str, versions: Mapping[object, int]) -> Iterator[str]:
    """The payloads that carry these versions by user key, each within the limit of bytes."""
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
    """The payload that ends streams."""
    return _dump({"s": schema, "end": why, "k": session})


def sync(schema: str) -> str:
    """The payload that has everybody in a clinic read again."""
    return _dump({"s": schema, "sync": True})


def probe(token: str) -> str:
    """The payload of a test."""
    return _dump({"probe": token})


def decode(payload: str) -> Event | None:
    """The event in a payload; None for what is none: anybody in the database can notify."""
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
    """Names a session to the streams that belong to it, without giving it away."""
    return hashlib.sha256(f"{schema}:{session_key or ''}".encode()).hexdigest()[:24]


def _dump(data: Any) -> str:
    return json.dumps(data, separators=(",", ":"))
