"""Conversations as one participant sees them: the inbox, and the head of an open conversation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from vclinic_messages.directory import Person, describe_by_key, open_to_replies
from vclinic_messages.errors import ConversationNotFound
from vclinic_messages.message_text import excerpt
from vclinic_messages.models import Participant, Role
from vclinic_messages.policies import Refusal, may_decide, roles_then_and_now, writing_refusal
from vclinic_messages.selectors.absences import Away, absences_with_covers
from vclinic_messages.selectors.conversation_parts import LastMessage, NewMessageDraft
from vclinic_messages.selectors.conversation_urls import conversation_urls
from vclinic_messages.selectors.drafts import DraftItem
from vclinic_messages.selectors.inbox_rows import InboxQuery, ParticipantRow, participant_rows
from vclinic_messages.selectors.list_orders import Position, Show, WaitingPosition
from vclinic_messages.selectors.paging import Page
from vclinic_messages.selectors.participants import ParticipantSummary, participant_summary
from vclinic_messages.selectors.search_hits import Match, matches
from vclinic_messages.selectors.team_parts import (
    Colleague,
    TeamSummary,
    Writing,
    taker,
    team_state,
    team_summary,
)
from vclinic_messages.teams import TeamState, recipient_id, team_key
from vclinic_messages.tenancy import read_transaction, verify_clinic
from vclinic_messages.user_keys import user_key
from vclinic_messages.user_types import UserKey
from vclinic_messages.viewer import Viewer, newest_participations

#: The first page of the list.
FIRST = InboxQuery()


@dataclass(frozen=True, slots=True)
class InboxPage(Page["ConversationSummary", Position]):
    """A page of conversations, and the drafts of new messages if they were asked for, last saved first."""

    new_message_drafts: list[NewMessageDraft] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """A conversation as one participant sees it.

    ``url`` is the path of its page, None in a portal that includes the API only. ``others`` are all
    participants but the viewer. ``is_removed`` tells whether it was removed from the waiting list and nobody
    has written since, ``may_decide`` whether the viewer may remove it or put it back. ``is_opened`` tells
    whether the viewer's session has opened it before. It is always False in a list. ``draft_version`` is 0 if
    the viewer has never had a draft here. After a draft was sent, ``draft`` is None and the version stays.
    In a list, ``draft`` has only the beginning of its text. ``match`` is the newest message that a search
    found.

    ``team`` is the team that takes part, if any. ``is_for_team`` tells whether the viewer reads and writes
    for it. If so, ``assigned_to`` is the member who has taken the conversation, and ``writing`` are the
    colleagues who began to write a few seconds ago, the earliest first.
    """

    id: UUID
    url: str | None
    participants: tuple[ParticipantSummary, ...]
    others: tuple[ParticipantSummary, ...]
    last_message: LastMessage
    unread_count: int
    cannot_reply: Refusal | None
    created_at: datetime
    waiting_since: datetime | None
    is_removed: bool
    may_decide: bool
    last_read: int | None
    exported_at: datetime | None
    exported_by: str
    is_opened: bool
    draft: DraftItem | None
    draft_version: int
    my_id: str
    my_name: str
    team: TeamSummary | None = None
    is_for_team: bool = False
    assigned_to: Colleague | None = None
    writing: tuple[Writing, ...] = ()
    match: Match | None = None

    @property
    def me(self) -> ParticipantSummary:
        """Return the viewer, or the team for which they read, as a participant."""
        return next(each for each in self.participants if each.is_me)

    @property
    def patient(self) -> ParticipantSummary | None:
        """Return the patient; None in a conversation of staff."""
        return next((each for each in self.participants if each.role is Role.PATIENT), None)

    @property
    def can_reply(self) -> bool:
        """Return whether the viewer may write here."""
        return self.cannot_reply is None

    def seen_at(self, message_id: int) -> datetime | None:
        """Return when somebody else had read this message of the viewer; None if nobody has."""
        readers = (each for each in self.others if each.last_read and each.last_read >= message_id)
        return min((each.last_read_at for each in readers if each.last_read_at), default=None)


def inbox(viewer: Viewer, query: InboxQuery = FIRST) -> InboxPage:
    """Return the viewer's conversations: newest activity first, or the longest wait first.

    ``next`` is the ``before`` of the following page; after a query with ``after``, it is its ``after``.
    """
    with read_transaction():
        found = _summaries(viewer, participant_rows(viewer, query))
        return _page(viewer, found, query)


def inbox_with_conversation(
    viewer: Viewer, conversation_id: UUID, query: InboxQuery = FIRST
) -> tuple[InboxPage, ConversationSummary]:
    """Return the inbox and one conversation, listed or not, in the statement of the inbox.

    Raises ConversationNotFound or ClinicMismatch.
    """
    with read_transaction():
        found = _summaries(viewer, participant_rows(viewer, query, by_id=[conversation_id]))
        return _page(viewer, found, query), _only(viewer, found.by_id)


def conversation(viewer: Viewer, conversation_id: UUID) -> ConversationSummary:
    """Return one conversation that the viewer may read. Raises ConversationNotFound or ClinicMismatch."""
    with read_transaction():
        return _only(viewer, _summaries(viewer, participant_rows(viewer, by_id=[conversation_id])).by_id)


def conversation_with(viewer: Viewer, key: str) -> ConversationSummary | None:
    """Return the newest conversation with this person or team in which the viewer can reply."""
    team, other = team_key(key), user_key(key)
    if team is None and other is None:
        return None
    is_other = Q(mailbox__team=team) if team is not None else Q(mailbox__user=other)
    with_other = Participant.objects.filter(is_other, conversation=OuterRef("conversation"))
    rows = newest_participations(viewer).filter(Exists(with_other))
    ids = list(rows.values_list("conversation", flat=True)[:5])
    if not ids:
        return None
    found = _summaries(viewer, participant_rows(viewer, by_id=ids))
    return next((each for each in found.by_id if each.can_reply), None)


def with_covers(viewer: Viewer, found: list[ConversationSummary]) -> list[ConversationSummary]:
    """Add whom the viewer may write to instead of those who are away. Nobody away: no statement."""
    covers = absences_with_covers(
        viewer, (each.mailbox for summary in found for each in summary.others if each.away)
    )
    return [_with_covers(summary, covers) for summary in found] if covers else found


def _with_covers(summary: ConversationSummary, covers: Mapping[int, Away]) -> ConversationSummary:
    participants = tuple(
        replace(each, away=covers.get(each.mailbox, each.away)) if each.away else each
        for each in summary.participants
    )
    others = tuple(each for each in participants if not each.is_me)
    return replace(summary, participants=participants, others=others)


def position_of(summary: ConversationSummary, show: Show) -> Position:
    """Return the position of a conversation in the list that shows it."""
    if show is Show.WAITING and summary.waiting_since:
        return WaitingPosition(summary.waiting_since, summary.id)
    return summary.last_message.id


@dataclass(slots=True)
class _Found:
    """What the rows of one statement say: conversations of the list, those asked for by id, and drafts."""

    listed: list[ConversationSummary] = field(default_factory=list)
    by_id: list[ConversationSummary] = field(default_factory=list)
    new_message_drafts: list[NewMessageDraft] = field(default_factory=list)


def _page(viewer: Viewer, found: _Found, query: InboxQuery) -> InboxPage:
    """Return a page of the query's limit; one more was found if there are more."""

    def position(summary: ConversationSummary) -> Any:
        return position_of(summary, query.show)

    listed = sorted(found.listed, key=position, reverse=query.show.order.is_descending)
    items = listed[-query.limit :] if query.is_backwards else listed[: query.limit]
    has_more = len(listed) > len(items)
    if query.search:
        found_in = matches(viewer, [each.id for each in items], query.search)
        items = [replace(each, match=found_in.get(each.id)) for each in items]
    following = position(items[0 if query.is_backwards else -1]) if has_more else None
    return InboxPage(items, following, found.new_message_drafts)


