"""Teams as they are now: what they are for, and who belongs to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from vclinic_messages.directory import Person, describe_by_key
from vclinic_messages.models import Mailbox, Role, Team, TeamMember
from vclinic_messages.user_types import UserKey

#: The prefix of a team's id where the id of a person is accepted as well, such as for a recipient.
PREFIX = "team:"


@dataclass(frozen=True, slots=True)
class TeamState:
    """A team, with its members who are staff now, by name.

    ``version`` is that of its mailbox. It is 0 in lists and conversations, which do not need it.
    """

    id: UUID
    name: str
    description: str
    is_open_to_patients: bool
    is_closed: bool
    mailbox: int
    members: tuple[Person, ...]
    version: int = 0

    @property
    def recipient_id(self) -> str:
        """Return the team's id as a recipient."""
        return recipient_id(self.id)

    @property
    def member_names(self) -> list[str]:
        """Return the names of the members."""
        return [member.name for member in self.members]

    def includes(self, person_id: str) -> bool:
        """Return whether the person with this id is a member and staff now."""
        return any(member.id == person_id for member in self.members)


def recipient_id(team: UUID) -> str:
    """Return a team's id as a recipient: "team:" and its primary key."""
    return f"{PREFIX}{team}"


def is_team_id(text: str | None) -> bool:
    """Return whether this is the id of a team and not of a person."""
    return text is not None and text.startswith(PREFIX)


def team_key(recipient: object) -> UUID | None:
    """Return the primary key of a team that is given as an object or by its id; None for anything else."""
    if isinstance(recipient, Team):
        return recipient.pk
    if not isinstance(recipient, str) or not recipient.startswith(PREFIX):
        return None
    try:
        key = UUID(recipient.removeprefix(PREFIX))
    except ValueError:
        return None
    return key if recipient_id(key) == recipient else None


def present_members(keys: Iterable[UserKey], people: Mapping[UserKey, Person]) -> tuple[Person, ...]:
    """Return those of these members who are staff now, by name."""
    found = (people[key] for key in keys if key in people)
    staff = [person for person in found if is_staff(person)]
    return tuple(sorted(staff, key=lambda person: (person.name.casefold(), person.id)))


def member_rows() -> QuerySet[TeamMember]:
    """Return the members who have an account, with their teams, ``team_mailbox`` and its ``team_version``."""
    mailbox = Mailbox.objects.filter(team=OuterRef("team"))
    rows = TeamMember.objects.filter(mailbox__user__isnull=False).select_related("team", "mailbox")
    return rows.annotate(
        team_mailbox=Subquery(mailbox.values("pk")[:1]), team_version=Subquery(mailbox.values("version")[:1])
    )


def find_team(key: UUID) -> TeamState | None:
    """Return an open or closed team; None if it does not exist or nobody belongs to it."""
    rows = list(member_rows().filter(team=key))
    return next(iter(team_states(rows, describe_by_key(row.mailbox.user_id for row in rows))), None)


def open_teams() -> list[TeamState]:
    """Return the teams that receive messages, by name. One statement, and one directory call."""
    rows = list(member_rows().filter(team__closed_at=None))
    states = team_states(rows, describe_by_key(row.mailbox.user_id for row in rows))
    return sorted((state for state in states if state.members), key=lambda state: state.name.casefold())


def team_states(rows: Iterable[TeamMember], people: Mapping[UserKey, Person]) -> list[TeamState]:
    """Return the teams of these ``member_rows``."""
    by_team: dict[UUID, list[TeamMember]] = {}
    for row in rows:
        by_team.setdefault(row.team_id, []).append(row)
    return [_state(members, people) for members in by_team.values()]


def _state(rows: list[TeamMember], people: Mapping[UserKey, Person]) -> TeamState:
    team = rows[0].team
    return TeamState(
        id=team.pk,
        name=team.name,
        description=team.description,
        is_open_to_patients=team.is_open_to_patients,
        is_closed=team.closed_at is not None,
        mailbox=rows[0].team_mailbox,  # type: ignore[attr-defined]
        members=present_members((row.mailbox.user_id for row in rows), people),
        version=rows[0].team_version,  # type: ignore[attr-defined]
    )


def is_staff(person: Person | None) -> bool:
    """Return whether this person is staff of the clinic now."""
    return person is not None and person.role is not None and Role(person.role).is_staff
