"""The report of what is written, and how fast patients get their first answers."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import django_filters
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet

from vclinic_messages.models import Message, Role
from vclinic_messages.policies import may_see_reports
from vclinic_messages.selectors.activity_figures import Activity, activity
from vclinic_messages.wagtail_admin.formatting import hours, span, week
from vclinic_messages.wagtail_admin.report_base import ROLE_CHOICES, Cell, Report

DEFAULT_WEEKS = 12


class ActivityFilters(WagtailFilterSet):
    """These set what is counted; they filter no rows."""

    by = django_filters.ChoiceFilter(
        label=_("A row for each"),
        choices=[("person", _("Doctor or member of staff")), ("both", _("Week and person"))],
        empty_label=_("Week"),
    )
    weeks = django_filters.ChoiceFilter(
        label=_("Period"),
        choices=[("4", _("4 weeks")), ("26", _("26 weeks")), ("52", _("52 weeks"))],
        empty_label=_("12 weeks"),
    )
    role = django_filters.ChoiceFilter(label=_("Role"), choices=ROLE_CHOICES)

    class Meta:
        model = Message
        fields: list[str] = []


class ActivityReport(Report):
    """Conversations, messages, and the median and 90th percentile of the first answer."""

    model = Message
    is_allowed = staticmethod(may_see_reports)
    page_title = _("Messages: activity")
    index_url_name = "vclinic_messages_admin:activity"
    index_results_url_name = "vclinic_messages_admin:activity_results"
    filterset_class = ActivityFilters
    explanation = _(
        "A first answer is the first message of the clinic after a patient’s first one in a conversation. It "
        "counts in the week in which the patient wrote. Half of the answers took no longer than the median, "
        "nine of ten no longer than the 90th percentile; nights and weekends are counted too."
    )
    no_results_message = _("Nothing was written in this period.")

    @property
    def cells(self) -> list[Cell]:  # type: ignore[override]
        shown = self.filter_values().get("by")
        cells = []
        if shown != "person":
            first_day: Any = lambda row: row.week  # noqa: E731
            cells.append(Cell("week", _("Week"), lambda row: week(row.week), exported=first_day))
        if shown:
            cells.append(Cell("person", _("Name"), lambda row: row.person))
            cells.append(Cell("role", _("Role"), lambda row: row.role.label))
        return [*cells, *FIGURES]

    def filter_values(self) -> dict[str, Any]:
        filters = self.filters
        return filters.form.cleaned_data if filters and filters.is_valid() else {}

    def get_filtered_queryset(self) -> list[Activity]:
        values = self.filter_values()
        shown = values.get("by")
        role = values.get("role")
        return activity(
            since=since(int(values.get("weeks") or DEFAULT_WEEKS)),
            by_week=shown != "person",
            by_person=bool(shown),
            role=Role(role) if role else None,
        )


FIGURES = [
    Cell("conversations", _("Conversations"), lambda row: row.conversations),
    Cell("messages", _("Messages"), lambda row: row.messages),
    Cell("answers", _("First answers"), lambda row: row.answers),
    Cell(
        "median",
        _("Median"),
        lambda row: span(row.median),
        exported=lambda row: hours(row.median),
        exported_heading=_("Median of the first answer (hours)"),
    ),
    Cell(
        "slow",
        _("90th percentile"),
        lambda row: span(row.slow),
        exported=lambda row: hours(row.slow),
        exported_heading=_("90th percentile of the first answer (hours)"),
    ),
]


def since(weeks: int) -> datetime:
    """The beginning of the Monday so many weeks ago, this week counted as one."""
    today = timezone.localdate()
    monday = today - timedelta(days=today.weekday()) - timedelta(weeks=weeks - 1)
    return timezone.make_aware(datetime.combine(monday, time.min))
