"""The teams as clinic admins see them: members and waiting conversations, never the text of a message."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Min, OuterRef, QuerySet, Subquery

from vclinic_messages.directory import Person, describe_by_key, get_directory
from vclinic_messages.models import Mailbox, Participant, Team, TeamMember
from vclinic_messages.teams import is_staff, present_members
from vclinic_messages.user_keys import user_key
from vclinic_messages.user_types import UserKey

#: How many people are offered at a time as members of a team. A search finds the others.
MOST_OFFERED = 20


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A team, its members who are staff now, and the conversations that wait for it."""

    team: Team
    members: tuple[Person, ...]
    waiting: int
    waiting_since: datetime | None

    @property
    def receives_from_patients(self) -> bool:
        """Return whether patients can write to it."""
        return self.team.closed_at is None and self.team.is_open_to_patients and bool(self.members)


def teams() -> list[TeamRow]:
    """Return all teams, the open ones first, by name. Two statements, and one directory call."""
    return _rows(Team.objects.order_by("closed_at", "name", "pk"))


def team(key: UUID) -> TeamRow | None:
    """Return one team; None if it does not exist."""
    return next(iter(_rows(Team.objects.filter(pk=key))), None)


def staff(search: str = "") -> tuple[list[Person], bool]:
    """Return the first people who can be members of a team, by name, and whether there are more."""
    users = get_directory().staff(search=search)
    keys = list(users.values_list("pk", flat=True)[: MOST_OFFERED + 1])
    return _present_staff(keys[:MOST_OFFERED]), len(keys) > MOST_OFFERED


def staff_with_ids(ids: Iterable[str]) -> list[Person]:
    """Return those of these people who can be members of a team."""
    return _present_staff(key for key in map(user_key, ids) if key is not None)


def _present_staff(keys: Iterable[UserKey]) -> list[Person]:
    wanted = list(dict.fromkeys(keys))
    people = describe_by_key(wanted)
    return [people[key] for key in wanted if key in people and is_staff(people[key])]


def _rows(found: QuerySet[Team]) -> list[TeamRow]:
    box = Mailbox.objects.filter(team=OuterRef(OuterRef("pk"))).values("pk")
    waiting = Participant.objects.filter(mailbox__in=box, waiting_since__isnull=False)
    grouped = waiting.order_by().values("mailbox")
    rows: list[Any] = list(
        found.annotate(
            waiting=Subquery(grouped.annotate(count=Count("*")).values("count")),
            waiting_since=Subquery(grouped.annotate(oldest=Min("waiting_since")).values("oldest")),
        )
    )
    members = TeamMember.objects.filter(team__in=rows, mailbox__user__isnull=False)
    keys = list(members.values_list("team", "mailbox__user"))
    people = describe_by_key(user for _team, user in keys)
    return [
        TeamRow(
            row,
            present_members((user for team, user in keys if team == row.pk), people),
            row.waiting or 0,
            row.waiting_since,
        )
        for row in rows
    ]
