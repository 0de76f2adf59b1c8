"""The pages. A view reads what was posted, calls an action and shows the result."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from vclinic_messages import actions, selectors
from vclinic_messages.errors import (
    ClinicMismatch,
    ConversationNotFound,
    FieldError,
    InvalidInput,
    MessagesDisabled,
    MessagesError,
    NotAMember,
    StaleForm,
)
from vclinic_messages.models import Conversation
from vclinic_messages.pages.conversation_context import (
    arrivals_context,
    conversation_context,
    requested_range,
)
from vclinic_messages.pages.failures import Failure, next_key, not_done, not_sent
from vclinic_messages.pages.form_checks import typed_values
from vclinic_messages.pages.forms import MessageForm, NewMessageForm, ReadForm, ReplyForm, sends_nothing
from vclinic_messages.pages.listing import Listing, listing, listing_with_conversation, posted_search
from vclinic_messages.pages.page import MessagesPage, marked_as_ours
from vclinic_messages.pages.picker import picker
from vclinic_messages.pages.refusals import wants_json
from vclinic_messages.user_types import signed_in

#: Errors that have a page of their own, which MessagesViewMixin shows.
WITH_OWN_PAGE = (ClinicMismatch, ConversationNotFound, MessagesDisabled, NotAMember)

#: In the address to which "No answer needed" leads: the page confirms it.
REMOVED = "removed"

hides_texts = method_decorator(sensitive_post_parameters("body", "q"), name="dispatch")


@hides_texts
class InboxView(MessagesPage):
    """The list of conversations, with none of them open. A search is posted."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(listing(self.viewer, request.GET))

    @method_decorator(sensitive_variables())
    def post(self, request: HttpRequest) -> HttpResponse:
        return self.show(listing(self.viewer, request.POST, search=posted_search(request.POST)))

    def only_reads(self) -> bool:
        return True

    def show(self, found: Listing) -> HttpResponse:
        if self.wanted_part == "vcm-list":
            return self.part("list", {"listing": found, "is_part": True})
        if self.wanted_part == "vcm-more":
            return self.part("rows", {"listing": found})
        view = "empty" if found.has_nothing_yet else "list"
        return self.page("inbox", {"page_title": _("Messages"), "listing": found, "view": view})


