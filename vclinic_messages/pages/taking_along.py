"""Taking a typed text along to another recipient, and back. Its draft moves with it."""

from __future__ import annotations

from abc import abstractmethod
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_variables

from vclinic_messages import actions, selectors
from vclinic_messages.errors import ConversationNotFound, DraftConflict, MessagesError
from vclinic_messages.pages.conversation_context import conversation_context
from vclinic_messages.pages.drafts import DraftButtons, FormDraft, conflict_with
from vclinic_messages.pages.failures import draft_not_saved
from vclinic_messages.pages.forms import MessageForm, NewMessageForm, TakenAlongForm
from vclinic_messages.pages.refusals import WITH_OWN_PAGE
from vclinic_messages.selectors import DraftPlace


class TakesAlong(DraftButtons):
    """The buttons "Write to …", for somebody who is not away, and "Bring it back"."""

    def taken_along(self, form: NewMessageForm) -> HttpResponse | None:
        """Do what one of these buttons asks for; None for any other button."""
        values = TakenAlongForm(form.data).values()
        if values["back"]:
            return self.bring_back(form, values["back"])
        if values["instead"]:
            return self.write_instead(form, values["instead"])
        return None

    def origin(self) -> selectors.ConversationSummary | None:
        """Return the conversation in which the text was typed, if it was brought along."""
        return self.readable(TakenAlongForm(self.request.GET).values()["origin"])

    def readable(self, key: UUID | None) -> selectors.ConversationSummary | None:
        """Return the conversation with this id; None if the viewer reads no such conversation."""
        try:
            return selectors.conversation(self.viewer, key) if key else None
        except ConversationNotFound:
            return None

    @method_decorator(sensitive_variables())
    def write_instead(self, form: NewMessageForm, recipient: str) -> HttpResponse:
        """Open the form for this recipient, or a conversation with them, with the typed text in it."""
        text, origin = form.values()["body"], self.origin()
        posted = {name: form.data[name] for name in form.data if name != "key" or origin is None}
        chosen = NewMessageForm({**posted, "recipient": recipient})
        if origin is None:
            return self.form_for(chosen)
        existing = selectors.conversation_with(self.viewer, recipient)
        place = DraftPlace(conversation=existing.id) if existing else DraftPlace(recipient=recipient)
        draft = self.moved_to(place, form, DraftPlace(conversation=origin.id)) if text.strip() else None
        if existing:
            context = conversation_context(
                self.viewer, existing.id, text=text if draft else None, draft=draft
            )
            response = self.page("conversation", {**context, "brought_from": origin if draft else None})
            response["HX-Push-Url"] = existing.url or ""
            return response
        response = self.form_for(chosen, draft=draft)
        query = urlencode({"recipient": recipient, "origin": origin.id})
        response["HX-Push-Url"] = f"{reverse('vclinic_messages:new')}?{query}"
        return response

    @abstractmethod
    def form_for(self, form: NewMessageForm, *, draft: FormDraft | None = None) -> HttpResponse:
        """Respond with the form for a new message, and everything typed in it."""

    @method_decorator(sensitive_variables())
    def moved_to(self, place: DraftPlace, form: MessageForm, was: DraftPlace) -> FormDraft:
        """Move the draft to this place. A draft that is there already is not overwritten, but offered."""
        data = form.values()
        try:
            moved = actions.save_draft(
                viewer=self.viewer, place=place, was=was, body=data["body"], version=data["draft"] or 0
            )
        except WITH_OWN_PAGE:
            raise
        except DraftConflict:
            stored = selectors.draft_at(self.viewer, place)
            if stored is not None and stored.body:
                return FormDraft(0, conflict=conflict_with(stored))
            return FormDraft(stored.version if stored else 0)
        except MessagesError:  # such as a text that is too long: it stays in the field
            return FormDraft()
        return FormDraft(moved.version)

    @method_decorator(sensitive_variables())
    def bring_back(self, form: NewMessageForm, conversation: UUID) -> HttpResponse:
        """Open the conversation in which the text was typed, and move the draft back there."""
        data = form.values()
        existing = TakenAlongForm(self.request.GET).values()["existing"]
        try:
            if data["body"].strip():
                actions.save_draft(
                    viewer=self.viewer,
                    place=DraftPlace(conversation=conversation),
                    was=DraftPlace(conversation=existing) if existing else self.was_at(form),
                    body=data["body"],
                    version=data["draft"] or 0,
                )
        except WITH_OWN_PAGE:
            raise
        except DraftConflict:  # another draft is there already, or the text was never saved here
            return self.opened_with(conversation, data["body"])
        except MessagesError as refusal:
            return self.form_again(
                form, data["body"], FormDraft(data["draft"] or 0), draft_not_saved(refusal)
            )
        return redirect("vclinic_messages:conversation", conversation)

    @method_decorator(sensitive_variables())
    def opened_with(self, key: UUID, text: str) -> HttpResponse:
        """Open the conversation with this text in its form. A draft that is there already is offered."""
        conversation = selectors.conversation(self.viewer, key)
        draft = FormDraft(conversation.draft_version)
        if conversation.draft:
            draft = FormDraft(0, conflict=conflict_with(conversation.draft))
        context = conversation_context(self.viewer, conversation, text=text, draft=draft)
        response = self.page("conversation", context)
        response["HX-Push-Url"] = conversation.url or ""
        return response
