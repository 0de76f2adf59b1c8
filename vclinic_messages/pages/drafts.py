"""The draft buttons of both forms: save, discard, undo, and the choice between two drafts."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from datetime import datetime

from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import pgettext
from django.views.decorators.debug import sensitive_variables

from vclinic_messages import actions, selectors
from vclinic_messages.errors import DraftConflict, InvalidInput, MessagesError, Throttled
from vclinic_messages.message_text import with_line_ends
from vclinic_messages.models import Draft
from vclinic_messages.pages.failures import Failure, draft_not_saved
from vclinic_messages.pages.forms import MessageForm, purpose
from vclinic_messages.pages.page import MessagesPage, marked_as_ours
from vclinic_messages.pages.refusals import WITH_OWN_PAGE, refusal_json, wants_json
from vclinic_messages.selectors import DraftItem, DraftPlace
from vclinic_messages.times import Times


@dataclass(frozen=True, slots=True)
class FormDraft:
    """What a form shows of drafts.

    ``version`` is the one that the text in the form was typed from. ``restored_at`` is when the text was
    saved, if it is the stored draft. ``conflict`` is a newer draft that the person may choose instead.
    ``discarded`` is the discarded text, for Undo. ``is_newer`` says that a newer draft has replaced it.
    """

    version: int = 0
    restored_at: datetime | None = None
    conflict: Conflict | None = None
    discarded: str = field(default="", repr=False)
    is_newer: bool = False


@dataclass(frozen=True, slots=True)
class Conflict:
    """A newer version of a draft. ``draft`` is None if its text was sent or discarded."""

    version: int
    draft: DraftItem | None


class DraftButtons(MessagesPage):
    """A page with a form whose text can be saved as a draft."""

    @abstractmethod
    def place_of(self, form: MessageForm) -> DraftPlace:
        """Return what the form's text is for."""

    @abstractmethod
    def was_at(self, form: MessageForm) -> DraftPlace:
        """Return the place under which the form's text was last saved."""

    @abstractmethod
    def url_of(self, place: DraftPlace) -> str:
        """Return the address of the page that opens with this draft."""

    def form_of_newer(self, form: MessageForm) -> MessageForm:
        """Return the form with the place of the newer draft that it offers."""
        return form

    @abstractmethod
    def form_again(
        self, form: MessageForm, text: str, draft: FormDraft, failure: Failure | None
    ) -> HttpResponse:
        """Respond with the form."""

    @sensitive_variables()
    def draft_response(self, form: MessageForm) -> HttpResponseBase | None:
        """Do what a draft button asks for; None for any other button."""
        if purpose(form.data) != "save":
            return None
        action, data = form.data["action"], form.values()
        try:
            if action == "use-newer":
                return self.newer_taken(self.form_of_newer(form))
            if action == "discard":
                return self.discarded(form, self.discard(form))
            return self.saved(form, self.save_draft(form, undo=action == "undo"))
        except DraftConflict as refusal:
            return self.conflict(form, refusal)
        except WITH_OWN_PAGE:
            raise
        except MessagesError as refusal:
            if wants_json(self.request):
                return self.refused_json(refusal)
            failure = draft_not_saved(refusal)
            if self.wanted_part:
                return self.alert(failure, text=data["body"], key=data["key"])
            return self.form_again(form, data["body"], FormDraft(data["draft"] or 0), failure)

    def save_draft(self, form: MessageForm, *, undo: bool) -> Draft:
        data = form.values()
        texts = [data["body"]]
        if undo:  # it keeps what was typed after the discarded text
            texts = [data["discarded"]] if self.is_stored(form) else [data["discarded"], data["body"]]
        return actions.save_draft(
            viewer=self.viewer,
            place=self.place_of(form),
            was=self.was_at(form),
            body="\n".join(text for text in texts if text),
            version=data["draft"] or 0,
            newer=data["newer"] if form.data.get("action") == "keep" else None,
        )

    def is_stored(self, form: MessageForm) -> bool:
        """Return whether the form's text is that of the stored draft."""
        stored = selectors.draft_at(self.viewer, self.place_of(form))
        return stored is not None and with_line_ends(form.values()["body"]).strip() == stored.body.strip()

    @sensitive_variables()
    def kept(self, form: MessageForm) -> FormDraft:
        """Save the text of a form that was refused, so that it is not lost with the page."""
        version = form.values()["draft"] or 0
        try:
            return FormDraft(self.save_draft(form, undo=False).version)
        except DraftConflict as refusal:
            return FormDraft(
                version, conflict=conflict_with(selectors.draft_with_id(self.viewer, refusal.draft))
            )
        except MessagesError:  # such as a text that is too long: it stays in the field
            return FormDraft(version)

    @sensitive_variables()
    def newer_taken(self, form: MessageForm) -> HttpResponseBase:
        """Put the newer draft into the form. The text that was in it comes back with Undo."""
        newer = selectors.draft_at(self.viewer, self.place_of(form))
        if newer is None or not newer.body:
            return redirect(self.url_of(self.place_of(form)))
        chosen = actions.save_draft(
            viewer=self.viewer,
            place=self.place_of(form),
            body=newer.body,
            version=newer.version,
            newer=newer.version,
        )
        draft = FormDraft(chosen.version, discarded=form.values()["body"], is_newer=True)
        return self.form_again(form, chosen.body, draft, None)

    def discard(self, form: MessageForm) -> Draft:
        return actions.discard_draft(
            viewer=self.viewer, place=self.was_at(form), version=form.values()["draft"]
        )

    def saved(self, form: MessageForm, draft: Draft) -> HttpResponseBase:
        if wants_json(self.request):
            return self.json(
                draft,
                pgettext("vclinic_messages", "Draft saved")
                if draft.body
                else pgettext("vclinic_messages", "Draft discarded."),
            )
        return redirect(self.url_of(self.place_of(form)))

    def discarded(self, form: MessageForm, draft: Draft) -> HttpResponseBase:
        if wants_json(self.request):
            return self.json(draft, pgettext("vclinic_messages", "Draft discarded."))
        text = form.values()["body"]
        return self.form_again(form, "", FormDraft(draft.version, discarded=text), None)

    def json(self, draft: Draft, says: str) -> HttpResponseBase:
        saved_at = timezone.localtime(draft.saved_at).isoformat()
        data = {"version": draft.version, "saved_at": saved_at, "says": says}
        return marked_as_ours(self.request, JsonResponse(data))

    @sensitive_variables()
    def conflict(self, form: MessageForm, refusal: DraftConflict) -> HttpResponseBase:
        """Respond with the newer draft. The typed text stays in the form, and is kept next to that draft."""
        stored = selectors.draft_with_id(self.viewer, refusal.draft)
        found = conflict_with(stored)
        if wants_json(self.request):
            answer = {
                "code": refusal.code,
                "detail": str(refusal.detail),
                "version": found.version,
                "draft": _described(found.draft) if found.draft else None,
            }
            return marked_as_ours(self.request, JsonResponse(answer, status=refusal.status))
        data = form.values()
        response = self.form_again(form, data["body"], FormDraft(data["draft"] or 0, conflict=found), None)
        response.status_code = refusal.status
        return response

    def refused_json(self, refusal: MessagesError) -> HttpResponse:
        failure = draft_not_saved(refusal)
        response = refusal_json(refusal)
        if isinstance(refusal, InvalidInput):
            detail = " ".join(failure.details)
            response = JsonResponse({"code": refusal.code, "detail": detail}, status=refusal.status)
        if isinstance(refusal, Throttled):
            response["Retry-After"] = str(refusal.retry_after)
        return marked_as_ours(self.request, response)


@sensitive_variables()
def shown_draft(stored: DraftItem | None) -> tuple[str, FormDraft]:
    """Return the text with which a form opens, and what the form shows of drafts.

    If there are two texts, the one that was refused is in the form, and the other one is offered.
    """
    if stored is None:
        return "", FormDraft()
    if stored.other:
        return stored.other, FormDraft(stored.other_version or 0, conflict=conflict_with(stored))
    return stored.body, FormDraft(stored.version, restored_at=stored.saved_at if stored.body else None)


def conflict_with(stored: DraftItem | None) -> Conflict:
    """Return the conflict with what is stored now."""
    return Conflict(stored.version if stored else 0, stored if stored and stored.body else None)


def _described(draft: DraftItem) -> dict[str, object]:
    return {
        "body": draft.body,
        "version": draft.version,
        "saved_at": timezone.localtime(draft.saved_at).isoformat(),
        "saved": Times().within_sentence(draft.saved_at),
        "recipient": draft.recipient,
        "recipient_name": draft.recipient_name,
    }