@hides_texts
class NewView(MessagesPage):
    """The form for a new message to a chosen recipient."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.form(NewMessageForm(request.GET))

    @method_decorator(sensitive_variables())
    def post(self, request: HttpRequest) -> HttpResponse:
        form = NewMessageForm(request.POST)
        if (response := self.without_sending(form)) is not None:
            return response
        try:
            conversation = self.start(form)
        except WITH_OWN_PAGE:
            raise
        except MessagesError as refusal:
            return self.form(form, not_sent(refusal))
        return redirect("vclinic_messages:conversation", conversation.pk)

    def give_back(self, refusal: StaleForm) -> HttpResponse:
        form = NewMessageForm(typed_values(self.request))
        return self.without_sending(form) or self.form(form, not_sent(refusal))

    def without_sending(self, form: NewMessageForm) -> HttpResponse | None:
        """Respond to a button that sends nothing: the search, or going on in an existing conversation."""
        if form.data.get("action") == "continue":
            return self.continue_existing(form)
        return self.form(form) if sends_nothing(form.data) else None

    def list_query(self) -> dict[str, object]:
        """Return an empty query, because a search in this URL is for people and not for conversations."""
        return {}

    def start(self, form: NewMessageForm) -> Conversation:
        """Start the conversation. Raises what ``actions.start_conversation`` raises."""
        data = form.values()
        try:
            return actions.start_conversation(
                sender=signed_in(self.request.user),
                recipient=data["recipient"],
                body=data["body"],
                key=data["key"],
            )
        except InvalidInput as refusal:
            if data["recipient"]:
                raise
            nobody = FieldError("required", _("Choose who to write to."))
            raise InvalidInput(refusal.errors | {"recipient": [nobody]}) from None

    def continue_existing(self, form: NewMessageForm) -> HttpResponse:
        """Open the existing conversation with the typed text in its form. The text is never in a URL."""
        existing = picker(self.viewer, form.data).existing
        if existing is None:
            return self.form(form)
        context = conversation_context(self.viewer, existing.id, text=form.values()["body"])
        response = self.page("conversation", context)
        response["HX-Push-Url"] = existing.url or ""
        return response

    def form(self, form: NewMessageForm, failure: Failure | None = None) -> HttpResponse:
        """Respond with the form and everything typed in it, or for htmx with the part that changes."""
        data = form.values()
        is_posted = self.request.method == "POST"
        key = next_key(data["key"] if is_posted else None, failure)
        if failure and self.wanted_part:
            return self.alert(failure, text=data["body"], key=key)
        found = picker(self.viewer, form.data)
        if self.wanted_part == "vcm-people":
            return self.part("people", {"picker": found})
        if self.wanted_part == "vcm-chosen":
            return self.part("chosen", {"picker": found})
        context = {
            "page_title": _("New message"),
            "view": "compose",
            "picker": found,
            "me": selectors.me(self.viewer),
            "text": data["body"] if is_posted else "",
            "key": key,
        }
        return self.page("new", context, failure=failure)


@hides_texts
class ConversationView(MessagesPage):
    """A conversation with a form to reply. Opening it does not mark it as read."""

    def get(self, request: HttpRequest, conversation_id: UUID) -> HttpResponse:
        before, after = requested_range(request.GET)
        if self.wanted_part == "vcm-messages" and after is not None:
            return self.part("arrivals", arrivals_context(self.viewer, conversation_id, after))
        if self.wanted_part is None:
            found, conversation = listing_with_conversation(self.viewer, conversation_id, request.GET)
            context = conversation_context(self.viewer, conversation, before=before, after=after)
            return self.page("conversation", {"listing": found, **self.confirmation(), **context})
        if self.wanted_part == "vcm-newer" and after is not None:
            return self.part("messages", arrivals_context(self.viewer, conversation_id, after))
        context = conversation_context(self.viewer, conversation_id, before=before)
        if self.wanted_part == "vcm-earlier":
            return self.part("messages", context)
        return self.page("conversation", {**self.confirmation(), **context})

    def confirmation(self) -> dict[str, object]:
        """Return whether to say that the conversation was removed from the waiting list."""
        return {"is_removed": REMOVED in self.request.GET}

    def only_reads(self) -> bool:
        return self.request.POST.get("action") == "open"

    def open_from_search(self, conversation_id: UUID) -> HttpResponse:
        """Respond to a row of a search. The list of what it found stays next to the conversation."""
        query = self.request.POST
        found, conversation = listing_with_conversation(
            self.viewer, conversation_id, query, search=posted_search(query)
        )
        return self.page(
            "conversation", {"listing": found, **conversation_context(self.viewer, conversation)}
        )

    @method_decorator(sensitive_variables())
    def post(self, request: HttpRequest, conversation_id: UUID) -> HttpResponse:
        if self.only_reads():
            return self.open_from_search(conversation_id)
        form = ReplyForm(request.POST)
        data = form.values()
        try:
            actions.send_message(
                conversation=conversation_id,
                sender=signed_in(request.user),
                body=data["body"],
                key=data["key"],
                seen=data["seen"],
            )
        except WITH_OWN_PAGE:
            raise
        except MessagesError as refusal:
            return self.refused(conversation_id, form, not_sent(refusal))
        return redirect("vclinic_messages:conversation", conversation_id)

    def give_back(self, refusal: StaleForm) -> HttpResponse:
        form = ReplyForm(typed_values(self.request))
        return self.refused(self.kwargs["conversation_id"], form, not_sent(refusal))

    def refused(self, conversation_id: UUID, form: MessageForm, failure: Failure) -> HttpResponse:
        """Respond with the typed text and why it was not sent, or for htmx with the reason only."""
        data = form.values()
        if self.wanted_part:
            return self.alert(failure, text=data["body"], key=next_key(data["key"], failure))
        context = conversation_context(
            self.viewer, conversation_id, text=data["body"], key=data["key"], failure=failure
        )
        return self.page("conversation", context, failure=failure)


class ConversationAction(MessagesPage):
    """A button of a conversation's page."""

    http_method_names = ["post"]

    def give_back(self, refusal: StaleForm) -> HttpResponse:
        if wants_json(self.request):
            return super().give_back(refusal)
        return self.not_done(refusal, self.kwargs["conversation_id"])

    def not_done(self, refusal: MessagesError, conversation_id: UUID) -> HttpResponse:
        """Show the conversation, with why nothing was changed."""
        context = conversation_context(self.viewer, conversation_id)
        return self.page("conversation", context, failure=not_done(refusal))


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
    """Remove a conversation from the clinic's waiting list. For staff."""

    def post(self, request: HttpRequest, conversation_id: UUID) -> HttpResponse:
        try:
            actions.no_answer_needed(conversation=conversation_id, actor=signed_in(request.user))
        except WITH_OWN_PAGE:
            raise
        except MessagesError as refusal:
            return self.not_done(refusal, conversation_id)
        return redirect(reverse("vclinic_messages:conversation", args=[conversation_id]) + f"?{REMOVED}=true")


def _message(form: ReadForm) -> int:
    if form.is_valid():
        return int(form.cleaned_data["message"])
    raise InvalidInput.on("message", "required", _("Say which message was read."))
