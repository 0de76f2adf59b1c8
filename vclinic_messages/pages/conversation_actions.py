"""The buttons of a conversation's page that write no message."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from vclinic_messages import actions
from vclinic_messages.errors import InvalidInput, MessagesError
from vclinic_messages.pages.conversation_context import conversation_context
from vclinic_messages.pages.failures import not_done
from vclinic_messages.pages.forms import ReadForm
from vclinic_messages.pages.page import MessagesPage, marked_as_ours
from vclinic_messages.pages.refusals import WITH_OWN_PAGE, wants_json
from vclinic_messages.user_types import signed_in


class ConversationAction(MessagesPage):
    """A button of a conversation's page."""

    http_method_names = ["post"]

    def give_back(self, refusal: MessagesError) -> HttpResponse:
        if wants_json(self.request):
            return super().give_back(refusal)
        return self.not_done(refusal, self.kwargs["conversation_id"])

    def not_done(self, refusal: MessagesError, conversation_id: UUID) -> HttpResponse:
        """Show the conversation, with why nothing was changed."""
        context = conversation_context(self.viewer, conversation_id)
        response = self.page("conversation", context, failure=not_done(refusal))
        response["HX-Retarget"] = "#vcm-main"
        response["HX-Reswap"] = "innerHTML"
        return response


class ReadView(ConversationAction):
    """Mark a conversation as read up to a message. Returns JSON, or redirects a browser without scripts."""

    def post(self, request: HttpRequest, conversation_id: UUID) -> HttpResponseBase:
        form = ReadForm(request.POST)
        try:
            unread = actions.mark_read(
                conversation=conversation_id, reader=signed_in(request.user), up_to=_message(form)
            )
        except InvalidInput as refusal:
            return self.marked(conversation_id, {"code": refusal.code}, refusal.status)
        return self.marked(conversation_id, {"unread_conversations": unread})

    def marked(self, conversation_id: UUID, data: dict[str, object], status: int = 200) -> HttpResponseBase:
        if wants_json(self.request):
            return marked_as_ours(self.request, JsonResponse(data, status=status))
        return redirect("vclinic_messages:conversation", conversation_id)


class NoAnswerNeededView(ConversationAction):
    """Remove a conversation from the clinic's waiting list, or put it back (``action=undo``). For staff."""

    def post(self, request: HttpRequest, conversation_id: UUID) -> HttpResponse:
        is_undone = request.POST.get("action") == "undo"
        decide = actions.undo_no_answer_needed if is_undone else actions.no_answer_needed
        try:
            decide(conversation=conversation_id, actor=signed_in(request.user))
        except WITH_OWN_PAGE:
            raise
        except MessagesError as refusal:
            return self.not_done(refusal, conversation_id)
        return redirect("vclinic_messages:conversation", conversation_id)


def _message(form: ReadForm) -> int:
    if form.is_valid():
        return int(form.cleaned_data["message"])
    raise InvalidInput.on("message", "required", _("Say which message was read."))
