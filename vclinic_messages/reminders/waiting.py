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
    """The conversations that wait: for an answer of staff, as in their list, or to be read by a patient.

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
    unread, waiting = Q(unread_count__gt=0), Q(waiting_since__isnull=False)
    numbers = readable.filter(unread | waiting).aggregate(
        unread=Count("pk", filter=unread),
        waiting=Count("pk", filter=waiting),
        since=Min("waiting_since"),
    )
    count = numbers["waiting" if role.is_staff else "unread"]
    return Waiting(count, numbers["since"], numbers["unread"] > 0, newest or 0)
