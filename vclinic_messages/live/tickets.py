"""Tickets: permission to open one stream, for a server process that cannot read sessions.

The clinic is part of what is signed, so nobody can turn a ticket of one clinic into a ticket of another. A
ticket is also bound to the host of the stream, is valid for 60 seconds, and opens one stream of a process.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import asdict, dataclass, field

from django.core import signing

#: Seconds within which the stream must be opened.
LIFETIME = 60

_SALT = "vclinic_messages.live"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a stream needs to know.

    ``session`` identifies the session without revealing its key (see ``events.session_mark``). ``host`` is
    where the stream is opened, ``origin`` that of the page which opens it. No two tickets have the same
    ``nonce``.
    """

    schema: str
    user: str
    session: str
    host: str
    origin: str
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(9))


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


class Recent:
    """Texts that are remembered as long as a ticket is valid."""

    def __init__(self) -> None:
        self._forget_at: dict[str, float] = {}

    def __len__(self) -> int:
        """Return how many texts are remembered."""
        return len(self._forget_at)

    def __contains__(self, text: str) -> bool:
        """Return whether the text is remembered."""
        return self._forget_at.get(text, 0.0) > time.monotonic()

    def add(self, text: str) -> bool:
        """Remember the text. Returns whether it is new."""
        now = time.monotonic()
        while self._forget_at and next(iter(self._forget_at.values())) < now:
            del self._forget_at[next(iter(self._forget_at))]
        is_new = text not in self._forget_at
        if is_new:
            self._forget_at[text] = now + LIFETIME
        return is_new
