"""The pages and buttons of a team's conversation."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import pgettext

from vclinic_messages import actions, selectors
from vclinic_messages.errors import ConversationNotFound, MessagesError
from vclinic_messages.pages.refusals import WITH_OWN_PAGE
from vclinic_messages.pages.views import ConversationAction
from vclinic_messages.user_types import signed_in


class AssignView(ConversationAction):
    """GET lists the colleagues of the team. POST gives the conversation to ``to``; empty for the team."""

    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest, conversation_id: UUID) -> HttpResponse:
        conversation = selectors.conversation(self.viewer, conversation_id)
        if not conversation.is_for_team:
            raise ConversationNotFound
        return self.page(
            "hand_over",
            {"page_title": pgettext("vclinic_messages", "Hand over"), "conversation": conversation},
        )

    def post(self, request: HttpRequest, conversation_id: UUID) -> HttpResponse:
        try:
            actions.assign(
                conversation=conversation_id,
                actor=signed_in(request.user),
                to=request.POST.get("to") or None,
            )
        except WITH_OWN_PAGE:
            raise
        except MessagesError as refusal:
            return self.not_done(refusal, conversation_id)
        return redirect("vclinic_messages:conversation", conversation_id)


class WritingView(ConversationAction):
    """Tell the colleagues of the team that the viewer is writing. The script posts it, without the text."""

    def post(self, request: HttpRequest, conversation_id: UUID) -> HttpResponseBase:
        actions.note_writing(viewer=self.viewer, conversation=conversation_id)
        return HttpResponse(status=204)
