"""Add a panel about Messages to the dashboard of the Wagtail admin."""

from __future__ import annotations

from collections.abc import Mapping

from django.forms import Media
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import pgettext_lazy
from wagtail.admin.ui.components import Component

from vclinic_messages import policies
from vclinic_messages.errors import ClinicMismatch
from vclinic_messages.models import Role
from vclinic_messages.selectors.report_rows import Overview, overview, waiting_for_absent
from vclinic_messages.tenancy import clinic_name, clinic_schema
from vclinic_messages.viewer import visible_viewer
from vclinic_messages.wagtail_admin.durations import time_since
from vclinic_messages.wagtail_admin.menu import inbox_url

_ROLE_LABELS = {
    Role.PATIENT: pgettext_lazy("vclinic_messages", "patients"),
    Role.DOCTOR: pgettext_lazy("vclinic_messages", "doctors"),
    Role.ADMIN: pgettext_lazy("vclinic_messages", "clinic staff"),
}


class MessagesPanel(Component):
    """Show whether Messages is on, who is waiting and what is unread.

    At most two SQL statements, and one more if somebody waits.
    """

    name = "vclinic-messages"
    template_name = "vclinic_messages/wagtail_admin/dashboard.html"
    order = 90

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @property
    def media(self) -> Media:
        return Media(css={"all": [static("vclinic_messages/wagtail_admin/admin.css")]})

    def get_context_data(self, parent_context: Mapping[str, object] | None = None) -> dict[str, object]:
        """Return what the panel shows; without an ``overview`` it is empty, and the dashboard still works."""
        found = self._overview()
        if found is None:
            return {}
        user = self.request.user
        return {
            "overview": found,
            "clinic_name": clinic_name(),
            "sees_reports": policies.may_see_reports(user),
            "for_absent": waiting_for_absent(found.settings.today) if found.waiting else 0,
            "waiting_time": time_since(found.waiting_since) if found.waiting_since else "",
            "unread": [(_ROLE_LABELS[role], count) for role, count in found.unread.items()],
            "waiting_url": reverse("vclinic_messages_admin:waiting"),
            "inbox_url": inbox_url() if visible_viewer(self.request) else None,
            "settings_url": _settings_url() if policies.may_change_settings(user) else None,
        }

    def _overview(self) -> Overview | None:
        """Return the figures; None in the public schema and while the clinic cannot be reached."""
        try:
            return overview() if clinic_schema() else None
        except ClinicMismatch:
            return None


def add_panel(request: HttpRequest, panels: list[Component]) -> None:
    """Add the panel for users who may know something that it shows."""
    if policies.may_see_reports(request.user) or policies.may_change_settings(request.user):
        panels.append(MessagesPanel(request))


def _settings_url() -> str:
    return reverse("wagtailsettings:edit", args=["vclinic_messages", "messagessettings"])
