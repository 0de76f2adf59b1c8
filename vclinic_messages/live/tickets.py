"""Tickets: what lets a browser open a stream, where no session can be read.

Signed with the clinic in the salt, bound to the host, valid for connecting within 60 seconds.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from django.core import signing

#: Seconds in which a stream must be opened.
LIFETIME = 60

_SALT = "vclinic_messages.live"


@dataclass(frozen=True, slots=True)
class Ticket:
    """Whose stream it is: ``session`` is a mark, not a key; ``host`` is where the stream is opened."""

    schema: str
    user: str
    session: str
    host: str
    origin: str


def issue(ticket: Ticket) -> str:
    """The ticket as text for an address."""
    return f"{_encode_schema(ticket.schema)}.{signing.dumps(asdict(ticket), salt=_salt(ticket.schema))}"


def read(text: str, *, host: str) -> Ticket | None:
    """The ticket, if it is one, is young enough and was issued for this host; else None."""
    schema, _dot, signed = text.partition(".")
    try:
        name = bytes.fromhex(schema).decode()
        ticket = Ticket(**signing.loads(signed, salt=_salt(name), max_age=LIFETIME))
    except (signing.BadSignature, TypeError, ValueError):
        return None
    return ticket if ticket.schema == name and ticket.host == host else None


def _salt(schema: str) -> str:
    return f"{_SALT}:{schema}"


def _encode_schema(schema: str) -> str:
    return schema.encode().hex()
