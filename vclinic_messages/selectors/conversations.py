"""Conversations as their participants see them: the inbox and a conversation's head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from vclinic_messages.body import excerpt
from vclinic_messages.directory import Person, get_directory
from vclinic_messages.errors import ConversationNotFound
from vclinic_messages.feature import Viewer
from vclinic_messages.models import Participant, Role
from vclinic_messages.policies import Refusal, reply_refusal, user_key
from vclinic_messages.selectors.addresses import conversation_addresses
from vclinic_messages.selectors.paging import Page
from vclinic_messages.selectors.search import holds
from vclinic_messages.selectors.seats import SeatRow, seat_rows
from vclinic_messages.tenancy import clinic_transaction, verify_clinic


@dataclass(frozen=True, slots=True)
class Seat:
    """A participant. ``id`` is None when the account is gone: the kept name stands for it."""

    id: str | None
    name: str
    role: Role
    description: str
    is_me: bool
    last_read: int | None = None
    last_read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LastMessage:
    """What a row of the inbox shows of the newest message."""

    id: int
    sender: str
    excerpt: str
    sent_at: datetime
    is_mine: bool


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """A conversation as one participant sees it."""

    id: UUID
    url: str | None
    """The path of its page; None in a portal that includes the API only."""
    participants: tuple[Seat, ...]
    last_message: LastMessage
    unread_count: int
    cannot_reply: Refusal | None
    created_at: datetime
    seq: int
    waiting_since: datetime | None
    last_read: int | None
    exported_at: datetime | None
    exported_by: str
    is_opened: bool
    """Whether the viewer's session has opened it before. Known of a single conversation only."""

    @property
    def can_reply(self) -> bool:
        return self.cannot_reply is None

    @property
    def others(self) -> tuple[Seat, ...]:
        """The seats of everybody but the viewer."""
        return tuple(seat for seat in self.participants if not seat.is_me)

    def seen_at(self, message_id: int) -> datetime | None:
        """When somebody else had read this message of the viewer; None if nobody has."""
        marks = (seat for seat in self.others if seat.last_read and seat.last_read >= message_id)
        return min((seat.last_read_at for seat in marks if seat.last_read_at), default=None)


def inbox(viewer: Viewer, *, limit: int = 25, **narrowed: Any) -> Page[ConversationSummary]:
    """The viewer's conversations, newest activity first.

    ``search`` and ``unread`` narrow it; ``before`` is the ``next`` of the page before.
    """
    with clinic_transaction():
        rows = list(inbox_seats(viewer, **narrowed)[: limit + 1])
        items = summaries(viewer, rows[:limit])
    return Page(items, items[-1].seq if len(rows) > limit else None)


def inbox_beside(
    viewer: Viewer, conversation_id: UUID, *, limit: int = 25, **narrowed: Any
) -> tuple[Page[ConversationSummary], ConversationSummary]:
    """The inbox and one conversation, whether it is listed or not, for the price of the inbox.

    Raises ConversationNotFound or ClinicMismatch.
    """
    with clinic_transaction():
        rows = list(inbox_seats(viewer, **narrowed)[: limit + 1])
        ids = list(dict.fromkeys([*(row["conversation_id"] for row in rows[:limit]), conversation_id]))
        found = _found(viewer, ids, conversation_id)
    items = found[: min(len(rows), limit)]
    page = Page(items, items[-1].seq if len(rows) > limit else None)
    return page, next(each for each in found if each.id == conversation_id)


def inbox_seats(
    viewer: Viewer, *, search: str = "", unread: bool = False, before: int | None = None
) -> QuerySet[Any]:
    """Number and conversation of the viewer's seats, by falling number.

    A page is cut from their index before anything is joined.
    """
    seats = Participant.objects.filter(user=viewer.user).order_by("-seq").values("seq", "conversation_id")
    if before is not None:
        seats = seats.filter(seq__lt=before)
    if unread:
        seats = seats.filter(unread_count__gt=0)
    for word in search.split():
        seats = seats.filter(holds(word, viewer))
    return seats


