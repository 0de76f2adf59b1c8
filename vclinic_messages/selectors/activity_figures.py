"""How much the clinic writes, and how fast patients get their first answers. Figures and names only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from django.db.models import Count, Max, QuerySet
from django.db.models.functions import TruncWeek
from django.utils import timezone

from vclinic_messages.models import Message, Participant, Role
from vclinic_messages.opening_hours import OpeningHours
from vclinic_messages.tenancy import run_in_clinic

# Each step reads the messages once, for all conversations together. To look up the answer of one conversation
# after the other takes twenty times as long in a large clinic. The figures are worked out here, because a
# large clinic answers a hundred thousand questions a year.
_FIRST_ANSWERS = """
    WITH asked AS MATERIALIZED (
        SELECT conversation_id, min(id) AS id, min(sent_at) AS sent_at FROM vclinic_messages_message
        WHERE sender_role = 'patient'
        GROUP BY conversation_id
        HAVING min(sent_at) >= %(since)s
    ), answered AS MATERIALIZED (
        SELECT asked.sent_at AS asked_at, min(answer.id) AS id
        FROM asked JOIN vclinic_messages_message answer USING (conversation_id)
        WHERE answer.sender_role <> 'patient' AND answer.sent_at >= %(since)s AND answer.id > asked.id
        GROUP BY asked.id, asked.sent_at
    ), found AS (
        SELECT width_bucket(answered.asked_at, %(mondays)s::timestamptz[]) AS week,
            CASE WHEN %(by_person)s THEN answer.sender_id WHEN %(by_team)s THEN mailbox.id END AS writer,
            CASE WHEN %(by_person)s THEN answer.sender_role END AS role,
            CASE WHEN %(by_person)s THEN answer.sender_name WHEN %(by_team)s THEN mailbox.name END AS name,
            answered.asked_at, answer.sent_at AS answered_at
        FROM answered
        JOIN vclinic_messages_message answer ON answer.id = answered.id
        JOIN vclinic_messages_mailbox mailbox ON mailbox.id = answer.mailbox_id
        WHERE {in_clinic}
            AND (mailbox.team_id IS NOT NULL OR NOT %(by_team)s)
            AND (answer.sender_role = %(role)s::text OR %(role)s::text IS NULL)
            AND (%(team)s::uuid IS NULL OR answer.conversation_id IN (
                SELECT mine.conversation_id FROM vclinic_messages_participant mine
                JOIN vclinic_messages_mailbox shared ON shared.id = mine.mailbox_id
                WHERE shared.team_id = %(team)s::uuid
            ))
    )
    SELECT week, writer, role, max(name), count(*),
        percentile_cont(0.5) WITHIN GROUP (ORDER BY answered_at - asked_at),
        percentile_cont(0.9) WITHIN GROUP (ORDER BY answered_at - asked_at),
        array_agg(asked_at) FILTER (WHERE %(with_times)s),
        array_agg(answered_at) FILTER (WHERE %(with_times)s)
    FROM found
    GROUP BY week, writer, role
"""

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
    ``conversations`` counts those in which something was written, ``answers`` the first answers. Half of them
    came within ``median`` and nine of ten within ``slow``, the 90th percentile. ``open_median`` is the median
    in opening hours, None for a clinic without any.
    """

    week: dt.date | None
    person: str
    role: Role | None
    mailbox_id: int | None = None
    known_as: str = ""
    team: str = ""
    conversations: int = 0
    messages: int = 0
    answers: int = 0
    median: dt.timedelta | None = None
    slow: dt.timedelta | None = None
    open_median: dt.timedelta | None = None


class _Answers(NamedTuple):
    """The first answers of a week, of a person or team, or of one of them in a week.

    The times are None for a clinic without opening hours.
    """

    week: int
    writer: int | None
    role: str | None
    name: str | None
    answers: int
    median: dt.timedelta
    slow: dt.timedelta
    asked_at: list[dt.datetime] | None
    answered_at: list[dt.datetime] | None


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
    mondays = _mondays(since) if by_week else [timezone.localtime(since).date()]
    for answers in _first_answers(since, mondays, writers, role, team, with_times=hours is not None):
        found = {
            "sender_id": answers.writer,
            "mailbox_id": answers.writer,
            "sender_role": answers.role,
            "name": answers.name,
            "mailbox__name": answers.name,
        }
        row = _row(rows, mondays[max(answers.week, 1) - 1] if by_week else None, found, writers)
        row.answers, row.median, row.slow = answers.answers, answers.median, answers.slow
        if hours is not None and answers.asked_at and answers.answered_at:
            waits = map(hours.open_time, answers.asked_at, answers.answered_at)
            row.open_median = percentile(waits, 0.5)
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


def _mondays(since: dt.datetime) -> list[dt.date]:
    """Return the Mondays from the week of this moment until today, in the current time zone."""
    first, today = timezone.localtime(since).date(), timezone.localdate()
    monday = first - dt.timedelta(days=first.weekday())
    return [monday + dt.timedelta(weeks=week) for week in range((today - monday).days // 7 + 1)]


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
    since: dt.datetime,
    mondays: list[dt.date],
    writers: tuple[str, ...],
    role: Role | None,
    team: UUID | None,
    *,
    with_times: bool,
) -> list[_Answers]:
    """Return the first answers to patients' first messages since then. ``week`` is 1 for the first Monday."""
    zone = timezone.get_current_timezone()
    values = {
        "since": since,
        "mondays": [dt.datetime.combine(day, dt.time.min, tzinfo=zone) for day in mondays],
        "by_person": writers == _PERSON,
        "by_team": writers == _TEAM,
        "role": role,
        "team": team,
        "with_times": with_times,
    }
    return [_Answers._make(row) for row in run_in_clinic(_FIRST_ANSWERS, values)]
