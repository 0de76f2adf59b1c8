"""The quick replies of staff: a page to keep one's own, and the list that the composer opens."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import pgettext
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from vclinic_messages import actions, selectors
from vclinic_messages.errors import ConversationNotFound, InvalidInput, MessagesError, NotForThisRole
from vclinic_messages.models import QuickReply
from vclinic_messages.pages.form_checks import typed_values
from vclinic_messages.pages.forms import SearchField, TypedField, TypedForm
from vclinic_messages.pages.page import MessagesPage
from vclinic_messages.pages.refusals import wants_json

hides_texts = method_decorator(sensitive_post_parameters("title", "body", "find"), name="dispatch")


class ReplyTextForm(TypedForm):
    """The name and the text of a quick reply, exactly as they were typed."""

    title = TypedField()
    body = TypedField()


class FindReplyForm(TypedForm):
    """The words of the search in the composer."""

    find = SearchField()


class QuickReplyPage(MessagesPage):
    """Base of the pages about the viewer's own quick replies. To a patient there are none."""

    http_method_names = ["get", "head", "post"]

    def own(self, reply_id: int | None) -> QuickReply | None:
        """Return a quick reply of the viewer's own, or None for a new one. Raises ConversationNotFound."""
        try:
            found = selectors.own_quick_replies(self.viewer)
        except NotForThisRole:
            raise ConversationNotFound from None
        if reply_id is None:
            return None
        reply = found.filter(pk=reply_id).first() if reply_id < 2**63 else None
        if reply is None:
            raise ConversationNotFound
        return reply

    @sensitive_variables()
    def change(self, reply: QuickReply | None) -> HttpResponseBase:
        values = ReplyTextForm(self.request.POST).values()
        try:
            changed = actions.change_own_quick_reply(viewer=self.viewer, reply=reply, **values)
        except InvalidInput as refusal:
            errors = {field: problems[0].detail for field, problems in refusal.errors.items()}
            return self.show(reply, values, errors, status=refusal.status)
        return redirect(f"{reverse('vclinic_messages:quick_replies')}?saved={changed.pk}")

    @sensitive_variables()
    def show(
        self,
        reply: QuickReply | None,
        values: dict[str, str] | None = None,
        errors: Mapping[str, object] | None = None,
        status: int = 200,
    ) -> HttpResponse:
        usable = [] if reply else list(selectors.quick_replies(self.viewer))
        context = {
            "page_title": pgettext("vclinic_messages", "Quick replies"),
            "view": "own",
            "reply": reply,
            "own": [each for each in usable if each.owner_id is not None],
            "shared": [each for each in usable if each.owner_id is None],
            "values": values or {"title": reply.title if reply else "", "body": reply.body if reply else ""},
            "errors": errors or {},
            "said_first": "" if errors else self.said_first(),
            "saved": self.request.GET.get("saved"),
        }
        response = self.page("quick_replies", context)
        response.status_code = status
        return response

    def said_first(self) -> str:
        """Return what was done to get here; empty otherwise."""
        done = {
            "saved": pgettext("vclinic_messages", "Saved."),
            "deleted": pgettext("vclinic_messages", "Deleted."),
        }
        return next((says for name, says in done.items() if name in self.request.GET), "")

    def give_back(self, refusal: MessagesError) -> HttpResponse:
        """Respond to a form whose token is too old with the form itself and the typed text."""
        if wants_json(self.request):
            return super().give_back(refusal)
        reply = self.own(self.kwargs.get("reply_id"))
        values = ReplyTextForm(typed_values(self.request)).values()
        return self.show(reply, values, {"body": refusal.detail}, status=refusal.status)


@hides_texts
class QuickRepliesView(QuickReplyPage):
    """All that the viewer may insert, and a form to add their own. ``find`` lists what a search finds."""

    def get(self, request: HttpRequest) -> HttpResponse:
        self.own(None)
        return self.show(None)

    @method_decorator(sensitive_variables())
    def post(self, request: HttpRequest) -> HttpResponseBase:
        self.own(None)
        if not self.only_reads():
            return self.change(None)
        search = FindReplyForm(request.POST).values()["find"]
        found, has_more = selectors.listed_quick_replies(self.viewer, search)
        return self.part("replies_found", {"replies": found, "search": search, "has_more": has_more})

    def only_reads(self) -> bool:
        return "find" in self.request.POST


@hides_texts
class QuickReplyView(QuickReplyPage):
    """Change or delete (``action=delete``) a quick reply of the viewer's own."""

    def get(self, request: HttpRequest, reply_id: int) -> HttpResponse:
        return self.show(self.own(reply_id))

    @method_decorator(sensitive_variables())
    def post(self, request: HttpRequest, reply_id: int) -> HttpResponseBase:
        reply = self.own(reply_id)
        if reply is not None and request.POST.get("action") == "delete":
            actions.delete_own_quick_reply(viewer=self.viewer, reply=reply)
            return redirect(f"{reverse('vclinic_messages:quick_replies')}?deleted=1")
        return self.change(reply)
