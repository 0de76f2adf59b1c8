"""Taking a conversation that nobody of the clinic can answer any more off the waiting list."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from vclinic_messages import actions
from vclinic_messages.errors import ConversationNotFound, InvalidInput
from vclinic_messages.policies import may_close_for_others
from vclinic_messages.selectors import report_rows
from vclinic_messages.wagtail_admin.access import ClinicAdminMixin
from vclinic_messages.wagtail_admin.formatting import how_long, names

WAITING = "vclinic_messages_admin:waiting"


class CloseView(ClinicAdminMixin, WagtailAdminTemplateMixin):
    """Says who waits for whom, and asks once more."""

    is_allowed = staticmethod(may_close_for_others)
    template_name = "vclinic_messages/wagtail_admin/close.html"
    page_title = _("Take a conversation off the waiting list")
    header_icon = "mail"

    def get(self, request: HttpRequest, conversation_id: UUID) -> HttpResponseBase:
        found = report_rows.with_names(report_rows.all_conversations()).filter(pk=conversation_id).first()
        if found is None:
            raise Http404
        if found.waiting_since is None or not report_rows.unanswerable([found.pk]):
            messages.info(request, _("The conversation waits no more, or somebody can answer it."))
            return redirect(WAITING)
        context = self.get_context_data(
            patient=found.patient_name,
            staff=names(found.staff_names),
            waits=how_long(found.waiting_since),
            waiting_url=reverse(WAITING),
        )
        response: HttpResponseBase = self.render_to_response(context)
        return response

    def post(self, request: HttpRequest, conversation_id: UUID) -> HttpResponseBase:
        try:
            actions.close_for_others(conversation=conversation_id, actor=request.user)
        except ConversationNotFound:
            raise Http404 from None
        except InvalidInput as refusal:
            messages.error(request, str(refusal.errors["conversation"][0].detail))
        else:
            messages.success(request, _("The conversation waits no more."))
        return redirect(WAITING)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        waiting = {"url": reverse(WAITING), "label": _("Messages: waiting for the clinic")}
        return [*self.breadcrumbs_items, waiting, {"url": "", "label": self.page_title}]


def close_url(conversation_id: UUID) -> str:
    return reverse("vclinic_messages_admin:close", args=[conversation_id])
