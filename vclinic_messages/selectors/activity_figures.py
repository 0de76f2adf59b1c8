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

#: What tells the rows of people and of teams apart.
_PERSON = ("sender_id", "sender_role")
_TEAM = ("mailbox_id", "mailbox__name")


@dataclass(slots=True)
class Activity:
    """The activity of a week, of a person or team, or of one of them in a week.

    ``mailbox_id`` is the person's or the team's, and ``team`` the team's name. ``known_as`` is for what tells
    a person apart from namesakes; the report fills it in. ``week`` is its first day, a Monday.
    ``conversations`` counts those in which something was written. ``waits`` has the time that each first
    answer took.
    """

    week: dt.date | None
    person: str
    role: Role | None
    mailbox_id: int | None = None
    known_as: str = ""
    team: str = ""
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
    by_person: bool = False,
    by_team: bool = False,
    role: Role | None = None,
    team: UUID | None = None,
    hours: OpeningHours | None = None,
) -> list[Activity]:
    """Return the clinic's activity since then, newest week first, then by name. Two statements.

    Rows by person count messages of staff only, and rows by team what members wrote for it. ``role`` counts
    what people with this role wrote and answered, and ``team`` the conversations of this team only. A first
    answer is the first message of staff after a patient's first message in a conversation. It counts in the
    week of the patient's message, for the person who wrote the answer.
    """
    rows: Rows = {}
    writers = _PERSON if by_person else _TEAM if by_team else ()
    for count in _written(since, writers, by_week=by_week, role=role, team=team):
        week = timezone.localtime(count["week"]).date() if by_week else None
        row = _row(rows, week, count, writers)
        row.conversations, row.messages = count["conversations"], count["messages"]
    for answer in _first_answers(since, writers, role, team):
        week = _monday(answer["asked_at"]) if by_week else None
        row = _row(rows, week, answer, writers)
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


def _row(rows: Rows, week: dt.date | None, found: Mapping[str, Any], writers: tuple[str, ...]) -> Activity:
    """Return the row of a week and a person or team, or of a week alone."""
    if writers == _PERSON:
        key = week, found["sender_id"], found["sender_role"]
        role = Role(found["sender_role"])
        return rows.setdefault(key, Activity(week, found["name"], role, found["sender_id"]))
    if writers == _TEAM:
        key = week, found["mailbox_id"], None
        return rows.setdefault(
            key, Activity(week, "", None, found["mailbox_id"], team=found["mailbox__name"])
        )
    return rows.setdefault((week, None, None), Activity(week, "", None))


def _newest_week_then_name(row: Activity) -> tuple[int, str]:
    return (-row.week.toordinal() if row.week else 0, (row.person or row.team).casefold())


def _monday(moment: dt.datetime) -> dt.date:
    day = timezone.localtime(moment).date()
    return day - dt.timedelta(days=day.weekday())


def _of_team(team: UUID) -> QuerySet[Participant, Any]:
    """Return the ids of the conversations of this team."""
    return Participant.objects.filter(mailbox__team=team).values("conversation")


def _written(
    since: dt.datetime, writers: tuple[str, ...], *, by_week: bool, role: Role | None, team: UUID | None
) -> Counts:
    rows = _by(writers, Message.objects.filter(sent_at__gte=since).order_by())
    rows = rows.filter(conversation__in=_of_team(team)) if team else rows
    rows = rows.filter(sender_role=role) if role else rows
    weeks: dict[str, Any] = {"week": TruncWeek("sent_at")} if by_week else {}
    return rows.values(*writers, **weeks).annotate(
        name=Max("sender_name"),
        conversations=Count("conversation", distinct=True),
        messages=Count("*"),
    )


def _by(writers: tuple[str, ...], messages: QuerySet[Message]) -> QuerySet[Message]:
    """Keep the messages that rows by person or by team count."""
    if writers == _PERSON:
        return messages.exclude(sender_role=Role.PATIENT)
    return messages.filter(mailbox__team__isnull=False) if writers == _TEAM else messages


def _first_answers(
    since: dt.datetime, writers: tuple[str, ...], role: Role | None, team: UUID | None
) -> QuerySet[Any, Any]:
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
    given = _by(writers, Message.objects.filter(pk__in=found.values("answer")).order_by())
    given = given.filter(sender_role=role) if role else given
    given = given.filter(conversation__in=_of_team(team)) if team else given
    question = Message.objects.filter(
        conversation=OuterRef("conversation"), sender_role=Role.PATIENT
    ).order_by("pk")
    rows = given.annotate(asked_at=Subquery(question.values("sent_at")[:1]))
    return rows.values(*writers, "asked_at", name=F("sender_name"), answered_at=F("sent_at"))
