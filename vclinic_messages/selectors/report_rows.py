"""What clinic admins see: names and figures, never the text of a message."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, Min, OuterRef, QuerySet, Subquery, Value

from vclinic_messages.directory import get_directory
from vclinic_messages.models import AuditEvent, Conversation, Message, MessagesSettings, Participant, Role
from vclinic_messages.search.folding import folded_pattern
from vclinic_messages.tenancy import verify_clinic


@dataclass(frozen=True, slots=True)
class Overview:
    """How Messages stands in the clinic: ``waiting`` and ``unread`` (by role) count conversations."""

    settings: MessagesSettings
    waiting: int
    waiting_since: datetime | None
    unread: dict[Role, int]


def overview() -> Overview | None:
    """One statement. None where the clinic has no settings. Raises ClinicMismatch."""
    waiting = waiting_conversations().order_by().annotate(all=Value(1)).values("all")
    counts = {f"unread_{role.value}": Subquery(_unread(role)) for role in Role}
    row: Any = MessagesSettings.objects.annotate(
        waiting=Subquery(waiting.annotate(count=Count("*")).values("count")),
        oldest=Subquery(waiting.annotate(oldest=Min("waiting_since")).values("oldest")),
        **counts,
    ).first()
    if row is None:
        verify_clinic()
        return None
    unread = {role: getattr(row, f"unread_{role.value}") or 0 for role in Role}
    return Overview(row, row.waiting or 0, row.oldest, unread)


def _unread(role: Role) -> QuerySet[Any]:
    participants = Participant.objects.filter(unread_count__gt=0, role=role).order_by()
    return participants.values("role").annotate(count=Count("*")).values("count")


def waiting_conversations() -> QuerySet[Any]:
    """Conversations in which a patient waits for an answer, longest wait first."""
    return Conversation.objects.filter(waiting_since__isnull=False).order_by("waiting_since", "pk")


def with_names(conversations: QuerySet[Any]) -> QuerySet[Any]:
    """Each with ``patient_name`` (may be None) and ``staff_names``, in the same statement."""
    participants = Participant.objects.filter(conversation=OuterRef("pk")).order_by("name")
    return conversations.annotate(
        patient_name=Subquery(participants.filter(role=Role.PATIENT).values("name")[:1]),
        staff_names=ArraySubquery(participants.exclude(role=Role.PATIENT).values("name")),
    )


def unanswerable(conversations: Iterable[UUID]) -> set[UUID]:
    """Those of these conversations in which no staff has the role of their participant any more.

    So nobody who takes part can answer, or say that no answer is needed.
    """
    keys = set(conversations)
    participants = Participant.objects.filter(conversation__in=keys).exclude(role=Role.PATIENT)
    rows = list(participants.values_list("conversation", "user", "role"))
    described = get_directory().describe({user for _conversation, user, _role in rows})
    present = {person.id: person.role for person in described}
    return keys - {conversation for conversation, user, role in rows if present.get(str(user)) == role}


def with_person(conversations: QuerySet[Any], name: str, *, role: Role | None = None) -> QuerySet[Any]:
    """Those in which for each word somebody takes part, in this role, whose name holds it, accents aside."""
    participants = Participant.objects.filter(conversation=OuterRef("pk"), **({"role": role} if role else {}))
    for word in name.split() or [""]:
        conversations = conversations.filter(Exists(participants.filter(name__regex=folded_pattern(word))))
    return conversations


def all_conversations() -> QuerySet[Any]:
    """Every conversation of the clinic, newest activity first, with ``last_sent_at``."""
    # As a sub-select PostgreSQL asks it for the rows of a page only; joined, for all.
    last = Message.objects.filter(pk=OuterRef("last_message")).values("sent_at")
    return Conversation.objects.annotate(last_sent_at=Subquery(last)).order_by("-last_message")


def audit_events() -> QuerySet[Any]:
    """The audit trail, newest first. ``about`` holds the names of the people in the conversation."""
    participants = Participant.objects.filter(conversation=OuterRef("conversation_id")).order_by("name")
    return AuditEvent.objects.annotate(about=ArraySubquery(participants.values("name"))).order_by(
        "-at", "-pk"
    )


def by_person(events: QuerySet[Any], name: str) -> QuerySet[Any]:
    """Those events that somebody has made whose name holds each word, accents aside."""
    for word in name.split():
        events = events.filter(actor_name__regex=folded_pattern(word))
    return events
