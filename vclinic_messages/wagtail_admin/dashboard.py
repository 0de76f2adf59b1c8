"""The panel on the Wagtail admin's dashboard."""

from __future__ import annotations

from typing import Any

from django.forms import Media
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.components import Component

from vclinic_messages import policies
from vclinic_messages.errors import ClinicMismatch
from vclinic_messages.models import Role
from vclinic_messages.selectors.report_rows import Overview, overview
from vclinic_messages.tenancy import clinic_name, clinic_schema
from vclinic_messages.viewer import visible_viewer
from vclinic_messages.wagtail_admin.formatting import how_long
from vclinic_messages.wagtail_admin.menu import inbox_url

READERS = {Role.PATIENT: _("patients"), Role.DOCTOR: _("doctors"), Role.ADMIN: _("clinic staff")}


class MessagesPanel(Component):
    """Is Messages on, who waits since when, what is unread, and where to go. At most two statements."""

    name = "vclinic-messages"
    template_name = "vclinic_messages/wagtail_admin/dashboard.html"
    order = 90

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @property
    def media(self) -> Media:
        return Media(css={"all": [static("vclinic_messages/wagtail_admin/admin.css")]})

    def render_html(self, parent_context: Any = None) -> Any:
        found = self._overview()
        if found is None:
            return ""
        return super().render_html({"overview": found})

    def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
        found: Overview = parent_context["overview"]
        user = self.request.user
        sees_reports = policies.may_see_reports(user)
        return {
            "overview": found,
            "clinic_name": clinic_name(),
            "sees_reports": sees_reports,
            "waits": how_long(found.waiting_since) if found.waiting_since else "",
            "unread": [(READERS[role], count) for role, count in found.unread.items()],
            "waiting_url": reverse("vclinic_messages_admin:waiting"),
            "inbox_url": inbox_url() if visible_viewer(self.request) else None,
            "settings_url": _settings_url() if policies.may_change_settings(user) else None,
        }

    def _overview(self) -> Overview | None:
        try:
            return overview() if clinic_schema() else None
        except ClinicMismatch:
            return None


def is_for(user: Any) -> bool:
    """Whether the panel says something that this person may know."""
    return policies.may_see_reports(user) or policies.may_change_settings(user)


def _settings_url() -> str:
    return reverse("wagtailsettings:edit", args=["vclinic_messages", "messagessettings"])
