"""The calls about drafts. Only their author sees them."""

from __future__ import annotations

from typing import Any

from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from vclinic_messages import actions, selectors
from vclinic_messages.api import inputs, outputs
from vclinic_messages.api.base_views import ViewerAPIView, conversation_key
from vclinic_messages.api.openapi import (
    DraftConflictOutput,
    ErrorOutput,
    NewDraftConflictOutput,
    NoDraftOutput,
    documented,
)
from vclinic_messages.api.pagination import KeysetPagination
from vclinic_messages.errors import ConversationNotFound, DraftConflict
from vclinic_messages.models import Draft
from vclinic_messages.selectors import DraftItem, DraftPlace


class DraftsView(ViewerAPIView):
    """My drafts of new messages, the last saved first."""

    @documented("list_drafts", outputs.NewDraftOutput, paged=True)
    def get(self, request: Request) -> Response:
        paginator = KeysetPagination()
        rows = paginator.paginate_queryset(selectors.new_message_drafts(self.viewer), request)
        items = selectors.draft_items(rows)
        return paginator.get_paginated_response(outputs.NewDraftOutput(items, many=True).data)


class DraftAPIView(ViewerAPIView):
    """Base of the calls about one draft."""

    http_method_names = ["get", "head", "put", "delete"]

    @method_decorator(sensitive_variables())
    def found(self, draft: DraftItem | None, output: type[outputs.Output]) -> Response:
        """Respond with the draft, or with 404 and the version from which a new one begins."""
        if draft is not None and draft.body:
            return Response(output(draft).data)
        data = {"code": ConversationNotFound.code, "detail": _("There is no draft here.")}
        return Response({**data, "version": _version(draft)}, status=status.HTTP_404_NOT_FOUND)

    @method_decorator(sensitive_variables())
    def save_draft(
        self, values: dict[str, Any], place: DraftPlace, was: DraftPlace | None = None
    ) -> Response:
        """Save and respond with the new version, or with the draft that is stored instead."""
        try:
            draft = actions.save_draft(
                viewer=self.viewer, place=place, was=was, body=values["body"], version=values["version"]
            )
        except DraftConflict as refusal:
            return self.conflict(refusal, place)
        return Response(outputs.DraftOutput(draft).data)

    @method_decorator(sensitive_variables())
    def conflict(self, refusal: DraftConflict, place: DraftPlace) -> Response:
        stored = selectors.draft_with_id(self.viewer, refusal.draft)
        output = outputs.DraftOutput if place.conversation else outputs.NewDraftOutput
        data = {
            "code": refusal.code,
            "detail": str(refusal.detail),
            "version": _version(stored),
            "draft": output(stored).data if stored is not None and stored.body else None,
        }
        return Response(data, status=refusal.status)


class ConversationDraftView(DraftAPIView):
    """My draft in a conversation."""

    @documented("conversation_draft", outputs.DraftOutput, one=True, also={404: NoDraftOutput})
    def get(self, request: Request, conversation_id: str) -> Response:
        conversation = selectors.conversation(self.viewer, conversation_key(conversation_id))
        return self.found(
            selectors.draft_at(self.viewer, DraftPlace(conversation=conversation.id)),
            outputs.DraftOutput,
        )

    @documented(
        "save_conversation_draft",
        outputs.DraftOutput,
        takes=inputs.DraftInput,
        one=True,
        also={409: DraftConflictOutput, 429: ErrorOutput},
    )
    @method_decorator(sensitive_variables())
    def put(self, request: Request, conversation_id: str) -> Response:
        key = conversation_key(conversation_id)
        form = inputs.DraftInput(data=request.data)
        if not form.is_valid():
            selectors.conversation(self.viewer, key)  # "not found" comes before "invalid"
        return self.save_draft(_valid(form), DraftPlace(conversation=key))

    @documented("discard_conversation_draft", None, one=True, status=204)
    def delete(self, request: Request, conversation_id: str) -> Response:
        place = DraftPlace(conversation=conversation_key(conversation_id))
        actions.discard_draft(viewer=self.viewer, place=place)
        return Response(status=status.HTTP_204_NO_CONTENT)


class NewDraftView(DraftAPIView):
    """My draft of a new message to a recipient, or the one that has no recipient yet."""

    @documented("draft", outputs.NewDraftOutput, filters={"recipient": str}, also={404: NoDraftOutput})
    def get(self, request: Request) -> Response:
        draft = selectors.draft_at(self.viewer, DraftPlace(recipient=_recipient(request)))
        return self.found(draft, outputs.NewDraftOutput)

    @documented(
        "save_draft",
        outputs.DraftOutput,
        takes=inputs.NewDraftInput,
        filters={"recipient": str},
        also={409: NewDraftConflictOutput, 429: ErrorOutput},
    )
    @method_decorator(sensitive_variables())
    def put(self, request: Request) -> Response:
        values = _valid(inputs.NewDraftInput(data=request.data))
        place = DraftPlace(recipient=values.get("recipient", _recipient(request)) or None)
        was = place  # the recipient under whom the draft was saved: in the body, or else in the URL
        if "was" in values:
            was = DraftPlace(recipient=values["was"] or None)
        elif "recipient" in request.query_params:
            was = DraftPlace(recipient=_recipient(request))
        return self.save_draft(values, place, was)

    @documented("discard_draft", None, status=204, filters={"recipient": str})
    def delete(self, request: Request) -> Response:
        actions.discard_draft(viewer=self.viewer, place=DraftPlace(recipient=_recipient(request)))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _recipient(request: Request) -> str | None:
    return request.query_params.get("recipient") or None


def _version(draft: Draft | DraftItem | None) -> int:
    return draft.version if draft else 0


def _valid(form: Serializer[Any]) -> dict[str, Any]:
    form.is_valid(raise_exception=True)
    values: dict[str, Any] = form.validated_data
    return values
