"""The absences of the clinic as clinic admins see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from vclinic_messages.directory import describe_by_key
from vclinic_messages.models import Absence, Mailbox
from vclinic_messages.selectors.absences import final_cover, owner_id


@dataclass(frozen=True, slots=True)
class AbsenceRow:
    """An absence, with the names as they are now. ``is_now`` is False for a planned one.

    ``leads_to`` is the first of those named one after the other who is not away, today or, for a planned
    absence, on its first day. Empty for nobody.
    """

    absence: Absence
    who: str
    description: str
    instead: str
    leads_to: str
    is_now: bool

    @property
    def owner(self) -> str:
        """Return the id of the person or team as a recipient."""
        return owner_id(self.absence.mailbox)


def absences(today: date) -> list[AbsenceRow]:
    """Return present and future absences, the earliest first. One statement, and one directory call."""
    found = Absence.objects.filter(Q(until__isnull=True) | Q(until__gt=today))
    found = found.exclude(mailbox__user=None, mailbox__team=None)
    return _rows(list(found.select_related("mailbox", "instead").order_by("first_day", "pk")), today)


def absence(key: int, today: date) -> AbsenceRow | None:
    """Return one absence; None if it does not exist or is past."""
    return next((row for row in absences(today) if row.absence.pk == key), None)


def _rows(found: list[Absence], today: date) -> list[AbsenceRow]:
    boxes = [box for row in found for box in (row.mailbox, row.instead) if box is not None]
    people = describe_by_key(box.user_id for box in boxes)

    def name(box: Mailbox | None) -> str:
        if box is None:
            return ""
        return people[box.user_id].name if box.user_id in people else box.name

    def cover(row: Absence) -> Mailbox | None:
        day = max(today, row.first_day)
        return final_cover(row, {each.mailbox_id: each for each in found if each.period.includes(day)})

    return [
        AbsenceRow(
            absence=row,
            who=name(row.mailbox),
            description=people[row.mailbox.user_id].description if row.mailbox.user_id in people else "",
            instead=name(row.instead),
            leads_to=name(cover(row)),
            is_now=row.period.includes(today),
        )
        for row in found
    ]
