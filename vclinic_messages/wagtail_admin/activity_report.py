"""Report how much is written, and how fast patients get their first answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

import django_filters
from django.forms import Media
from django.templatetags.static import static
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet

from vclinic_messages.models import Mailbox, Message, Role, Team
from vclinic_messages.number_formats import number
from vclinic_messages.opening_hours import OpeningHours
from vclinic_messages.policies import may_see_reports
from vclinic_messages.selectors.activity_figures import Activity, activity
from vclinic_messages.selectors.namesakes import KnownPerson, known_as
from vclinic_messages.times import day_in_sentence, short_day
from vclinic_messages.wagtail_admin.charts import Bar, Chart
from vclinic_messages.wagtail_admin.durations import in_hours, precise_duration, week_label
from vclinic_messages.wagtail_admin.report_base import (
    ROLE_CHOICES,
    Report,
    ReportColumn,
    people_column,
    start_of_day,
)
from vclinic_messages.wagtail_admin.report_titles import REPORT_TITLES

DEFAULT_WEEKS = 12


def team_choices() -> list[tuple[str, str]]:
    """Return the teams of the clinic, closed ones too."""
    return [(str(key), name) for key, name in Team.objects.order_by("name").values_list("pk", "name")]


class ActivityFilters(WagtailFilterSet):
    """Choose what is counted. The report passes the values to ``activity``; no rows are filtered here."""

    by = django_filters.ChoiceFilter(
        label=_("One row per"),
        choices=[
            ("person", pgettext_lazy("vclinic_messages", "Person")),
            ("both", _("Week and person")),
            ("team", pgettext_lazy("vclinic_messages", "Team")),
            ("team_week", _("Week and team")),
        ],
        empty_label=pgettext_lazy("vclinic_messages", "Week"),
    )
    weeks = django_filters.ChoiceFilter(
        label=pgettext_lazy("vclinic_messages", "Period"),
        choices=[
            ("4", pgettext_lazy("vclinic_messages", "4 weeks")),
            ("26", pgettext_lazy("vclinic_messages", "26 weeks")),
            ("52", pgettext_lazy("vclinic_messages", "52 weeks")),
        ],
        empty_label=pgettext_lazy("vclinic_messages", "12 weeks"),
    )
    role = django_filters.ChoiceFilter(label=pgettext_lazy("vclinic_messages", "Role"), choices=ROLE_CHOICES)
    team = django_filters.ChoiceFilter(label=pgettext_lazy("vclinic_messages", "Team"), choices=team_choices)

    class Meta:
        model = Message
        fields: ClassVar[list[str]] = []


WEEK = ReportColumn[Activity](
    "week",
    pgettext_lazy("vclinic_messages", "Week"),
    lambda row: week_label(row.week),
    exported=lambda row: row.week,
)
PERSON = [
    people_column(
        "person",
        pgettext_lazy("vclinic_messages", "Name"),
        lambda row: [KnownPerson(row.person, row.known_as)],
    ),
    ReportColumn[Activity](
        "role", pgettext_lazy("vclinic_messages", "Role"), lambda row: row.role.label if row.role else ""
    ),
]
TEAM = [ReportColumn[Activity]("team", pgettext_lazy("vclinic_messages", "Team"), lambda row: row.team)]
#: The columns that tell rows apart, by the choice of rows.
ROWS_PER = {
    "": [WEEK],
    "person": PERSON,
    "both": [WEEK, *PERSON],
    "team": TEAM,
    "team_week": [WEEK, *TEAM],
}
FIGURES = [
    ReportColumn[Activity](
        "conversations", pgettext_lazy("vclinic_messages", "Conversations"), lambda row: row.conversations
    ),
    ReportColumn[Activity](
        "messages", pgettext_lazy("vclinic_messages", "Messages"), lambda row: row.messages
    ),
    ReportColumn[Activity](
        "answers", pgettext_lazy("vclinic_messages", "First answers"), lambda row: row.answers
    ),
    ReportColumn[Activity](
        "median",
        pgettext_lazy("vclinic_messages", "Median"),
        lambda row: precise_duration(row.median),
        exported=lambda row: in_hours(row.median),
        exported_heading=_("Median of the first answer (hours)"),
    ),
    ReportColumn[Activity](
        "slow",
        pgettext_lazy("vclinic_messages", "90th percentile"),
        lambda row: precise_duration(row.slow),
        exported=lambda row: in_hours(row.slow),
        exported_heading=_("90th percentile of the first answer (hours)"),
    ),
]
OPEN_MEDIAN = ReportColumn[Activity](
    "open_median",
    _("Median in opening hours"),
    lambda row: precise_duration(row.open_median),
    exported=lambda row: in_hours(row.open_median),
    exported_heading=_("Median of the first answer in opening hours (hours)"),
)


class ActivityReport(Report[Activity]):
    """Conversations, messages, and the median and 90th percentile of the time to the first answer."""

    model = Message
    is_allowed = staticmethod(may_see_reports)
    page_title = REPORT_TITLES["activity"]
    index_url_name = "vclinic_messages_admin:activity"
    index_results_url_name = "vclinic_messages_admin:activity_results"
    filterset_class = ActivityFilters
    explanation = _(
        "A first answer is the clinic’s first message after the patient’s first message in a conversation. "
        "It counts in the week in which the patient wrote. Half of the first answers took no longer than the "
        "median, 9 out of 10 no longer than the 90th percentile. Nights and weekends are included, except "
        "where a column says “in opening hours”."
    )
    no_results_message = _("No messages were written in this period.")

    @property
    def report_columns(self) -> list[ReportColumn[Activity]]:  # type: ignore[override]
        rows_per = ROWS_PER[self.filter_values().get("by") or ""]
        return [*rows_per, *FIGURES, *([OPEN_MEDIAN] if self.hours else [])]

    @property
    def hours(self) -> OpeningHours | None:
        """When the clinic is open; None if it has no opening hours."""
        return self.clinic_settings.hours

    def describe(self, rows: Sequence[Activity]) -> None:
        if self.filter_values().get("by") in ("person", "both"):
            _add_accounts(rows)

    def get_filtered_queryset(self) -> list[Activity]:
        values = self.filter_values()
        rows_per, role = values.get("by"), values.get("role")
        return activity(
            since=start_of_period(int(values.get("weeks") or DEFAULT_WEEKS)),
            by_week=rows_per not in ("person", "team"),
            by_person=rows_per in ("person", "both"),
            by_team=rows_per in ("team", "team_week"),
            role=Role(role) if role else None,
            team=UUID(values["team"]) if values.get("team") else None,
            hours=self.hours,
        )

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        """Add the charts where there is one row per week."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        values = self.filter_values()
        if values.get("by"):
            return context
        weeks = int(values.get("weeks") or DEFAULT_WEEKS)
        style = Media(css={"all": [static("vclinic_messages/wagtail_admin/admin.css")]})
        charts = activity_charts(self.object_list, start_of_period(weeks).date(), weeks)
        return {**context, "charts": charts, "media": context["media"] + style}


