"""What a conversation shows of the team that takes part in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count
from django.utils import timezone

from vclinic_messages.directory import Person
from vclinic_messages.models import Participant
from vclinic_messages.selectors.inbox_rows import WRITING_SECONDS, ParticipantRow
from vclinic_messages.teams import TeamState, present_members
from vclinic_messages.user_types import UserKey


@dataclass(frozen=True, slots=True)
class TeamSummary:
    """The team of a conversation. ``members`` are the names of those who are staff and belong to it now."""

    id: str
    name: str
    members: list[str]
    state: TeamState = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member of the viewer's team."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Writing:
    """A colleague who has begun to write a reply, and when."""

    name: str
    at: datetime

    @property
    def seconds_left(self) -> int:
        """Return how long the colleague still counts as writing."""
        return max(0, WRITING_SECONDS - int((timezone.now() - self.at).total_seconds()))


@dataclass(frozen=True, slots=True)
class ColleagueRow:
    """A colleague to whom a conversation can be handed over. ``waiting`` counts what they have taken."""

    person: Person
    waiting: int


def team_state(row: ParticipantRow, people: Mapping[UserKey, Person]) -> TeamState | None:
    """Return the team that this participant is, as it is now; None for a person."""
    if row.team_id is None:
        return None
    return TeamState(
        id=row.team_id,
        name=row.team_name,
        description=row.team_description,
        is_open_to_patients=row.is_open_to_patients,
        is_closed=row.is_closed,
        mailbox=row.mailbox_id,
        members=present_members(row.member_ids or (), people),
    )


def team_summary(team: TeamState | None) -> TeamSummary | None:
    """Return what a conversation shows of its team."""
    return TeamSummary(team.recipient_id, team.name, team.member_names, team) if team else None


def taker(team: TeamState, key: UserKey | None) -> Colleague | None:
    """Return who has taken the conversation, if they are staff and a member now."""
    found = next((each for each in team.members if each.id == str(key)), None)
    return Colleague(found.id, found.name) if found else None


def colleagues(team: TeamState, me: str) -> list[ColleagueRow]:
    """Return the members of the team but the person with this id. One statement."""
    taken = Participant.objects.filter(mailbox=team.mailbox, waiting_since__isnull=False).order_by()
    counts = dict(taken.values_list("assigned_to__user").annotate(count=Count("*")))
    waiting = {str(key): count for key, count in counts.items()}
    return [ColleagueRow(each, waiting.get(each.id, 0)) for each in team.members if each.id != me]
