"""The calls for members of a team: taking a conversation, and telling colleagues that one is writing."""

from __future__ import annotations

from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from vclinic_messages import actions, selectors
from vclinic_messages.api import inputs, outputs
from vclinic_messages.api.base_views import ViewerAPIView, conversation_key
from vclinic_messages.api.openapi import documented
from vclinic_messages.user_types import signed_in


class AssignView(ViewerAPIView):
    """Take a conversation of my team, hand it over to a colleague, or give it back to the team (null)."""

    @documented("assign", outputs.ConversationOutput, takes=inputs.AssignInput, one=True)
    def post(self, request: Request, conversation_id: str) -> Response:
        key = conversation_key(conversation_id)
        form = inputs.AssignInput(data=request.data)
        if not form.is_valid():
            selectors.conversation(self.viewer, key)  # "not found" comes before "invalid"
        form.is_valid(raise_exception=True)
        actions.assign(conversation=key, actor=signed_in(request.user), to=form.validated_data["to"])
        return Response(outputs.ConversationOutput(selectors.conversation(self.viewer, key)).data)


class WritingView(ViewerAPIView):
    """Tell my colleagues in the team that I am writing. It takes no text and is not needed to send."""

    @documented("writing", None, one=True, status=204)
    def post(self, request: Request, conversation_id: str) -> Response:
        actions.note_writing(viewer=self.viewer, conversation=conversation_key(conversation_id))
        return Response(status=status.HTTP_204_NO_CONTENT)
