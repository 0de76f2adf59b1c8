"""Route the views of the Wagtail admin, below ``messages/``."""

from __future__ import annotations

from typing import Any

from django.urls import path

from vclinic_messages.wagtail_admin.absences import AbsenceList, AbsenceView
from vclinic_messages.wagtail_admin.activity_report import ActivityReport
from vclinic_messages.wagtail_admin.audit_report import AuditReport
from vclinic_messages.wagtail_admin.conversation_exports import ExportList, ExportView
from vclinic_messages.wagtail_admin.hours_preview import HoursPreview
from vclinic_messages.wagtail_admin.quick_replies import QuickReplyList, QuickReplyView
from vclinic_messages.wagtail_admin.report_base import Report
from vclinic_messages.wagtail_admin.teams import TeamList, TeamView
from vclinic_messages.wagtail_admin.waiting_removal import RemoveFromWaitingListView
from vclinic_messages.wagtail_admin.waiting_report import WaitingReport

app_name = "vclinic_messages_admin"

#: The reports by the names of their URLs, in the order of the Reports menu.
REPORTS: dict[str, type[Report[Any]]] = {
    "waiting": WaitingReport,
    "activity": ActivityReport,
    "audit": AuditReport,
    "export_list": ExportList,
}

urlpatterns = [
    path(
        "waiting/<uuid:conversation_id>/",
        RemoveFromWaitingListView.as_view(),
        name="remove_from_waiting_list",
    ),
    path("hours-preview/", HoursPreview.as_view(), name="hours_preview"),
    path("teams/", TeamList.as_view(), name="teams"),
    path("teams/new/", TeamView.as_view(), name="new_team"),
    path("teams/<uuid:team_id>/", TeamView.as_view(), name="team"),
    path("quick-replies/", QuickReplyList.as_view(), name="quick_replies"),
    path("quick-replies/new/", QuickReplyView.as_view(), name="new_quick_reply"),
    path("quick-replies/<int:reply_id>/", QuickReplyView.as_view(), name="quick_reply"),
    path("absences/", AbsenceList.as_view(), name="absences"),
    path("absences/new/", AbsenceView.as_view(), name="new_absence"),
    path("absences/<int:absence_id>/", AbsenceView.as_view(), name="absence"),
    path("export/<uuid:conversation_id>/", ExportView.as_view(), name="export"),
]
for name, report in REPORTS.items():
    route = name.replace("_", "-")
    urlpatterns += [
        path(f"{route}/", report.as_view(), name=name),
        path(f"{route}/results/", report.as_view(results_only=True), name=f"{name}_results"),
    ]
