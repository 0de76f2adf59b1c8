"""The pages and buttons of a team's conversation."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from vclinic_messages import actions, selectors
from vclinic_messages.errors import ConversationNotFound, InvalidInput, MessagesError
from vclinic_messages.pages.conversation_actions import ConversationAction
from vclinic_messages.pages.refusals import WITH_OWN_PAGE
from vclinic_messages.user_types import signed_in


class AssignView(ConversationAction):
    """GET lists the colleagues of the team, as a page or a menu. POST gives the conversation to ``to``.

    An empty ``to`` stands for the team. ``was`` is who had taken the conversation until then.
    """

    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest, conversation_id: UUID) -> HttpResponse:
        conversation = selectors.conversation(self.viewer, conversation_id)
        if not conversation.is_for_team or conversation.team is None:
            raise ConversationNotFound
        others = selectors.colleagues(conversation.team.state, conversation.my_id)
        context = {
            "page_title": pgettext("vclinic_messages", "Hand over"),
            "conversation": conversation,
            "colleagues": others,
            "absences": selectors.absences_of(self.viewer, [each.person for each in others]),
        }
        if self.wanted_part == "vcm-menu":
            return self.part("hand_over_menu", context)
        return self.page("hand_over", context)

    def post(self, request: HttpRequest, conversation_id: UUID) -> HttpResponse:
        try:
            if "to" not in request.POST:
                raise InvalidInput.on("to", "required", _("Choose a member of the team."))
            actions.assign(
                conversation=conversation_id,
                actor=signed_in(request.user),
                to=request.POST["to"] or None,
            )
        except WITH_OWN_PAGE:
            raise
        except MessagesError as refusal:
            return self.not_done(refusal, conversation_id)
        if self.wanted_part == "vcm-work":
            return self.part("work", self.done(request, conversation_id))
        return redirect("vclinic_messages:conversation", conversation_id)

    def done(self, request: HttpRequest, conversation_id: UUID) -> dict[str, object]:
        """Return the variables of the strip: what was done, and to whom Undo gives the conversation."""
        is_undone = request.POST.get("action") == "undo"
        is_mine = request.POST.get("to") == str(self.viewer.key)
        return {
            "conversation": selectors.conversation(self.viewer, conversation_id),
            "is_part": True,
            "assigned": "undone" if is_undone else "taken" if is_mine else "handed",
            "was": request.POST.get("was", ""),
        }


class WritingView(ConversationAction):
    """Tell the colleagues of the team that the viewer is writing. The script posts it, without the text."""

    def post(self, request: HttpRequest, conversation_id: UUID) -> HttpResponseBase:
        actions.note_writing(viewer=self.viewer, conversation=conversation_id)
        return HttpResponse(status=204)
