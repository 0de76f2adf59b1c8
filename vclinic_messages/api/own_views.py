"""The calls about what a person keeps for themselves: reminders and quick replies."""

from __future__ import annotations

from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_variables
from rest_framework.request import Request
from rest_framework.response import Response

from vclinic_messages import actions, selectors
from vclinic_messages.api import inputs, outputs
from vclinic_messages.api.base_views import ViewerAPIView
from vclinic_messages.api.openapi import documented
from vclinic_messages.api.pagination import KeysetPagination


class RemindersView(ViewerAPIView):
    """Whether I get an e-mail about what I have not read, if my clinic sends any."""

    http_method_names = ["get", "head", "put"]

    @documented("reminders", outputs.RemindersOutput)
    def get(self, request: Request) -> Response:
        return Response({"email": selectors.wants_reminders(self.viewer)})

    @documented("choose_reminders", outputs.RemindersOutput, takes=inputs.RemindersInput)
    def put(self, request: Request) -> Response:
        form = inputs.RemindersInput(data=request.data)
        form.is_valid(raise_exception=True)
        by_email: bool = form.validated_data["email"]
        actions.choose_reminders(viewer=self.viewer, by_email=by_email)
        return Response({"email": by_email})


class QuickRepliesView(ViewerAPIView):
    """The texts that I may insert into a message, by name. For staff."""

    @documented("list_quick_replies", outputs.QuickReplyOutput, paged=True, filters={"q": str})
    @method_decorator(sensitive_variables())
    def get(self, request: Request) -> Response:
        paginator = KeysetPagination()
        paginator.search = inputs.search_text(request)
        rows = selectors.quick_replies(self.viewer, paginator.search)
        found = paginator.paginate_queryset(rows, request)
        return paginator.get_paginated_response(outputs.QuickReplyOutput(found, many=True).data)
