"""The pages. A view reads what was posted, calls an action and shows the result."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from vclinic_messages import actions, selectors
from vclinic_messages.errors import AnsweredMeanwhile, DraftConflict, FieldError, InvalidInput, MessagesError
from vclinic_messages.models import Conversation
from vclinic_messages.pages.absences import said_after
from vclinic_messages.pages.conversation_context import (
    arrivals_context,
    conversation_context,
    requested_part,
)
from vclinic_messages.pages.drafts import DraftButtons, FormDraft, conflict_with, shown_draft
from vclinic_messages.pages.failures import Failure, draft_not_saved, next_key, not_sent
from vclinic_messages.pages.form_checks import typed_values
from vclinic_messages.pages.forms import MessageForm, NewMessageForm, ReplyForm, purpose
from vclinic_messages.pages.listing import (
    Listing,
    list_place,
    listing,
    listing_with_conversation,
    posted_search,
)
from vclinic_messages.pages.page import MessagesPage
from vclinic_messages.pages.picker import Picker, picker
from vclinic_messages.pages.refusals import WITH_OWN_PAGE, wants_json
from vclinic_messages.pages.remembered_search import remember_search, remembered_search
from vclinic_messages.pages.taking_along import TakesAlong
from vclinic_messages.selectors import DraftPlace
from vclinic_messages.user_types import signed_in

hides_texts = method_decorator(sensitive_post_parameters("body", "q", "discarded"), name="dispatch")


@hides_texts
class InboxView(MessagesPage):
    """The list of conversations, with none of them open. A search is posted."""

    @method_decorator(sensitive_variables())
    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(listing(self.viewer, request.GET, search=remembered_search(request)))

    @method_decorator(sensitive_variables())
    def post(self, request: HttpRequest) -> HttpResponse:
        search = posted_search(request.POST)
        if self.wanted_part is None:
            searched = remember_search(request, search)
            return redirect(address("inbox", query={**list_place(request.POST), **searched}))
        return self.show(listing(self.viewer, request.POST, search=search))

    def only_reads(self) -> bool:
        return True

    def show(self, found: Listing) -> HttpResponse:
        if self.wanted_part == "vcm-list":
            return self.part("list", {"listing": found, "is_part": True})
        if self.wanted_part == "vcm-more":
            return self.part("rows", {"listing": found})
        context = {
            "page_title": pgettext("vclinic_messages", "Messages"),
            "listing": found,
            "view": "empty" if found.has_nothing_yet else "list",
            "said_first": said_after(self.request),
        }
        return self.page("inbox", context)


@hides_texts
class NewView(TakesAlong):
    """The form for a new message to a chosen recipient."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.form(NewMessageForm(request.GET))

    @method_decorator(sensitive_variables())
    def post(self, request: HttpRequest) -> HttpResponseBase:
        form = NewMessageForm(request.POST)
        if (response := self.draft_response(form) or self.without_sending(form)) is not None:
            return response
        try:
            conversation = self.start(form)
        except WITH_OWN_PAGE:
            raise
        except MessagesError as refusal:
            return self.form(form, not_sent(refusal))
        return redirect("vclinic_messages:conversation", conversation.pk)

    def give_back(self, refusal: MessagesError) -> HttpResponse:
        if wants_json(self.request):
            return super().give_back(refusal)
        form = NewMessageForm(typed_values(self.request))
        if purpose(form.data) == "save":
            return self.form(form, draft_not_saved(refusal))
        return self.without_sending(form) or self.form(form, not_sent(refusal))

    def without_sending(self, form: NewMessageForm) -> HttpResponse | None:
        """Respond to a button that sends nothing: the search, or going on elsewhere with the text."""
        if (response := self.taken_along(form)) is not None:
            return response
        if form.data.get("action") == "continue":
            return self.continue_existing(form)
        return self.form(form) if purpose(form.data) == "search" else None

    def list_query(self) -> dict[str, object]:
        """Return an empty query, because a search in this URL is for people and not for conversations."""
        return {}

    def place_of(self, form: MessageForm) -> DraftPlace:
        return DraftPlace(recipient=form.values()["recipient"] or None)

    def was_at(self, form: MessageForm) -> DraftPlace:
        was = form.values()["was"]
        return self.place_of(form) if was is None else DraftPlace(recipient=was or None)

    def url_of(self, place: DraftPlace) -> str:
        url = reverse("vclinic_messages:new")
        return f"{url}?{urlencode({'recipient': place.recipient})}" if place.recipient else url

    def form_of_newer(self, form: MessageForm) -> MessageForm:
        recipient = self.request.GET.get("recipient", "")
        return NewMessageForm({**dict(form.data.items()), "recipient": recipient, "was": recipient})

    def form_again(
        self, form: MessageForm, text: str, draft: FormDraft, failure: Failure | None
    ) -> HttpResponse:
        return self.form(form, failure, text=text, draft=draft)

    def form_for(self, form: NewMessageForm, *, draft: FormDraft | None = None) -> HttpResponse:
        return self.form(form, draft=draft)

    def start(self, form: NewMessageForm) -> Conversation:
        """Start the conversation. Raises what ``actions.start_conversation`` raises."""
        data = form.values()
        try:
            return actions.start_conversation(
                sender=signed_in(self.request.user),
                recipient=data["recipient"],
                body=data["body"],
                key=data["key"],
                draft=data["draft"],
                was=data["was"],
            )
        except InvalidInput as refusal:
            if data["recipient"]:
                raise
            nobody = FieldError("required", _("Choose who to write to."))
            raise InvalidInput(refusal.errors | {"recipient": [nobody]}) from None

    @method_decorator(sensitive_variables())
    def continue_existing(self, form: NewMessageForm) -> HttpResponse:
        """Open the existing conversation with the typed text in its form, and move the draft there.

        The text is never in a URL. A draft that is in the conversation already is not overwritten.
        """
        existing = picker(self.viewer, form.data).existing
        if existing is None:
            return self.form(form)
        text, draft = form.values()["body"], None
        if text.strip():
            draft = self.moved_draft(form, existing)
        context = conversation_context(self.viewer, existing.id, text=text if draft else None, draft=draft)
        response = self.page("conversation", context)
        response["HX-Push-Url"] = existing.url or ""
        return response

    def moved_draft(self, form: NewMessageForm, existing: selectors.ConversationSummary) -> FormDraft:
        """Move the draft to the conversation. Nothing is moved that cannot be saved there."""
        data = form.values()
        try:
            moved = actions.save_draft(
                viewer=self.viewer,
                place=DraftPlace(conversation=existing.id),
                was=self.was_at(form),
                body=data["body"],
                version=data["draft"] or 0,
            )
        except WITH_OWN_PAGE:
            raise
        except DraftConflict:
            if existing.draft is None:
                return FormDraft(existing.draft_version)
            return FormDraft(0, conflict=conflict_with(existing.draft))
        except MessagesError:
            return FormDraft(existing.draft_version)
        return FormDraft(moved.version)

    def form(
        self,
        form: MessageForm,
        failure: Failure | None = None,
        *,
        text: str | None = None,
        draft: FormDraft | None = None,
    ) -> HttpResponse:
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
        typed = data["body"] if is_posted else ""
        context = {
            "page_title": pgettext("vclinic_messages", "New message"),
            "view": "compose",
            "picker": found,
            "me": selectors.me(self.viewer),
            "text": typed if text is None else text,
            "draft": draft or FormDraft(data["draft"] or 0),
            "was": self.was_at(form).recipient or "",
            "key": key,
            "brought_from": self.origin(),
        }
        if draft is None and failure is None and not typed.strip():
            context |= self.stored_text(found, data["recipient"])
        return self.page("new", context, failure=failure)

    def stored_text(self, found: Picker, recipient: str) -> dict[str, object]:
        """Return the draft for this recipient as variables of the form, and where its text comes from.

        It is there also for a recipient who can no longer be written to, so that the text is not lost.
        """
        chosen = found.chosen.id if found.chosen else recipient or None
        stored = selectors.draft_at(self.viewer, DraftPlace(recipient=chosen))
        text, draft = shown_draft(stored)
        origin = self.readable(stored.origin) if stored and text else None
        return {"text": text, "draft": draft, "was": chosen or "", "brought_from": origin}


