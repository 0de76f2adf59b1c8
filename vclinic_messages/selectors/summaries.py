"""Conversations as their participants see them: the inbox and a conversation's head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from vclinic_messages.directory import Person, get_directory
from vclinic_messages.errors import ConversationNotFound
from vclinic_messages.message_text import excerpt
from vclinic_messages.models import Participant, Role
from vclinic_messages.policies import Refusal, reply_refusal, user_key
from vclinic_messages.selectors.conversation_urls import conversation_urls
from vclinic_messages.selectors.inbox_rows import InboxQuery, ParticipantRow, participant_rows
from vclinic_messages.selectors.paging import Page
from vclinic_messages.tenancy import read_transaction, verify_clinic
from vclinic_messages.viewer import Viewer

#: The first page of the list.
FIRST = InboxQuery()


@dataclass(frozen=True, slots=True)
class ParticipantSummary:
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
    participants: tuple[ParticipantSummary, ...]
    others: tuple[ParticipantSummary, ...]
    """Everybody but the viewer."""
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
    def me(self) -> ParticipantSummary:
        """Return the viewer as a participant."""
        return next(each for each in self.participants if each.is_me)

    @property
    def can_reply(self) -> bool:
        return self.cannot_reply is None

    def seen_at(self, message_id: int) -> datetime | None:
        """When somebody else had read this message of the viewer; None if nobody has."""
        marks = (
            participant
            for participant in self.others
            if participant.last_read and participant.last_read >= message_id
        )
        return min(
            (participant.last_read_at for participant in marks if participant.last_read_at), default=None
        )


def inbox(viewer: Viewer, cut: InboxQuery = FIRST) -> Page[ConversationSummary]:
    """The viewer's conversations, newest activity first.

    ``next`` is what to pass as ``before`` for the following page; of a cut with ``after``, as ``after``.
    """
    with read_transaction():
        listed, _beside = _summaries(viewer, participant_rows(viewer, cut))
    return _page(listed, cut)


def inbox_with_conversation(
    viewer: Viewer, conversation_id: UUID, cut: InboxQuery = FIRST
) -> tuple[Page[ConversationSummary], ConversationSummary]:
    """The inbox and one conversation, whether it is listed or not, for the price of the inbox.

    Raises ConversationNotFound or ClinicMismatch.
    """
    with read_transaction():
        listed, beside = _summaries(viewer, participant_rows(viewer, cut, beside=[conversation_id]))
        return _page(listed, cut), _only(beside)


def conversation(viewer: Viewer, conversation_id: UUID) -> ConversationSummary:
    """One conversation of the viewer. Raises ConversationNotFound or ClinicMismatch."""
    with read_transaction():
        _listed, beside = _summaries(viewer, participant_rows(viewer, beside=[conversation_id]))
        return _only(beside)


def conversation_with(viewer: Viewer, key: str) -> ConversationSummary | None:
    """The newest conversation with this person that the viewer can answer in."""
    other = user_key(key)
    if other is None:
        return None
    with_other = Participant.objects.filter(Q(conversation=OuterRef("conversation"), user=other))
    participants = newest_participations(viewer).filter(Exists(with_other))
    ids = list(participants.values_list("conversation", flat=True)[:5])
    if not ids:
        return None
    _listed, beside = _summaries(viewer, participant_rows(viewer, beside=ids))
    return next((each for each in beside if each.can_reply), None)


def newest_participations(viewer: Viewer) -> QuerySet[Any]:
    """The viewer's participants, newest activity first."""
    return Participant.objects.filter(user=viewer.user).order_by("-seq")


def _page(found: list[ConversationSummary], cut: InboxQuery) -> Page[ConversationSummary]:
    """Of one more than the limit, if there are so many."""
    if len(found) <= cut.limit:
        return Page(found, None)
    items = found[-cut.limit :] if cut.is_backwards else found[: cut.limit]
    return Page(items, items[0 if cut.is_backwards else -1].seq)


def _only(found: list[ConversationSummary]) -> ConversationSummary:
    if not found:
        raise ConversationNotFound
    return found[0]


def _summaries(
    viewer: Viewer, rows: Sequence[ParticipantRow]
) -> tuple[list[ConversationSummary], list[ConversationSummary]]:
    """The listed conversations and those beside the list, newest activity first.

    Without those in which the viewer does not sit. Raises ClinicMismatch.
    """
    if not rows:
        verify_clinic()
    described = {person.id: person for person in get_directory().describe({row.user_id for row in rows})}
    grouped: dict[tuple[bool, UUID], list[ParticipantRow]] = {}
    for row in rows:
        grouped.setdefault((row.is_listed, row.conversation_id), []).append(row)
    address = conversation_urls()
    found: tuple[list[ConversationSummary], list[ConversationSummary]] = ([], [])
    for (is_listed, key), participants in grouped.items():
        mine = next((participant for participant in participants if participant.user_id == viewer.key), None)
        if mine is not None:
            side = found[0] if is_listed else found[1]
            side.append(_summary(viewer, mine, participants, described, address(key)))
    for side in found:
        side.sort(key=lambda summary: summary.seq, reverse=True)
    return found


def _summary(
    viewer: Viewer,
    mine: ParticipantRow,
    rows: list[ParticipantRow],
    described: dict[str, Person],
    url: str | None,
) -> ConversationSummary:
    others = [(Role(row.role), _present_role(row, described)) for row in rows if row is not mine]
    participants = tuple(_participant(row, described, is_me=row is mine) for row in rows)
    return ConversationSummary(
        id=mine.conversation_id,
        url=url,
        participants=participants,
        others=tuple(participant for participant in participants if not participant.is_me),
        last_message=LastMessage(
            id=mine.last_id,
            sender=mine.last_sender,
            excerpt=excerpt(mine.last_text),
            sent_at=mine.last_sent_at,
            is_mine=mine.last_sender_id == viewer.key,
        ),
        unread_count=mine.unread_count,
        cannot_reply=reply_refusal(
            participant_role=Role(mine.role), role=viewer.role, others=others, settings=viewer.settings
        ),
        created_at=mine.created_at,
        seq=mine.seq,
        waiting_since=mine.waiting_since,
        last_read=mine.last_read_message_id,
        exported_at=mine.exported_at,
        exported_by=mine.exported_by or "",
        is_opened=mine.is_opened,
    )


def _present_role(row: ParticipantRow, described: dict[str, Person]) -> Role | None:
    person = described.get(str(row.user_id))
    return person.role if person else None


def _participant(row: ParticipantRow, described: dict[str, Person], *, is_me: bool) -> ParticipantSummary:
    person = described.get(str(row.user_id))
    return ParticipantSummary(
        id=person.id if person else None,
        name=person.name if person else row.name,
        role=Role(row.role),
        description=person.description if person else "",
        is_me=is_me,
        last_read=row.last_read_message_id,
        last_read_at=row.last_read_at,
    )
