"""The report of who did what, and when."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import django_filters
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet

from vclinic_messages.models import AuditEvent
from vclinic_messages.policies import may_see_audit
from vclinic_messages.selectors import report_rows
from vclinic_messages.wagtail_admin.formatting import details, names, what, who
from vclinic_messages.wagtail_admin.report_base import Cell, DayInput, Report


class AuditFilters(WagtailFilterSet):
    """By person, action and time."""

    person = django_filters.CharFilter(label=_("Person"), method="of_person")
    action = django_filters.ChoiceFilter(label=_("Action"), choices=AuditEvent.Action.choices)
    first = django_filters.DateFilter(label=_("From"), widget=DayInput, method="from_day")
    last = django_filters.DateFilter(label=_("To"), widget=DayInput, method="to_day")

    def of_person(self, rows: Any, name: str, value: str) -> Any:
        return report_rows.by_person(rows, value)

    def from_day(self, rows: Any, name: str, value: Any) -> Any:
        return rows.filter(at__gte=_beginning(value))

    def to_day(self, rows: Any, name: str, value: Any) -> Any:
        return rows.filter(at__lt=_beginning(value + timedelta(days=1))) if value < date.max else rows

    class Meta:
        model = AuditEvent
        fields: list[str] = []


class AuditReport(Report):
    """Newest first."""

    model = AuditEvent
    is_allowed = staticmethod(may_see_audit)
    page_title = _("Messages: audit trail")
    header_icon = "history"
    index_url_name = "vclinic_messages_admin:audit"
    index_results_url_name = "vclinic_messages_admin:audit_results"
    filterset_class = AuditFilters
    explanation = _(
        "Who did what, and when. Opening a conversation is noted once per person and session. Nobody can "
        "change this list; what is older than your clinic keeps it is removed on the server, which is noted "
        "as well."
    )
    no_results_message = _("Nothing is noted here.")
    cells = [
        Cell("at", _("When"), lambda row: timezone.localtime(row.at)),
        Cell("who", _("Who"), who),
        Cell("what", _("What"), what),
        Cell("about", _("Conversation of"), lambda row: names(row.about)),
        Cell("details", _("Details"), details),
        Cell("conversation", _("Conversation"), lambda row: str(row.conversation_id or ""), is_shown=False),
    ]

    def get_queryset(self) -> Any:
        return report_rows.audit_events()


def _beginning(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