@hides_texts
class ConversationView(DraftButtons):
    """A conversation with a form to reply. Opening it does not mark it as read."""

    @method_decorator(sensitive_variables())
    def get(self, request: HttpRequest, conversation_id: UUID) -> HttpResponse:
        return self.show(conversation_id, request.GET, search=remembered_search(request))

    def only_reads(self) -> bool:
        return self.request.POST.get("action") == "open"

    @method_decorator(sensitive_variables())
    def show(self, conversation_id: UUID, query: Mapping[str, object], *, search: str = "") -> HttpResponse:
        """Show the conversation, or the part of it that htmx asks for.

        ``query`` is that of the list next to it, with a search that was posted.
        """
        part = requested_part(self.request.GET)
        if self.wanted_part == "vcm-work":
            opened = actions.open_conversation(viewer=self.viewer, conversation=conversation_id)
            return self.part("work", {"conversation": opened, "is_part": True})
        if part.after is not None and self.wanted_part in ("vcm-messages", "vcm-newer"):
            context = arrivals_context(self.viewer, conversation_id, part.after, search=search)
            return self.part("arrivals" if self.wanted_part == "vcm-messages" else "messages", context)
        if self.wanted_part is None:
            found, conversation = listing_with_conversation(
                self.viewer, conversation_id, query, search=search
            )
            context = conversation_context(self.viewer, conversation, part=part, search=search)
            return self.page("conversation", {"listing": found, **context})
        context = conversation_context(self.viewer, conversation_id, part=part, search=search)
        if self.wanted_part == "vcm-earlier":
            return self.part("messages", context)
        return self.page("conversation", context)

    @method_decorator(sensitive_variables())
    def post(self, request: HttpRequest, conversation_id: UUID) -> HttpResponseBase:
        if self.only_reads():
            search = posted_search(request.POST)
            if self.wanted_part is None:
                shown = {**list_place(request.POST), **request.GET.dict(), **remember_search(request, search)}
                return redirect(address("conversation", conversation_id, query=shown))
            return self.show(conversation_id, request.POST, search=search)
        form = ReplyForm(request.POST)
        if (response := self.draft_response(form)) is not None:
            return response
        data = form.values()
        try:
            actions.send_message(
                conversation=conversation_id,
                sender=signed_in(request.user),
                body=data["body"],
                key=data["key"],
                seen=data["seen"],
                draft=data["draft"],
            )
        except WITH_OWN_PAGE:
            raise
        except AnsweredMeanwhile as refusal:
            # Show the whole conversation: the form then has the id of the colleague's message as ``seen``.
            return self.form_again(form, data["body"], self.kept(form), not_sent(refusal))
        except MessagesError as refusal:
            return self.refused(conversation_id, form, not_sent(refusal))
        return redirect("vclinic_messages:conversation", conversation_id)

    def give_back(self, refusal: MessagesError) -> HttpResponse:
        if wants_json(self.request):
            return super().give_back(refusal)
        form = ReplyForm(typed_values(self.request))
        failure = draft_not_saved(refusal) if purpose(form.data) == "save" else not_sent(refusal)
        return self.refused(self.kwargs["conversation_id"], form, failure)

    def refused(self, conversation_id: UUID, form: MessageForm, failure: Failure) -> HttpResponse:
        """Respond with the typed text and why it was not sent, or for htmx with the reason only."""
        data = form.values()
        if self.wanted_part:
            return self.alert(failure, text=data["body"], key=next_key(data["key"], failure))
        return self.form_again(form, data["body"], FormDraft(data["draft"] or 0), failure)

    def place_of(self, form: MessageForm) -> DraftPlace:
        return DraftPlace(conversation=self.kwargs["conversation_id"])

    was_at = place_of

    def url_of(self, place: DraftPlace) -> str:
        return reverse("vclinic_messages:conversation", args=[place.conversation])

    def form_again(
        self, form: MessageForm, text: str, draft: FormDraft, failure: Failure | None
    ) -> HttpResponse:
        key = form.values()["key"]
        context = conversation_context(
            self.viewer,
            self.kwargs["conversation_id"],
            text=text,
            key=key,
            failure=failure,
            draft=draft,
        )
        return self.page("conversation", context, failure=failure)


def address(name: str, *args: object, query: Mapping[str, str]) -> str:
    """Return the address of a page of ours with this query."""
    url = reverse(f"vclinic_messages:{name}", args=args)
    return f"{url}?{urlencode(query)}" if query else url