def _only(viewer: Viewer, found: list[ConversationSummary]) -> ConversationSummary:
    if not found:
        raise ConversationNotFound
    return with_covers(viewer, found[:1])[0]


def _summaries(viewer: Viewer, rows: Sequence[ParticipantRow]) -> _Found:
    """Return the conversations of these rows: the listed ones in any order, the others newest activity first.

    A conversation in which the viewer does not take part is left out. Raises ClinicMismatch.
    """
    if not rows:
        verify_clinic()
    people = _people(viewer, rows)
    described = _described(rows, people)
    reachable = open_to_replies(viewer.user, described)
    grouped: dict[tuple[bool, UUID], list[ParticipantRow]] = {}
    found = _Found()
    for row in rows:
        if row.participant_id is None:
            found.new_message_drafts.append(_new_message_draft(row, described))
        else:
            grouped.setdefault((row.is_listed, row.conversation_id), []).append(row)
    url_of = conversation_urls()
    for (is_listed, key), participants in grouped.items():
        mine = _mine(viewer, participants)
        if mine is not None:
            part = found.listed if is_listed else found.by_id
            part.append(_summary(viewer, mine, participants, people, described, reachable, url_of(key)))
    found.by_id.sort(key=lambda summary: summary.last_message.id, reverse=True)
    found.new_message_drafts.sort(key=lambda draft: draft.saved_at, reverse=True)
    return found


