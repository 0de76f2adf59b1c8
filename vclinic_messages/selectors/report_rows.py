"""What clinic admins see: names and figures, never the text of a message."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Subquery, Value

from vclinic_messages.directory import describe_by_key, get_directory
from vclinic_messages.models import (
    Absence,
    AuditEvent,
    Conversation,
    Mailbox,
    Message,
    MessagesSettings,
    Participant,
    Role,
)
from vclinic_messages.search.conditions import contains
from vclinic_messages.search.folding import is_found, search_words
from vclinic_messages.selectors.absence_rows import AbsenceRow, absences
from vclinic_messages.teams import member_rows, team_states
from vclinic_messages.tenancy import verify_clinic

RowsT = TypeVar("RowsT", bound=QuerySet[Any])


@dataclass(frozen=True, slots=True)
class Overview:
    """The state of Messages in the clinic. ``waiting`` and ``unread`` (by role) count conversations."""

    settings: MessagesSettings
    waiting: int
    waiting_since: datetime | None
    unread: dict[Role, int]


def overview() -> Overview | None:
    """Return the clinic's overview in one statement; None without settings. Raises ClinicMismatch."""
    waits = Participant.objects.filter(waiting_since__isnull=False).order_by()
    waiting = waits.annotate(all=Value(1)).values("all")
    counts = {f"unread_{role.value}": Subquery(_unread(role)) for role in Role}
    row: Any = MessagesSettings.objects.annotate(
        waiting=Subquery(waiting.annotate(count=Count("conversation", distinct=True)).values("count")),
        oldest=Subquery(waiting.annotate(oldest=Min("waiting_since")).values("oldest")),
        **counts,
    ).first()
    if row is None:
        verify_clinic()
        return None
    unread = {role: getattr(row, f"unread_{role.value}") or 0 for role in Role}
    return Overview(row, row.waiting or 0, row.oldest, unread)


def _unread(role: Role) -> QuerySet[Any, Any]:
    unread = Participant.objects.filter(unread_count__gt=0, role=role).order_by()
    unread = unread.exclude(mailbox__user=None, mailbox__team=None)  # nobody can read for a deleted account
    return unread.values("role").annotate(count=Count("*")).values("count")


def waiting_conversations(today: date) -> QuerySet[Any]:
    """Return the conversations in which a patient waits, with ``waiting_since``.

    Conversations that wait for somebody who is away on this day come first, then the longest wait.
    """
    # The ids come from the partial index of waiting participants. Filtering by the annotation instead would
    # make PostgreSQL compute it for every conversation of the clinic.
    waiting = Participant.objects.filter(waiting_since__isnull=False)
    found = Conversation.objects.filter(pk__in=waiting.values("conversation"))
    absent = Absence.objects.filter(Absence.on(today)).values("mailbox")
    for_absent = waiting.filter(conversation=OuterRef("pk"), mailbox__in=absent)
    found = with_waiting(found).annotate(is_for_absent=Exists(for_absent))
    return found.order_by("-is_for_absent", "waiting_since", "pk")


def waiting_for_absent(today: date) -> int:
    """Return how many conversations wait for somebody who is away on this day. One statement."""
    return waiting_conversations(today).filter(is_for_absent=True).count()


def absences_in(conversations: Iterable[UUID], today: date) -> dict[UUID, list[AbsenceRow]]:
    """Return who of the staff of these conversations is away today. One statement if nobody is."""
    absent = {row.absence.mailbox_id: row for row in absences(today) if row.is_now}
    if not absent:
        return {}
    found = Participant.objects.filter(conversation__in=list(conversations), mailbox__in=list(absent))
    rows: dict[UUID, list[AbsenceRow]] = {}
    for key, mailbox in found.exclude(role=Role.PATIENT).values_list("conversation", "mailbox"):
        rows.setdefault(key, []).append(absent[mailbox])
    return rows


