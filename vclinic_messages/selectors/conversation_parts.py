"""What a list shows of the newest message of a conversation, and of drafts of new messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from vclinic_messages.directory import Person


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
