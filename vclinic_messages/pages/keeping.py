"""A participant prints or takes along a conversation of their own."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from vclinic_messages import actions
from vclinic_messages.errors import ConversationNotFound, InvalidInput
from vclinic_messages.pages.page import MessagesPage
from vclinic_messages.selectors.exports import FORMATS, document_response, own_record, print_response


class PrintView(MessagesPage):
    """The whole conversation on one page, with what it can be downloaded as."""

    def get(self, request: HttpRequest, conversation_id: UUID) -> HttpResponseBase:
        found = actions.open_conversation(viewer=self.viewer, conversation=conversation_id)
        return print_response(
            request,
            own_record(found),
            formats=[(name, form.label) for name, form in FORMATS.items()],
            conversation_url=found.url,
            download_url=reverse("vclinic_messages:download", args=[found.id]),
        )


class DownloadView(MessagesPage):
    """The whole conversation as a file."""

    def get(self, request: HttpRequest, conversation_id: UUID) -> HttpResponseBase:
        wanted = request.GET.get("format", "html")
        try:
            document = actions.download_conversation(
                viewer=self.viewer, conversation=conversation_id, format=wanted
            )
        except InvalidInput:
            raise ConversationNotFound from None
        return document_response(request, document)
