"""Who is away today, and whom a viewer may write to instead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Greatest

from vclinic_messages.directory import Person
from vclinic_messages.models import Absence, Mailbox, Participant, Role
from vclinic_messages.selectors.recipients import me, persons, recipient, recipient_users, recipients, teams
from vclinic_messages.teams import TeamState, find_team, is_staff, open_teams, recipient_id, team_key
from vclinic_messages.viewer import Viewer

_TWO_WEEKS = timedelta(days=14)
#: How many colleagues of each role are listed to be chosen from.
_MOST_COLLEAGUES = 200


@dataclass(frozen=True, slots=True)
class Away:
    """That somebody is away today. ``until`` is the first day back; None if nobody knows it.

    ``instead`` is whom the viewer may write to: the person or team that was named, or if they are away too,
    the next. ``leads_to_phone`` tells that somebody was named, but there is nobody whom the viewer may write
    to.
    """

    until: date | None
    instead: Person | None = None
    leads_to_phone: bool = False


def absences_of(viewer: Viewer, people: Iterable[Person]) -> dict[str, Away]:
    """Return by id which of these people and teams are away today. One statement.

    Only if somebody is away and has named somebody, whether the viewer may write to them is asked as well.
    """
    ids = {person.id for person in people if person.role is not Role.PATIENT}
    if not ids:
        return {}
    found = _resolved(viewer, lambda row: owner_id(row.mailbox) in ids)
    return {owner_id(row.mailbox): away for row, away in found}


def absences_with_covers(viewer: Viewer, mailboxes: Iterable[int]) -> dict[int, Away]:
    """Return by mailbox which of these people and teams are away today. No statement for no mailboxes."""
    wanted = set(mailboxes)
    if not wanted:
        return {}
    return {row.mailbox_id: away for row, away in _resolved(viewer, lambda row: row.mailbox_id in wanted)}


def own_absence(viewer: Viewer) -> Absence | None:
    """Return the viewer's own absence, of now or planned; None without one."""
    if viewer.away is None or viewer.away.is_over(viewer.settings.today):
        return None
    return Absence.objects.select_related("instead").filter(mailbox=viewer.own_mailbox).first()


def came_meanwhile(viewer: Viewer) -> int:
    """Return how many conversations wait for the viewer since an absence that ended within two weeks.

    One that was ended early lasted until then. No statement for anybody else.
    """
    away, today = viewer.away, viewer.settings.today
    if away is None or away.until is None or not away.until <= today < away.until + _TWO_WEEKS:
        return 0
    zone = viewer.settings.zone
    since, until = (datetime.combine(day, time(), tzinfo=zone) for day in (away.first_day, away.until))
    set_at = Absence.objects.filter(mailbox=viewer.own_mailbox).values("set_at")
    ended = Greatest(Value(until), Subquery(set_at))
    waiting = Participant.objects.filter(mailbox=viewer.own_mailbox, waiting_since__isnull=False)
    return waiting.filter(waiting_since__gte=since, waiting_since__lt=ended).count()


def cover_choices(viewer: Viewer) -> tuple[list[TeamState], list[Person]]:
    """Return the teams and colleagues whom the viewer may name: those of the same speciality come first."""
    colleagues = [
        person
        for role in (Role.DOCTOR, Role.ADMIN)
        for person in recipients(viewer, role=role, limit=_MOST_COLLEAGUES).items
        if person.id != str(viewer.key)
    ]
    mine = me(viewer).description
    colleagues.sort(key=lambda person: person.description != mine)
    return open_teams(), colleagues


def cover_name(viewer: Viewer, cover: str) -> str:
    """Return the name of a team or colleague whom the viewer may name; empty for anybody else."""
    team = team_key(cover)
    if team is not None:
        found = find_team(team)
        return found.name if found and found.members and not found.is_closed else ""
    person = recipient(viewer, cover)
    return person.name if person and is_staff(person) else ""


