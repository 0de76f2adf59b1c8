"""Our items of the Wagtail admin's menu. One object serves all clinics and people, so it holds nothing."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.sidebar import LinkMenuItem

from vclinic_messages.number_formats import badge_count
from vclinic_messages.viewer import visible_viewer
from vclinic_messages.wagtail_admin.activity_report import ActivityReport
from vclinic_messages.wagtail_admin.audit_report import AuditReport
from vclinic_messages.wagtail_admin.conversation_exports import ExportList
from vclinic_messages.wagtail_admin.report_base import Report
from vclinic_messages.wagtail_admin.waiting_report import WaitingReport


def inbox_url() -> str | None:
    """Where one's own messages are; None in a portal that includes the API only."""
    try:
        return reverse("vclinic_messages:inbox")
    except NoReverseMatch:
        return None


class MessagesItem(MenuItem):
    """One's own messages, with how many conversations hold something unread.

    For those who may use Messages.
    """

    def __init__(self) -> None:
        super().__init__(_("Messages"), "", name="vclinic-messages", icon_name="mail", order=150)

    def is_shown(self, request: HttpRequest) -> bool:
        return inbox_url() is not None and visible_viewer(request) is not None

    def render_component(self, request: HttpRequest) -> LinkMenuItem:
        viewer = visible_viewer(request)
        count = viewer.unread_conversations if viewer else 0
        return LinkMenuItem(
            self.name,
            self.label,
            inbox_url() or "",
            icon_name=self.icon_name,
            classname="vcm-menu-item",
            attrs=_badge(count) if count else {},
        )


def _badge(count: int) -> dict[str, str]:
    """The pill is drawn by the style sheet; who hears the menu hears the words."""
    words = ngettext("Messages, %(count)d unread", "Messages, %(count)d unread", count) % {"count": count}
    return {"data-vcm-unread": badge_count(count), "aria-label": words}


REPORTS: list[type[Report]] = [WaitingReport, ActivityReport, AuditReport, ExportList]


def report_items(user: Any) -> list[MenuItem]:
    """The reports that this person may see, in their order in the Reports menu."""
    return [
        MenuItem(
            report.page_title,
            reverse(report.index_url_name),
            name=report.index_url_name.replace(":", "-").replace("_", "-"),
            icon_name=report.header_icon,
            order=2000 + position,
        )
        for position, report in enumerate(REPORTS)
        if report.is_allowed(user)
    ]