def activity_charts(rows: Iterable[Activity], monday: date, weeks: int) -> list[Chart]:
    """Return the charts of messages and of the median, with a bar for each week of the period."""
    by_week = {row.week: row for row in rows}
    days = [monday + timedelta(weeks=each) for each in range(weeks)]
    found = [by_week.get(day) or Activity(day, "", None) for day in days]
    messages = [Bar(_chart_day(row.week), row.messages, number(row.messages)) for row in found]
    hours = [Bar(_chart_day(row.week), in_hours(row.median), _chart_hours(row.median)) for row in found]
    counts = [bar.shown for bar in messages]
    medians = [precise_duration(row.median) or "–" for row in found]
    return [
        Chart("messages", gettext("Messages per week"), _summary(found, counts), messages),
        Chart("median", gettext("Hours to the first answer (median)"), _summary(found, medians), hours),
    ]


def _chart_day(day: date | None) -> str:
    return short_day(day, day) if day else ""


def _chart_hours(median: timedelta | None) -> str:
    """Return hours with one decimal, without a zero; a dash where nothing was answered."""
    hours = in_hours(median)
    if hours is None:
        return "–"
    shown = round(hours, 1)
    return number(int(shown) if shown == int(shown) else shown)


def _summary(rows: Sequence[Activity], shown: Sequence[str]) -> str:
    """Return the newest two figures as a sentence."""
    day = day_in_sentence(rows[-1].week, rows[-1].week) if rows[-1].week else ""
    values = {"day": day, "new": shown[-1], "old": shown[-2]}
    return gettext("%(new)s in the week of %(day)s, %(old)s in the week before") % values


def _add_accounts(rows: Sequence[Activity]) -> None:
    """Add to rows of people what tells them apart."""
    labels = known_as(Mailbox.objects.filter(pk__in={row.mailbox_id for row in rows if row.mailbox_id}))
    for row in rows:
        row.known_as = labels.get(row.mailbox_id or 0, "")


def start_of_period(weeks: int) -> datetime:
    """Return the first Monday of the period: this many weeks, the current week included."""
    today = timezone.localdate()
    return start_of_day(today - timedelta(days=today.weekday(), weeks=weeks - 1))
