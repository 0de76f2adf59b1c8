"""Tickets: permission to open one stream, for a server process that cannot read sessions.

The clinic is part of what is signed, so nobody can turn a ticket of one clinic into a ticket of another. A
ticket is also bound to the host of the stream and is valid for 60 seconds.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from django.core import signing

#: Seconds within which the stream must be opened.
LIFETIME = 60

_SALT = "vclinic_messages.live"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a stream needs to know.

    ``session`` identifies the session without revealing its key (see ``events.session_mark``). ``host`` is
    where the stream is opened, ``origin`` that of the page which opens it.
    """

    schema: str
    user: str
    session: str
    host: str
    origin: str


def issue(ticket: Ticket) -> str:
    """Return the signed ticket, as text that fits into a URL."""
    return signing.dumps(asdict(ticket), salt=_SALT)


def read(text: str, *, host: str) -> Ticket | None:
    """Return the ticket; None if it is forged, older than 60 seconds, or was issued for another host."""
    try:
        ticket = Ticket(**signing.loads(text, salt=_SALT, max_age=LIFETIME))
    except (signing.BadSignature, TypeError):  # TypeError: issued by another version of Messages
        return None
    return ticket if ticket.host == host else None
