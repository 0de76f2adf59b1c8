"""What is new in a viewer's mailboxes since a cursor. Browsers make their notifications from it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import BigIntegerField, F, Q

from vclinic_messages.conf import live_settings
from vclinic_messages.selectors.conversation_urls import conversation_urls
from vclinic_messages.tenancy import expected_schema
from vclinic_messages.viewer import Viewer, readable_participations

#: The number of conversations that one response names; ``more`` says that there are others.
EVENTS_LIMIT = 20

_NOT_OPENED = 0
_CURSOR = re.compile(r"\d{1,19}-\d{1,19}(\.\d{1,19}-\d{1,19})*")


@dataclass(frozen=True, slots=True)
class Event:
    """A conversation with unread messages, of which somebody else wrote the last.

    ``message`` is the id of that message. ``url`` is the path of the conversation's page, None in a portal
    that includes the API only.
    """

    message: int
    conversation: UUID
    sender: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a browser knows the mailboxes: the id of the newest message that it was told of, by mailbox.

    Message ids are given under the locks of the mailboxes, so within one mailbox they rise in commit order:
    no message can appear later with a smaller id. Across mailboxes they do not, which is why the cursor has
    a position for each. Mailbox 0 stands for the own mailbox of a person who has none yet: without it, the
    first message that they ever get would count as known.
    """

    positions: Mapping[int, int]

    def __str__(self) -> str:
        return ".".join(f"{mailbox}-{message}" for mailbox, message in sorted(self.positions.items()))

    @classmethod
    def parse(cls, text: str) -> Cursor | None:
        """Return the cursor that was written as this text; None for a text that is no cursor."""
        if not _CURSOR.fullmatch(text):
            return None
        parts = (part.split("-") for part in text.split("."))
        positions = {int(mailbox): int(message) for mailbox, message in parts}
        is_valid = all(each <= BigIntegerField.MAX_BIGINT for each in positions.values())
        return cls(positions) if is_valid else None

    @classmethod
    def present(cls, viewer: Viewer) -> Cursor:
        """Return the cursor of a browser that knows everything."""
        ends = {mailbox.id: mailbox.newest_message for mailbox in viewer.mailboxes}
        return cls(ends if viewer.own_mailbox is not None else {_NOT_OPENED: 0, **ends})

    def position(self, viewer: Viewer, mailbox: int) -> int | None:
        """Return the position in one of the viewer's mailboxes; None if the cursor does not know it."""
        if mailbox == viewer.own_mailbox and _NOT_OPENED in self.positions:
            return 0
        return self.positions.get(mailbox)


@dataclass(frozen=True, slots=True)
class State:
    """What changed after a cursor. ``reset``: the cursor was ahead, as after a restored backup."""

    cursor: Cursor
    events: list[Event]
    more: bool
    reset: bool


def live_state_etag(viewer: Viewer) -> str:
    """Return the ETag of the state: whose mailboxes in which clinic, at which versions, under which settings.

    Nobody else can use it. A page contains the ETag of the moment when it was made, so its first request for
    the state finds what has changed since.
    """
    parts = (
        expected_schema(),
        viewer.key,
        sorted((mailbox.id, mailbox.version) for mailbox in viewer.mailboxes),
        viewer.settings.version,
        viewer.role,
        live_settings.POLL_SECONDS,
        live_settings.SHOW_SENDER,
    )
    digest = hashlib.sha256(repr(parts).encode()).hexdigest()[:32]
    return f'W/"{digest}"'


def live_state(viewer: Viewer, after: Cursor | None) -> State:
    """Return the viewer's state after a cursor; None for a browser that has none yet.

    A mailbox that is not in the cursor starts at its present end. Runs one statement, or none if nothing is
    new.
    """
    present = Cursor.present(viewer)
    if after is None:
        return State(present, [], more=False, reset=False)
    known = {}
    for mailbox, end in present.positions.items():
        position = after.position(viewer, mailbox)
        known[mailbox] = end if position is None else position
    reset = any(known[mailbox] > end for mailbox, end in present.positions.items())
    behind = {
        mailbox: position for mailbox, position in known.items() if position < present.positions[mailbox]
    }
    if not behind:
        return State(present, [], more=False, reset=reset)
    events = _events(viewer, behind, present)
    if len(events) <= EVENTS_LIMIT:
        return State(present, events, more=False, reset=reset)
    events = events[:EVENTS_LIMIT]
    reached = events[-1].message
    # Events come in the order of their messages, so up to the last of them every mailbox has been told.
    positions = {
        mailbox: min(end, max(known[mailbox], reached)) for mailbox, end in present.positions.items()
    }
    return State(Cursor(positions), events, more=True, reset=reset)


def _events(viewer: Viewer, behind: Mapping[int, int], present: Cursor) -> list[Event]:
    """Return the events of these mailboxes, oldest first; one more than the limit if there are more.

    What was committed after the viewer was loaded is beyond the present cursor. It comes with the next
    request.
    """
    is_new = reduce(
        or_,
        (
            Q(mailbox=mailbox, last_message__gt=position, last_message__lte=present.positions[mailbox])
            for mailbox, position in behind.items()
        ),
    )
    rows = (
        readable_participations(viewer.mailbox_ids, viewer.role)
        .filter(is_new, unread_count__gt=0)
        .exclude(last_message__mailbox__in=viewer.mailbox_ids)
        .order_by("last_message")
        .values_list("last_message", "conversation", F("last_message__sender_name"))
    )
    url_of = conversation_urls()
    return [
        Event(message, conversation, sender, url_of(conversation))
        for message, conversation, sender in rows[: EVENTS_LIMIT + 1]
    ]
