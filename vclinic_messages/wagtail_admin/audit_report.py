"""Report who did what, and when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import ClassVar

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet

from vclinic_messages.models import AuditEvent
from vclinic_messages.policies import may_see_audit
from vclinic_messages.selectors import report_rows
from vclinic_messages.selectors.namesakes import KnownPerson, account_label, people_in
from vclinic_messages.wagtail_admin.audit_details import AuditRow, describe_details
from vclinic_messages.wagtail_admin.report_base import (
    DayInput,
    Report,
    ReportColumn,
    moment_column,
    people_column,
    start_of_day,
)
from vclinic_messages.wagtail_admin.report_titles import REPORT_TITLES


class AuditFilters(WagtailFilterSet):
    """Filter by who did it, whose conversation it is about, action and day."""

    person = django_filters.CharFilter(label=pgettext_lazy("vclinic_messages", "Who"), method="by_person")
    about = django_filters.CharFilter(
        label=pgettext_lazy("vclinic_messages", "Conversation of"), method="about_person"
    )
    action = django_filters.ChoiceFilter(
        label=pgettext_lazy("vclinic_messages", "Action"), choices=AuditEvent.Action.choices
    )
    first = django_filters.DateFilter(
        label=pgettext_lazy("vclinic_messages first day", "From"), widget=DayInput, method="from_day"
    )
    last = django_filters.DateFilter(
        label=pgettext_lazy("vclinic_messages last day", "To"), widget=DayInput, method="to_day"
    )

    def by_person(self, rows: QuerySet[AuditEvent], name: str, value: str) -> QuerySet[AuditEvent]:
        return report_rows.by_person(rows, value)

    def about_person(self, rows: QuerySet[AuditEvent], name: str, value: str) -> QuerySet[AuditEvent]:
        return report_rows.about_person(rows, value)

    def from_day(self, rows: QuerySet[AuditEvent], name: str, value: date) -> QuerySet[AuditEvent]:
        return rows.filter(at__gte=start_of_day(value))

    def to_day(self, rows: QuerySet[AuditEvent], name: str, value: date) -> QuerySet[AuditEvent]:
        if value == date.max:  # has no next day
            return rows
        return rows.filter(at__lt=start_of_day(value + timedelta(days=1)))

    class Meta:
        model = AuditEvent
        fields: ClassVar[list[str]] = []


def _who(row: AuditRow) -> list[KnownPerson]:
    """Return who did it, with the key of their account as the event recorded it.

    The directory is not asked: the key may belong to another person today. Nobody is named for a command, nor
    for a deleted account, because Django does not say who deleted it.
    """
    if row.actor_name:
        known = account_label(row.actor_id) if row.actor_id is not None else ""
        return [KnownPerson(row.actor_name, known)]
    is_severed = row.action == AuditEvent.Action.SEVERED
    return [
        KnownPerson(
            pgettext("vclinic_messages", "Automatic") if is_severed else gettext("A command on the server"),
            "",
        )
    ]


class AuditReport(Report[AuditRow]):
    """The newest event comes first."""

    model = AuditEvent
    is_allowed = staticmethod(may_see_audit)
    page_title = REPORT_TITLES["audit"]
    header_icon = "history"
    index_url_name = "vclinic_messages_admin:audit"
    index_results_url_name = "vclinic_messages_admin:audit_results"
    filterset_class = AuditFilters
    explanation = _(
        "Who did what, and when. Opening a conversation is recorded once per person and session. Nobody can "
        "change these events. A command on the server deletes those that are older than your clinic’s "
        "retention period; this is recorded too."
    )
    no_results_message = _("Nothing has been recorded yet.")
    report_columns = [
        moment_column("at", pgettext_lazy("vclinic_messages", "When"), lambda row: row.at),
        people_column("who", pgettext_lazy("vclinic_messages", "Who"), _who),
        ReportColumn("what", pgettext_lazy("vclinic_messages", "What"), lambda row: row.get_action_display()),
        people_column("about", pgettext_lazy("vclinic_messages", "Conversation of"), lambda row: row.about),
        ReportColumn("details", pgettext_lazy("vclinic_messages", "Details"), describe_details),
        ReportColumn(
            "conversation",
            pgettext_lazy("vclinic_messages", "Conversation"),
            lambda row: str(row.conversation_id or ""),
            is_shown=False,
        ),
    ]

    def get_queryset(self) -> QuerySet[AuditEvent]:
        return report_rows.audit_events()

    def describe(self, rows: Sequence[AuditRow]) -> None:
        people = people_in(row.conversation_id for row in rows)
        for row in rows:
            row.about = people.get(row.conversation_id, []) if row.conversation_id else []
