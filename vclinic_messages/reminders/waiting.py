"""How many conversations wait for a person now, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min, Q

from vclinic_messages.models import Participant, Role
from vclinic_messages.user_types import User
from vclinic_messages.viewer import mailboxes_read_by, readable_participations


@dataclass(frozen=True, slots=True)
class Waiting:
    """The conversations with something unread, and for staff those that wait for an answer too.

    ``is_unread`` tells whether anything is unread; otherwise nobody is reminded. ``newest`` is the id of the
    newest message in them, read or not.
    """

    count: int
    since: datetime | None
    is_unread: bool
    newest: int


def waiting_for(user: User, role: Role) -> Waiting:
    """Return the conversations that wait for this person, who has this role now. Two statements."""
    boxes = mailboxes_read_by(user, role)
    # First: a message that arrives between the two statements must be newer than ``newest``.
    newest = Participant.objects.filter(mailbox__in=boxes).aggregate(newest=Max("last_message"))["newest"]
    readable = readable_participations(boxes, role)
    found = Q(unread_count__gt=0)
    if role.is_staff:
        found |= Q(waiting_since__isnull=False)
    numbers = readable.filter(found).aggregate(
        count=Count("pk"),
        unread=Count("pk", filter=Q(unread_count__gt=0)),
        since=Min("waiting_since"),
    )
    return Waiting(numbers["count"], numbers["since"], numbers["unread"] > 0, newest or 0)
