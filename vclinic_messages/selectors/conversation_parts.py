"""What a list shows of each conversation: who takes part, the newest message, and drafts of new ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from vclinic_messages.directory import Person
from vclinic_messages.models import Role
from vclinic_messages.selectors.absences import Away


@dataclass(frozen=True, slots=True)
class ParticipantSummary:
    """A participant. ``id`` is the user's key or the team's id, or None for a deleted account.

    Then ``name`` is the last known one. ``is_me`` is also True for the team for which the viewer reads. In a
    list, ``away`` does not say whom to write to instead: see ``with_covers``.
    """

    id: str | None
    mailbox: int
    name: str
    role: Role
    description: str
    is_me: bool
    last_read: int | None = None
    last_read_at: datetime | None = None
    away: Away | None = None


@dataclass(frozen=True, slots=True)
class LastMessage:
    """What a row of the inbox shows of the newest message. ``for_team``: a member of a team wrote it."""

    id: int
    sender: str
    excerpt: str = field(repr=False)
    sent_at: datetime
    is_mine: bool
    for_team: bool = False


@dataclass(frozen=True, slots=True)
class NewMessageDraft:
    """The viewer's draft of a new message, as a list shows it. ``recipient`` is None if nobody is chosen."""

    recipient: Person | None
    excerpt: str = field(repr=False)
    saved_at: datetime