def conversation(viewer: Viewer, conversation_id: UUID) -> ConversationSummary:
    """One conversation of the viewer. Raises ConversationNotFound or ClinicMismatch."""
    with clinic_transaction():
        return _found(viewer, [conversation_id], conversation_id)[0]


def conversation_with(viewer: Viewer, key: str) -> ConversationSummary | None:
    """The newest conversation with this person that the viewer can answer in."""
    other = user_key(key)
    if other is None:
        return None
    with_other = Participant.objects.filter(conversation=OuterRef("conversation"), user=other)
    seats = inbox_seats(viewer).filter(Exists(with_other))[:5]
    return next((each for each in summaries(viewer, list(seats)) if each.can_reply), None)


def summaries(viewer: Viewer, seats: Sequence[Any]) -> list[ConversationSummary]:
    """The conversations of these seats of the viewer, in their order: one statement, one description."""
    ids = [seat["conversation_id"] for seat in seats]
    if not ids:
        verify_clinic()
        return []
    return _summarise(viewer, ids, seat_rows(viewer, ids))


def _found(viewer: Viewer, ids: Sequence[UUID], wanted: UUID) -> list[ConversationSummary]:
    """These conversations, if the viewer holds a seat in the wanted one."""
    rows = seat_rows(viewer, ids, with_opened=True)
    if not any(row.user_id == viewer.user.pk and row.conversation_id == wanted for row in rows):
        verify_clinic()
        raise ConversationNotFound
    return _summarise(viewer, ids, rows)


def _summarise(viewer: Viewer, ids: Sequence[UUID], rows: Sequence[SeatRow]) -> list[ConversationSummary]:
    described = {person.id: person for person in get_directory().describe({row.user_id for row in rows})}
    by_conversation: dict[UUID, list[SeatRow]] = {}
    for row in rows:
        by_conversation.setdefault(row.conversation_id, []).append(row)
    address = conversation_addresses()
    return [_summary(viewer, by_conversation[each], described, address(each)) for each in ids]


def _summary(
    viewer: Viewer, rows: list[SeatRow], described: dict[str, Person], url: str | None
) -> ConversationSummary:
    mine = next(row for row in rows if row.user_id == viewer.user.pk)
    others = [(Role(row.role), _present_role(row, described)) for row in rows if row is not mine]
    return ConversationSummary(
        id=mine.conversation_id,
        url=url,
        participants=tuple(_seat(row, described, is_me=row is mine) for row in rows),
        last_message=LastMessage(
            id=mine.last_id,
            sender=mine.last_sender,
            excerpt=excerpt(mine.last_text),
            sent_at=mine.last_sent_at,
            is_mine=mine.last_sender_id == viewer.user.pk,
        ),
        unread_count=mine.unread_count,
        cannot_reply=reply_refusal(
            seat_role=Role(mine.role), role=viewer.role, others=others, settings=viewer.settings
        ),
        created_at=mine.created_at,
        seq=mine.seq,
        waiting_since=mine.waiting_since,
        last_read=mine.last_read_message_id,
        exported_at=mine.exported_at,
        exported_by=mine.exported_by or "",
        is_opened=mine.is_opened,
    )


def _present_role(row: SeatRow, described: dict[str, Person]) -> Role | None:
    person = described.get(str(row.user_id))
    return person.role if person else None


def _seat(row: SeatRow, described: dict[str, Person], *, is_me: bool) -> Seat:
    person = described.get(str(row.user_id))
    return Seat(
        id=person.id if person else None,
        name=person.name if person else row.name,
        role=Role(row.role),
        description=person.description if person else "",
        is_me=is_me,
        last_read=row.last_read_message_id,
        last_read_at=row.last_read_at,
    )
