"""Let a participant print or download a conversation."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse

from vclinic_messages import actions
from vclinic_messages.errors import ConversationNotFound, InvalidInput
from vclinic_messages.exports import FORMATS, as_page, streamed
from vclinic_messages.pages.page import MessagesPage


class PrintView(MessagesPage):
    """Show the whole conversation on one page, with links to download it."""

    def get(self, request: HttpRequest, conversation_id: UUID) -> HttpResponseBase:
        document = actions.print_conversation(viewer=self.viewer, conversation=conversation_id)
        chunks = as_page.chunks(
            document,
            formats=[(name, form.label) for name, form in FORMATS.items()],
            conversation_url=reverse("vclinic_messages:conversation", args=[document.id]),
            download_url=reverse("vclinic_messages:download", args=[document.id]),
        )
        return StreamingHttpResponse(
            streamed(request, chunks),
            content_type=FORMATS["html"].content_type,
            headers={"X-Content-Type-Options": "nosniff"},
        )


class DownloadView(MessagesPage):
    """Send the whole conversation as a file."""

    def get(self, request: HttpRequest, conversation_id: UUID) -> HttpResponseBase:
        name = request.GET.get("format", "html")
        try:
            document = actions.download_conversation(
                viewer=self.viewer, conversation=conversation_id, format=name
            )
        except InvalidInput:
            raise ConversationNotFound from None
        format = FORMATS[name]
        chunks = streamed(request, format.chunks(document))
        return StreamingHttpResponse(
            chunks, content_type=format.content_type, headers=format.headers(document)
        )
