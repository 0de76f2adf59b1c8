"""Remove a conversation that nobody at the clinic can answer any more from the waiting list."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from vclinic_messages import actions
from vclinic_messages.errors import ConversationNotFound, InvalidInput
from vclinic_messages.policies import may_remove_from_waiting_list
from vclinic_messages.selectors import report_rows
from vclinic_messages.user_types import signed_in
from vclinic_messages.wagtail_admin.conversation_base import ConversationView
from vclinic_messages.wagtail_admin.durations import time_since
from vclinic_messages.wagtail_admin.waiting_report import WaitingReport


class RemoveFromWaitingListView(ConversationView):
    """GET shows who is waiting for whom and asks for confirmation. POST removes the conversation."""

    is_allowed = staticmethod(may_remove_from_waiting_list)
    template_name = "vclinic_messages/wagtail_admin/remove_from_waiting_list.html"
    page_title = _("Remove a conversation from the waiting list")
    header_icon = "mail"
    report_url_name = WaitingReport.index_url_name
    report_title = WaitingReport.page_title

    def get(self, request: HttpRequest, conversation_id: UUID) -> HttpResponseBase:
        found = self.conversation(conversation_id)
        if found.waiting_since is None or not report_rows.unanswerable([found.pk]):
            messages.info(request, _("This conversation is not waiting any more, or someone can answer it."))
            return redirect(self.report_url_name)
        return self.show(
            found, waiting_time=time_since(found.waiting_since), waiting_url=reverse(self.report_url_name)
        )

    def post(self, request: HttpRequest, conversation_id: UUID) -> HttpResponseBase:
        try:
            actions.remove_from_waiting_list(conversation=conversation_id, actor=signed_in(request.user))
        except ConversationNotFound:
            raise Http404 from None
        except InvalidInput as refusal:
            messages.error(request, str(refusal.errors["conversation"][0].detail))
        else:
            messages.success(request, _("Removed from the waiting list."))
        return redirect(self.report_url_name)
