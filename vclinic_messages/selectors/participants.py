"""The participants of a conversation, as the viewer sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from vclinic_messages.directory import Person
from vclinic_messages.models import Role
from vclinic_messages.selectors.absences import Away
from vclinic_messages.selectors.inbox_rows import ParticipantRow
from vclinic_messages.teams import TeamState, is_staff


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


def participant_summary(
    row: ParticipantRow, described: dict[int, Person], team: TeamState | None, *, is_me: bool
) -> ParticipantSummary:
    """Return what is shown of a participant, who is a person or a team."""
    person = described.get(row.mailbox_id)
    if team is not None:
        person = Person(team.recipient_id, team.name, Role.ADMIN, team.description)
    return ParticipantSummary(
        id=person.id if person else None,
        mailbox=row.mailbox_id,
        name=person.name if person else row.present_name or row.name,
        role=Role(row.role),
        description=person.description if person else "",
        is_me=is_me,
        last_read=row.last_read_message_id,
        last_read_at=row.last_read_at,
        away=Away(row.away_until) if row.is_away and (team or is_staff(person)) else None,
    )