def away_today(viewer: Viewer) -> dict[str, Away]:
    """Return by id which people and teams of the clinic are away today. One statement."""
    return {owner_id(row.mailbox): Away(row.until) for row in _absences_on(viewer.settings.today)}


def led_to(viewer: Viewer, named: str, day: date) -> str:
    """Return the id of the recipient to whom patients are led on this day if the viewer names this one.

    Empty for nobody, as in a circle.
    """
    absences = {row.mailbox_id: row for row in _absences_on(day) if row.mailbox_id != viewer.own_mailbox}
    absent = next((row for row in absences.values() if owner_id(row.mailbox) == named), None)
    if absent is None:
        return named
    cover = final_cover(absent, absences)
    return "" if cover is None or cover.pk == viewer.own_mailbox else owner_id(cover)


def owner_id(mailbox: Mailbox) -> str:
    """Return the id of the person or team as a recipient; empty for a deleted account."""
    if mailbox.team_id is not None:
        return recipient_id(mailbox.team_id)
    return "" if mailbox.user_id is None else str(mailbox.user_id)


def final_cover(absence: Absence, absences: Mapping[int, Absence]) -> Mailbox | None:
    """Return the first of those named one after the other who is not away; None in a circle.

    ``absences`` are those of today, by mailbox.
    """
    seen = {absence.mailbox_id}
    cover = absence.instead
    while cover is not None and cover.pk not in seen:
        if cover.pk not in absences:
            return cover
        seen.add(cover.pk)
        cover = absences[cover.pk].instead
    return None


def _resolved(viewer: Viewer, is_wanted: Callable[[Absence], bool]) -> list[tuple[Absence, Away]]:
    # All of the clinic: those who are named may be away too, and few people are away at a time.
    absences = {row.mailbox_id: row for row in _absences_on(viewer.settings.today)}
    wanted = [row for row in absences.values() if is_wanted(row)]
    covers = {row.pk: final_cover(row, absences) for row in wanted}
    allowed = _whom_one_may_write_to(viewer, [cover for cover in covers.values() if cover is not None])
    found = []
    for row in wanted:
        cover = covers[row.pk]
        instead = allowed.get(cover.pk) if cover else None
        leads_to_phone = row.instead_id is not None and instead is None
        found.append((row, Away(row.until, instead, leads_to_phone)))
    return found


def _absences_on(day: date) -> list[Absence]:
    """Return the absences of this day, with the owners of both mailboxes but not their names.

    The owners are looked up row by row. PostgreSQL never analyzes a table with few rows and expects many of
    them, so that for a join it would read all mailboxes of the clinic.
    """
    owners = {
        f"{mailbox}_{owner}": Subquery(Mailbox.objects.filter(pk=OuterRef(mailbox)).values(owner))
        for mailbox in ("mailbox", "instead")
        for owner in ("user", "team")
    }
    found: list[Any] = list(Absence.objects.filter(Absence.on(day)).annotate(**owners))
    for row in found:
        row.mailbox = Mailbox(pk=row.mailbox_id, user_id=row.mailbox_user, team_id=row.mailbox_team)
        if row.instead_id is not None:
            row.instead = Mailbox(pk=row.instead_id, user_id=row.instead_user, team_id=row.instead_team)
    return found


def _whom_one_may_write_to(viewer: Viewer, covers: Iterable[Mailbox]) -> dict[int, Person]:
    """Return by mailbox those who are staff and with whom the viewer may start a conversation."""
    by_id = {owner_id(cover): cover.pk for cover in covers}
    keys = [cover.user_id for cover in covers if cover.user_id not in (None, viewer.key)]
    found: list[Person] = []
    if keys:
        found += persons(viewer, recipient_users(viewer).filter(pk__in=keys))
    if any(cover.team_id for cover in covers):
        found += teams(viewer)
    return {by_id[person.id]: person for person in found if person.id in by_id and is_staff(person)}
