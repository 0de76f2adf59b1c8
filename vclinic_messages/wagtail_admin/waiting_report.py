"""The report of the conversations that wait for the clinic."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import django_filters
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column

from vclinic_messages.models import Conversation, Role
from vclinic_messages.policies import may_close_for_others, may_see_reports
from vclinic_messages.selectors import report_rows
from vclinic_messages.wagtail_admin.closing import close_url
from vclinic_messages.wagtail_admin.formatting import hours, how_long, names
from vclinic_messages.wagtail_admin.report_base import ROLE_CHOICES, Cell, Report


class WaitingFilters(WagtailFilterSet):
    """Whom the patient waits for, and since when."""

    person = django_filters.CharFilter(label=_("Person"), method="of_person")
    role = django_filters.ChoiceFilter(label=_("Waits for"), choices=ROLE_CHOICES, method="for_role")
    days = django_filters.ChoiceFilter(
        label=_("Since at least"),
        choices=[("1", _("1 day")), ("2", _("2 days")), ("7", _("1 week"))],
        method="since_days",
    )

    def of_person(self, rows: Any, name: str, value: str) -> Any:
        return report_rows.with_person(rows, value)

    def for_role(self, rows: Any, name: str, value: str) -> Any:
        return report_rows.with_person(rows, "", role=Role(value))

    def since_days(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(waiting_since__lte=timezone.now() - timedelta(days=int(value)))

    class Meta:
        model = Conversation
        fields: list[str] = []


class StaffColumn(Column):
    """Whom the patient waits for, and what to do where none of them can answer."""

    cell_template_name = "vclinic_messages/wagtail_admin/staff_cell.html"


class WaitingReport(Report):
    """Longest wait first."""

    model = Conversation
    is_allowed = staticmethod(may_see_reports)
    page_title = _("Messages: waiting for the clinic")
    index_url_name = "vclinic_messages_admin:waiting"
    index_results_url_name = "vclinic_messages_admin:waiting_results"
    filterset_class = WaitingFilters
    explanation = _(
        "Conversations in which a patient has written and nobody has answered since. Whoever takes part can "
        "answer, or choose “No answer needed”; both take the conversation off this list."
    )
    no_results_message = _("No conversation waits for an answer.")
    cells = [
        Cell(
            "waits",
            _("Waits"),
            lambda row: how_long(row.waiting_since),
            exported=lambda row: hours(timezone.now() - row.waiting_since),
            exported_heading=_("Waits (hours)"),
        ),
        Cell("since", _("Since"), lambda row: timezone.localtime(row.waiting_since)),
        Cell("patient", _("Patient"), lambda row: row.patient_name or ""),
        Cell("staff", _("Waits for"), lambda row: names(row.staff_names), column=StaffColumn),
        Cell("messages", _("Messages"), lambda row: row.message_count),
    ]

    def get_queryset(self) -> Any:
        return report_rows.with_names(report_rows.waiting_conversations())

    def decorate_paginated_queryset(self, object_list: Any) -> Any:
        if self.is_export:
            return object_list
        unanswerable = report_rows.unanswerable(row.pk for row in object_list)
        may_close = may_close_for_others(self.request.user)
        for row in object_list:
            row.is_unanswerable = row.pk in unanswerable
            row.close_url = close_url(row.pk) if row.is_unanswerable and may_close else None
        return object_list
