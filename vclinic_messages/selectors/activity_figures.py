"""How much the clinic writes, and how fast patients get their first answers. Figures and names only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import UUID

from django.db.models import Count, F, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import TruncWeek
from django.utils import timezone

from vclinic_messages.models import Conversation, Message, Participant, Role
from vclinic_messages.opening_hours import OpeningHours

Counts: TypeAlias = QuerySet[Any, dict[str, Any]]
Rows: TypeAlias = "dict[tuple[dt.date | None, int | None, str | None], Activity]"


@dataclass(slots=True)
class Activity:
    """The activity of a week, of a person, or of a person in a week.

    ``mailbox_id`` is the person's. ``known_as`` is for what tells them apart from namesakes; the report fills
    it in. ``week`` is its first day, a Monday. ``conversations`` counts those in which something was written.
    ``waits`` has the time that each first answer took.
    """

    week: dt.date | None
    person: str
    role: Role | None
    mailbox_id: int | None = None
    known_as: str = ""
    conversations: int = 0
    messages: int = 0
    waits: list[dt.timedelta] = field(default_factory=list)
    open_waits: list[dt.timedelta] = field(default_factory=list)

    @property
    def answers(self) -> int:
        """Return the number of first answers."""
        return len(self.waits)

    @property
    def median(self) -> dt.timedelta | None:
        """Return the time in which half of the first answers came."""
        return percentile(self.waits, 0.5)

    @property
    def open_median(self) -> dt.timedelta | None:
        """Return the same in opening hours; None for a clinic without any."""
        return percentile(self.open_waits, 0.5)

    @property
    def slow(self) -> dt.timedelta | None:
        """Return the 90th percentile: the time in which nine of ten first answers came."""
        return percentile(self.waits, 0.9)


def activity(
    *,
    since: dt.datetime,
    by_week: bool,
    by_person: bool,
    role: Role | None = None,
    team: UUID | None = None,
    hours: OpeningHours | None = None,
) -> list[Activity]:
    """Return the clinic's activity since then, newest week first, then by name. Two statements.

    Rows by person count messages of staff only. ``role`` counts what people with this role wrote and
    answered. A first answer is the first message of staff after a patient's first message in a conversation.
    It counts in the week of the patient's message, for the person who wrote the answer. ``team`` counts the
    conversations of this team only.
    """
    rows: Rows = {}
    for count in _written(since, by_week=by_week, by_person=by_person, role=role, team=team):
        week = timezone.localtime(count["week"]).date() if by_week else None
        row = _row(rows, week, count if by_person else None)
        row.conversations, row.messages = count["conversations"], count["messages"]
    for answer in _first_answers(since, role, team):
        week = _monday(answer["asked_at"]) if by_week else None
        row = _row(rows, week, answer if by_person else None)
        row.waits.append(answer["answered_at"] - answer["asked_at"])
        if hours is not None:
            row.open_waits.append(hours.open_time(answer["asked_at"], answer["answered_at"]))
    return sorted(rows.values(), key=_newest_week_then_name)


def percentile(values: Iterable[dt.timedelta], share: float) -> dt.timedelta | None:
    """Return a percentile as PostgreSQL's ``percentile_cont`` does; None without values.

    Between two values it interpolates.
    """
    ordered = sorted(values)
    if not ordered:
        return None
    position = share * (len(ordered) - 1)
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def _row(rows: Rows, week: dt.date | None, sender: Mapping[str, Any] | None) -> Activity:
    """Return the row of a week and a sender, or of a week alone."""
    if sender is None:
        return rows.setdefault((week, None, None), Activity(week, "", None))
    key = week, sender["sender_id"], sender["sender_role"]
    role = Role(sender["sender_role"])
    return rows.setdefault(key, Activity(week, sender["name"], role, sender["sender_id"]))


def _newest_week_then_name(row: Activity) -> tuple[int, str]:
    return (-row.week.toordinal() if row.week else 0, row.person.casefold())


def _monday(moment: dt.datetime) -> dt.date:
    day = timezone.localtime(moment).date()
    return day - dt.timedelta(days=day.weekday())


def _of_team(team: UUID) -> QuerySet[Participant, Any]:
    """Return the ids of the conversations of this team."""
    return Participant.objects.filter(mailbox__team=team).values("conversation")


def _written(
    since: dt.datetime, *, by_week: bool, by_person: bool, role: Role | None, team: UUID | None
) -> Counts:
    rows = Message.objects.filter(sent_at__gte=since).order_by()
    rows = rows.filter(conversation__in=_of_team(team)) if team else rows
    rows = rows.exclude(sender_role=Role.PATIENT) if by_person else rows
    rows = rows.filter(sender_role=role) if role else rows
    senders = ("sender_id", "sender_role") if by_person else ()
    weeks: dict[str, Any] = {"week": TruncWeek("sent_at")} if by_week else {}
    return rows.values(*senders, **weeks).annotate(
        name=Max("sender_name"),
        conversations=Count("conversation", distinct=True),
        messages=Count("*"),
    )


def _first_answers(since: dt.datetime, role: Role | None, team: UUID | None) -> QuerySet[Any, Any]:
    """Return the first answer to each patient's first message since then: when, and by whom."""
    messages = Message.objects.filter(conversation=OuterRef("pk")).order_by("pk")
    asked = messages.filter(sender_role=Role.PATIENT)
    answers = messages.filter(pk__gt=OuterRef("asked")).exclude(sender_role=Role.PATIENT)
    found = (
        Conversation.objects.order_by()
        .filter(last_message__sent_at__gte=since)
        .annotate(asked=Subquery(asked.values("pk")[:1]), asked_at=Subquery(asked.values("sent_at")[:1]))
        .filter(asked_at__gte=since)
        .annotate(answer=Subquery(answers.values("pk")[:1]))
        .filter(answer__isnull=False)
    )
    given = Message.objects.filter(pk__in=found.values("answer")).order_by()
    given = given.filter(sender_role=role) if role else given
    given = given.filter(conversation__in=_of_team(team)) if team else given
    question = Message.objects.filter(
        conversation=OuterRef("conversation"), sender_role=Role.PATIENT
    ).order_by("pk")
    rows = given.annotate(asked_at=Subquery(question.values("sent_at")[:1]))
    return rows.values(
        "sender_id", "sender_role", "asked_at", name=F("sender_name"), answered_at=F("sent_at")
    )
