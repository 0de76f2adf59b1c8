"""The state of a mailbox since a cursor: what the notifications are made of."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F

from vclinic_messages.conf import live_settings
from vclinic_messages.models import Participant
from vclinic_messages.selectors.conversation_urls import conversation_urls
from vclinic_messages.tenancy import expected_schema
from vclinic_messages.viewer import Viewer

#: How many conversations one answer names; ``more`` says that there are others.
EVENTS_LIMIT = 20


@dataclass(frozen=True, slots=True)
class Event:
    """A conversation with something unread that somebody else wrote last."""

    seq: int
    conversation: UUID
    sender: str
    url: str | None
    """The path of its page; None in a portal that includes the API only."""


@dataclass(frozen=True, slots=True)
class State:
    """What changed after a cursor. ``reset``: the cursor was ahead, as after a restored backup."""

    cursor: int
    events: list[Event]
    more: bool
    reset: bool


def live_state_etag(viewer: Viewer) -> str:
    """The state's ETag: whose mailbox in which clinic, at which version, under which settings.

    Worthless to anybody else. A page carries that of its making, so that it learns of what came since.
    """
    parts = (
        expected_schema(),
        viewer.key,
        viewer.version,
        viewer.settings.version,
        viewer.role,
        live_settings.POLL_SECONDS,
        live_settings.SHOW_SENDER,
    )
    digest = hashlib.sha256(repr(parts).encode()).hexdigest()[:32]
    return f'W/"{digest}"'


def live_state(viewer: Viewer, after: int | None) -> State:
    """The viewer's state after a cursor, which is a mailbox ``seq``; None for who comes first.

    At most one statement, none when nothing is new.
    """
    if after is None or after >= viewer.seq:
        return State(viewer.seq, [], more=False, reset=after is not None and after > viewer.seq)
    # What was committed since the viewer was loaded lies behind the cursor that goes out: it comes next time.
    new = Participant.objects.filter(user=viewer.key, seq__gt=after, seq__lte=viewer.seq)
    participants = new.filter(unread_count__gt=0)
    rows = (
        participants.exclude(conversation__last_message__sender=viewer.key)
        .order_by("seq")
        .values_list("seq", "conversation", F("conversation__last_message__sender_name"))
    )
    address = conversation_urls()
    events = [
        Event(seq, conversation, sender, address(conversation))
        for seq, conversation, sender in rows[: EVENTS_LIMIT + 1]
    ]
    more = len(events) > EVENTS_LIMIT
    events = events[:EVENTS_LIMIT]
    return State(events[-1].seq if more else viewer.seq, events, more=more, reset=False)