def with_waiting(conversations: QuerySet[Any]) -> QuerySet[Any]:
    """Add ``waiting_since``: since when the patient has waited; None if the patient does not wait."""
    waiting = Participant.objects.filter(conversation=OuterRef("pk"), waiting_since__isnull=False)
    return conversations.annotate(
        waiting_since=Subquery(waiting.order_by("waiting_since").values("waiting_since")[:1])
    )


def unanswerable(conversations: Iterable[UUID]) -> set[UUID]:
    """Return which of these conversations no participant can answer, or mark as needing no answer.

    A staff participant can while they have the role that they had in the conversation. A team can while it
    is open and one of its members is staff.
    """
    keys = set(conversations)
    staff = Participant.objects.filter(conversation__in=keys).exclude(role=Role.PATIENT)
    rows = list(staff.values_list("conversation", "mailbox__user", "mailbox__team", "role"))
    members = list(member_rows().filter(team__in={team for *_rest, team, _role in rows if team}))
    users = [user for _conversation, user, _team, _role in rows]
    present = describe_by_key([*users, *(member.mailbox.user_id for member in members)])
    teams = {team.id for team in team_states(members, present) if team.members and not team.is_closed}
    answering = (
        conversation
        for conversation, user, team, role in rows
        if team in teams or (user in present and present[user].role == role)
    )
    return keys - set(answering)


def with_person(conversations: RowsT, search: str, *, role: Role | None = None) -> RowsT:
    """Keep conversations in which every word of the search finds some participant.

    ``role`` keeps those whose matching participant has this role. A word finds a participant by their name,
    as it is now and as it was when the conversation began, and by what the directory shows next to it. A
    search of white space keeps all; one of punctuation keeps none.
    """
    return _with_participants(conversations, OuterRef("pk"), search, role)


def about_person(events: RowsT, search: str) -> RowsT:
    """Keep events about conversations in which every word of the search finds some participant."""
    return _with_participants(events, OuterRef("conversation_id"), search)


def _with_participants(rows: RowsT, conversation: OuterRef, search: str, role: Role | None = None) -> RowsT:
    participants = Participant.objects.filter(conversation=conversation)
    if role is not None:
        participants = participants.filter(role=role)
        rows = rows.filter(Exists(participants))
    words = search_words(search)
    if search.strip() and not words:
        return rows.none()
    for word in words:
        named = contains("folded_name", word) | contains("mailbox__folded_name", word)
        found = Q(mailbox__user__in=get_directory().found_by(word.joined))
        rows = rows.filter(Exists(participants.filter(named | found)))
    return rows


def all_conversations() -> QuerySet[Any]:
    """Return every conversation of the clinic, newest activity first, with ``last_sent_at``."""
    # As a sub-select PostgreSQL computes it for the rows of one page only; as a join for all rows.
    last = Message.objects.filter(pk=OuterRef("last_message")).values("sent_at")
    return Conversation.objects.annotate(last_sent_at=Subquery(last)).order_by("-last_message")


def audit_events() -> QuerySet[AuditEvent]:
    """Return the audit trail, newest first."""
    return AuditEvent.objects.order_by("-at", "-pk")


def by_person(events: RowsT, name: str) -> RowsT:
    """Keep events of people with these words in their name, as it is now or as it was.

    The trail has no folded names, because it can never be changed when the folding is. So the names in it are
    read and compared here: there are far fewer names than events.
    """
    words = search_words(name)
    if not words:
        return events.none() if name.strip() else events
    recorded = AuditEvent.objects.order_by().values_list("actor_name", flat=True).distinct()
    matching = [each for each in recorded if is_found(each, words)]
    # Not for events from before the mailbox: a deleted account may have had the same key.
    renamed = Mailbox.objects.filter(user=OuterRef("actor"), opened_at__lte=OuterRef("at"))
    for word in words:
        found = Q(user__in=get_directory().found_by(word.joined))
        renamed = renamed.filter(contains("folded_name", word) | found)
    return events.filter(Q(actor_name__in=matching) | Exists(renamed))