def _people(viewer: Viewer, rows: Sequence[ParticipantRow]) -> dict[UserKey, Person]:
    """Return the participants and the members of teams by user key. The directory is asked once."""
    keys: set[UserKey] = {viewer.key} if rows else set()
    for row in rows:
        keys.add(row.user_id)
        keys.update(row.member_ids or ())
    return describe_by_key(keys)


def _described(rows: Iterable[ParticipantRow], people: Mapping[UserKey, Person]) -> dict[int, Person]:
    """Return the people by mailbox."""
    return {row.mailbox_id: people[row.user_id] for row in rows if row.user_id in people}


def _mine(viewer: Viewer, participants: list[ParticipantRow]) -> ParticipantRow | None:
    """Return the participant through which the viewer reads, if any: their own before a team's."""
    by_mailbox = {row.mailbox_id: row for row in participants if viewer.role.reads_as(Role(row.role))}
    return next((by_mailbox[each] for each in viewer.mailbox_ids if each in by_mailbox), None)


def _new_message_draft(row: ParticipantRow, described: dict[int, Person]) -> NewMessageDraft:
    recipient = described.get(row.mailbox_id)
    if row.team_id is not None:
        recipient = Person(recipient_id(row.team_id), row.team_name, Role.ADMIN, row.team_description)
    if recipient is None and row.user_id is not None:
        recipient = Person(str(row.user_id), row.present_name, None)
    return NewMessageDraft(recipient, excerpt(row.draft_text or ""), row.draft_saved_at)


def _summary(
    viewer: Viewer,
    mine: ParticipantRow,
    rows: list[ParticipantRow],
    people: Mapping[UserKey, Person],
    described: dict[int, Person],
    reachable: dict[int, Person],
    url: str | None,
) -> ConversationSummary:
    teams = {row.mailbox_id: team_state(row, people) for row in rows}
    own_team = teams[mine.mailbox_id]
    team = own_team or next((each for each in teams.values() if each), None)
    participants = tuple(
        participant_summary(row, described, teams[row.mailbox_id], is_me=row is mine) for row in rows
    )
    me = people.get(viewer.key)
    return ConversationSummary(
        id=mine.conversation_id,
        url=url,
        participants=participants,
        others=tuple(each for each in participants if not each.is_me),
        last_message=_last_message(viewer, mine, team),
        unread_count=sum(row.unread_count for row in rows if row.mailbox_id in viewer.mailbox_ids),
        cannot_reply=_cannot_reply(viewer, mine, rows, teams, reachable),
        created_at=mine.created_at,
        waiting_since=mine.waiting_since
        or next((row.waiting_since for row in rows if row.waiting_since), None),
        is_removed=any(row.is_removed for row in rows),
        may_decide=may_decide(Role(mine.role), viewer.role, team=own_team),
        last_read=mine.last_read_message_id,
        exported_at=mine.exported_at,
        exported_by=mine.exported_by or "",
        is_opened=mine.is_opened,
        draft=_draft(mine),
        draft_version=mine.draft_version or 0,
        my_id=str(viewer.key),
        my_name=me.name if me else mine.name,
        team=team_summary(team),
        is_for_team=own_team is not None,
        assigned_to=taker(own_team, mine.assigned_to) if own_team else None,
        writing=tuple(map(Writing, mine.writing or (), mine.writing_at or ())) if own_team else (),
    )


def _last_message(viewer: Viewer, mine: ParticipantRow, team: TeamState | None) -> LastMessage:
    return LastMessage(
        id=mine.last_message_id,
        sender=mine.last_sender,
        excerpt=excerpt(mine.last_text),
        sent_at=mine.last_sent_at,
        is_mine=mine.last_sender_id == viewer.own_mailbox,
        for_team=bool(team and mine.last_mailbox_id == team.mailbox),
    )


def _cannot_reply(
    viewer: Viewer,
    mine: ParticipantRow,
    rows: list[ParticipantRow],
    teams: Mapping[int, TeamState | None],
    reachable: Mapping[int, Person],
) -> Refusal | None:
    others = [
        roles_then_and_now(Role(row.role), reachable.get(row.mailbox_id), teams[row.mailbox_id], viewer.role)
        for row in rows
        if row is not mine
    ]
    return writing_refusal(
        Role(mine.role), viewer.role, team=teams[mine.mailbox_id], others=others, settings=viewer.settings
    )


def _draft(mine: ParticipantRow) -> DraftItem | None:
    if not mine.draft_text:
        return None
    return DraftItem(
        body=mine.draft_text,
        version=mine.draft_version or 0,
        saved_at=mine.draft_saved_at,
        conversation=mine.conversation_id,
        recipient=None,
        recipient_name="",
        other=mine.draft_other or "",
        other_version=mine.draft_other_version,
    )
