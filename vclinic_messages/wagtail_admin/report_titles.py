"""The titles of the reports that can be downloaded, by the name that the audit trail records."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

REPORT_TITLES = {
    "waiting": _("Messages: waiting for the clinic"),
    "activity": pgettext_lazy("vclinic_messages", "Messages: activity"),
    "audit": _("Messages: audit trail"),
}
