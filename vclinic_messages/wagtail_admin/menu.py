"""Add Messages and its reports to the menus of the Wagtail admin."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import ngettext, pgettext_lazy
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.sidebar import LinkMenuItem

from vclinic_messages.number_formats import badge_count
from vclinic_messages.tenancy import clinic_schema
from vclinic_messages.viewer import visible_viewer
from vclinic_messages.wagtail_admin.absences import AbsenceList
from vclinic_messages.wagtail_admin.quick_replies import QuickReplyList
from vclinic_messages.wagtail_admin.teams import TeamList
from vclinic_messages.wagtail_admin.urls import REPORTS


def inbox_url() -> str | None:
    """Return the URL of the inbox; None in a portal that includes the API only."""
    try:
        return reverse("vclinic_messages:inbox")
    except NoReverseMatch:
        return None


class MessagesItem(MenuItem):
    """The link to the user's own messages, with a badge. Only users with a role in Messages see it.

    Wagtail keeps one object for all clinics and users, so nothing is stored in it.
    """

    def __init__(self) -> None:
        super().__init__(
            pgettext_lazy("vclinic_messages", "Messages"),
            "",
            name="vclinic-messages",
            icon_name="mail",
            order=150,
        )

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
    """Return the attributes from which menu.css draws the badge, and the label that screen readers read."""
    label = ngettext("Messages, %(count)d unread", "Messages, %(count)d unread", count) % {"count": count}
    return {"data-vcm-unread": badge_count(count), "aria-label": label}


class SettingsItem(MenuItem):
    """A link in the menu of settings, for users who may open its page."""

    view: type[TeamList | AbsenceList | QuickReplyList]
    part: str
    position: int

    def __init__(self) -> None:
        super().__init__(
            self.view.page_title,
            "",
            name=f"vclinic-messages-{self.part.replace('_', '-')}",
            icon_name=self.view.header_icon,
            order=self.position,
        )

    def is_shown(self, request: HttpRequest) -> bool:
        return clinic_schema() is not None and self.view.is_allowed(request.user)

    def render_component(self, request: HttpRequest) -> LinkMenuItem:
        url = reverse(f"vclinic_messages_admin:{self.part}")
        return LinkMenuItem(self.name, self.label, url, icon_name=self.icon_name, classname=self.classname)


class TeamsItem(SettingsItem):
    """The link to the teams."""

    view, part, position = TeamList, "teams", 910


class AbsencesItem(SettingsItem):
    """The link to the absences."""

    view, part, position = AbsenceList, "absences", 911


class QuickRepliesItem(SettingsItem):
    """The link to the quick replies."""

    view, part, position = QuickReplyList, "quick_replies", 912


def add_reports(request: HttpRequest, items: list[MenuItem]) -> None:
    """Add the reports that this user may see to the Reports menu."""
    for position, (name, report) in enumerate(REPORTS.items()):
        if report.is_allowed(request.user):
            item = MenuItem(
                report.page_title,
                reverse(report.index_url_name),
                name=f"vclinic-messages-{name.replace('_', '-')}",
                icon_name=report.header_icon,
                order=2000 + position,
            )
            items.append(item)
