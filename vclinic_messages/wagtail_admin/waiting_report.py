"""Report the conversations in which a patient is waiting for the clinic."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.ui.tables import Column

from vclinic_messages.models import Conversation, Role
from vclinic_messages.opening_hours import OpeningHours
from vclinic_messages.policies import may_remove_from_waiting_list, may_see_reports
from vclinic_messages.selectors import report_rows
from vclinic_messages.selectors.absence_rows import AbsenceRow
from vclinic_messages.selectors.namesakes import KnownPerson
from vclinic_messages.wagtail_admin.conversation_base import add_people, patient_of, staff_of
from vclinic_messages.wagtail_admin.durations import in_hours, precise_duration, time_since
from vclinic_messages.wagtail_admin.report_base import (
    ROLE_CHOICES,
    ConversationFilters,
    Report,
    ReportColumn,
    moment_column,
    people_column,
)
from vclinic_messages.wagtail_admin.report_titles import REPORT_TITLES


class WaitingRow(Protocol):
    """A row of ``waiting_conversations()`` with its people; the page adds the last three attributes."""

    pk: UUID
    people: list[KnownPerson]
    waiting_since: datetime
    message_count: int
    is_unanswerable: bool
    may_be_removed: bool
    absences: list[AbsenceRow]


class WaitingFilters(ConversationFilters):
    """Filter also by whom the patient is waiting for, and how long."""

    role = django_filters.ChoiceFilter(
        label=pgettext_lazy("vclinic_messages", "Waiting for"), choices=ROLE_CHOICES, method="by_role"
    )
    days = django_filters.ChoiceFilter(
        label=_("Waiting at least"),
        choices=[
            ("1", pgettext_lazy("vclinic_messages", "1 day")),
            ("2", pgettext_lazy("vclinic_messages", "2 days")),
            ("7", pgettext_lazy("vclinic_messages", "1 week")),
        ],
        method="by_days",
    )

    def by_role(self, rows: QuerySet[Conversation], name: str, value: str) -> QuerySet[Conversation]:
        return report_rows.with_person(rows, "", role=Role(value))

    def by_days(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(waiting_since__lte=timezone.now() - timedelta(days=int(value)))


class StaffColumn(Column):
    """Whom the patient is waiting for, and what can be done if none of them can answer."""

    cell_template_name = "vclinic_messages/wagtail_admin/staff_cell.html"


COLUMNS: list[ReportColumn[WaitingRow]] = [
    ReportColumn(
        "waiting_time",
        pgettext_lazy("vclinic_messages", "Waiting time"),
        lambda row: time_since(row.waiting_since),
        exported=lambda row: in_hours(timezone.now() - row.waiting_since),
        exported_heading=_("Waiting time (hours)"),
    ),
    moment_column("since", pgettext_lazy("vclinic_messages", "Since"), lambda row: row.waiting_since),
    people_column("patient", pgettext_lazy("vclinic_messages", "Patient"), patient_of),
    people_column(
        "staff", pgettext_lazy("vclinic_messages", "Waiting for"), staff_of, column_class=StaffColumn
    ),
    ReportColumn("messages", pgettext_lazy("vclinic_messages", "Messages"), lambda row: row.message_count),
]


def open_time_column(hours: OpeningHours) -> ReportColumn[WaitingRow]:
    """Return the column that counts the waiting time in opening hours only."""

    def waited(row: WaitingRow) -> timedelta:
        return hours.open_time(row.waiting_since, timezone.now())

    return ReportColumn(
        "open_time",
        _("In opening hours"),
        lambda row: precise_duration(waited(row)),
        exported=lambda row: in_hours(waited(row)),
        exported_heading=_("Waiting time in opening hours (hours)"),
    )


class WaitingReport(Report[WaitingRow]):
    """Conversations that wait for somebody who is away come first, then the longest wait."""

    model = Conversation
    is_allowed = staticmethod(may_see_reports)
    page_title = REPORT_TITLES["waiting"]
    index_url_name = "vclinic_messages_admin:waiting"
    index_results_url_name = "vclinic_messages_admin:waiting_results"
    filterset_class = WaitingFilters
    explanation = _(
        "Conversations in which the patient is waiting for an answer. A conversation leaves this list when a "
        "doctor or staff member who takes part answers it or chooses “No answer needed”."
    )
    no_results_message = _("No conversation is waiting for an answer.")

    @property
    def report_columns(self) -> list[ReportColumn[WaitingRow]]:  # type: ignore[override]
        hours = self.clinic_settings.hours
        waiting_time, *others = COLUMNS
        return [waiting_time, *([open_time_column(hours)] if hours else []), *others]

    def get_queryset(self) -> QuerySet[Conversation]:
        return report_rows.waiting_conversations(self.clinic_settings.today)

    def describe(self, rows: Sequence[WaitingRow]) -> None:
        """Add the people. On a page, mark the rows that nobody can answer, and that this user may remove."""
        add_people(rows)
        if self.is_export:
            return
        unanswerable = report_rows.unanswerable(row.pk for row in rows)
        absences = report_rows.absences_in((row.pk for row in rows), self.clinic_settings.today)
        may_remove = may_remove_from_waiting_list(self.request.user)
        for row in rows:
            row.is_unanswerable = row.pk in unanswerable
            row.may_be_removed = row.is_unanswerable and may_remove
            row.absences = absences.get(row.pk, [])
