"""Our addresses in the Wagtail admin, below ``messages/``."""

from django.urls import path

from vclinic_messages.wagtail_admin.activity_report import ActivityReport
from vclinic_messages.wagtail_admin.audit_report import AuditReport
from vclinic_messages.wagtail_admin.closing import CloseView
from vclinic_messages.wagtail_admin.conversation_exports import ExportList, ExportView
from vclinic_messages.wagtail_admin.waiting_report import WaitingReport

app_name = "vclinic_messages_admin"

REPORTS = {
    "waiting": WaitingReport,
    "activity": ActivityReport,
    "audit": AuditReport,
    "export_list": ExportList,
}

urlpatterns = [
    *(path(f"{name.replace('_', '-')}/", report.as_view(), name=name) for name, report in REPORTS.items()),
    *(
        path(
            f"{name.replace('_', '-')}/results/",
            report.as_view(results_only=True),
            name=f"{name}_results",
        )
        for name, report in REPORTS.items()
    ),
    path("waiting/<uuid:conversation_id>/", CloseView.as_view(), name="close"),
    path("export/<uuid:conversation_id>/", ExportView.as_view(), name="export"),
]
