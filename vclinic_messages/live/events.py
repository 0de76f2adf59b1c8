"""What processes tell each other: that a mailbox changed, that all must fetch again, that streams end.

A payload contains keys and numbers, never a text or a name. It is signed, because every role of the database
can notify: what another role sends is ignored, whichever clinic it names.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.core.signing import BadSignature, TimestampSigner

#: The one channel, for all clinics. With a channel for each clinic, named after its schema, two clinics could
#: share one: schema names may have 63 bytes, and LISTEN cuts a longer channel name without an error. So the
#: payload names the clinic, and each process passes it only to that clinic's streams.
CHANNEL = "vclinic_messages"

#: The longest payload that PostgreSQL accepts, in bytes.
PAYLOAD_LIMIT = 7999

#: Reasons why a stream ends for good. The browser does not open a new one.
LOGOUT = "logout"
OFF = "off"

_SALT = "vclinic_messages.live.events"
_BIGGEST_VERSION = 2**63 - 1
#: Seconds after which a payload is ignored, so that a role that listens cannot send it again for ever. The
#: clocks of two servers may differ by less than this.
_MAX_AGE = 60


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
class Renewal:
    """The streams of a person end, and their browsers open new ones."""

    schema: str
    user: str


@dataclass(frozen=True, slots=True)
class Sync:
    """All open pages of a clinic must fetch again, because its settings changed."""

    schema: str


@dataclass(frozen=True, slots=True)
class Probe:
    """A listener's test of itself."""

    token: str


Event = Poke | Ending | Renewal | Sync | Probe


def pokes(schema: str, versions: Mapping[object, int]) -> Iterator[str]:
    """Yield payloads with these versions by user key: as few as possible, none above the limit."""
    part: dict[str, int] = {}
    for user, version in versions.items():
        grown = {**part, str(user): version}
        if part and len(_signed({"s": schema, "v": grown}).encode()) > PAYLOAD_LIMIT:
            yield _signed({"s": schema, "v": part})
            grown = {str(user): version}
        part = grown
    if part:
        yield _signed({"s": schema, "v": part})


def ending(schema: str, why: str, session: str | None = None) -> str:
    """Return the payload that ends streams."""
    return _signed({"s": schema, "end": why, "k": session})


def renewals(schema: str, users: Iterable[object]) -> Iterator[str]:
    """Yield payloads that make the browsers of these people open new streams."""
    for user in users:
        yield _signed({"s": schema, "renew": str(user)})


def sync(schema: str) -> str:
    """Return the payload that makes all open pages of a clinic fetch again."""
    return _signed({"s": schema, "sync": True})


def probe(token: str) -> str:
    """Return the payload of a listener's test of itself."""
    return _signed({"probe": token})


def decode(payload: str) -> Event | None:
    """Return the event in a payload; None for anything else. Never raises an exception."""
    try:
        data = json.loads(TimestampSigner(salt=_SALT).unsign(payload, max_age=_MAX_AGE))
    except (BadSignature, ValueError, RecursionError):
        return None
    match data:
        case {"probe": str(token)}:
            return Probe(token)
        case {"s": str(schema), "end": str(why), "k": (str() | None) as session} if why in (LOGOUT, OFF):
            return Ending(schema, why, session)
        case {"s": str(schema), "renew": str(user)}:
            return Renewal(schema, user)
        case {"s": str(schema), "sync": True}:
            return Sync(schema)
        case {"s": str(schema), "v": dict(versions)} if all(map(_is_version, versions.values())):
            return Poke(schema, versions)
    return None


def _is_version(value: object) -> bool:
    return type(value) is int and 0 <= value <= _BIGGEST_VERSION


def session_mark(schema: str, session_key: str | None) -> str:
    """Return a text that identifies a session of a clinic, and from which nobody can compute its key."""
    return hashlib.sha256(f"{schema}:{session_key or ''}".encode()).hexdigest()[:24]


def _signed(data: Mapping[str, object]) -> str:
    return TimestampSigner(salt=_SALT).sign(json.dumps(data, separators=(",", ":")))
