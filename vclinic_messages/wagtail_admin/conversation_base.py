"""Provide what the pages about one conversation share: the 404, the names and the way back to the report."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.http import Http404, HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from vclinic_messages.selectors import report_rows
from vclinic_messages.wagtail_admin.access import ClinicAdminMixin


class ConversationRow(Protocol):
    """A row of ``with_names(with_waiting(all_conversations()))``."""

    pk: UUID
    patient_name: str | None
    staff_names: list[str]
    created_at: datetime
    last_sent_at: datetime
    waiting_since: datetime | None
    message_count: int


class ConversationView(ClinicAdminMixin, WagtailAdminTemplateMixin):
    """A page about one conversation that is reached from a report."""

    report_url_name: str
    report_title: str | Promise

    def conversation(self, conversation_id: UUID) -> ConversationRow:
        """Return the conversation with its names. Raises Http404."""
        conversations = report_rows.with_names(report_rows.with_waiting(report_rows.all_conversations()))
        found: ConversationRow | None = conversations.filter(pk=conversation_id).first()
        if found is None:
            raise Http404
        return found

    def show(self, conversation: ConversationRow, **context: object) -> HttpResponseBase:
        """Return the page with the names of the conversation's participants."""
        response: HttpResponseBase = self.render_to_response(
            self.get_context_data(
                conversation=conversation,
                patient=patient_label(conversation),
                staff=", ".join(conversation.staff_names),
                **context,
            )
        )
        return response

    def get_breadcrumbs_items(self) -> list[dict[str, str | Promise]]:
        report = {"url": reverse(self.report_url_name), "label": self.report_title}
        return [*self.breadcrumbs_items, report, {"url": "", "label": self.page_title}]


def patient_label(conversation: ConversationRow) -> str:
    """Return the patient's name, or that there is none."""
    return conversation.patient_name or _("Staff only")
