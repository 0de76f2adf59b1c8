"""The form in which staff say when they are away. It works without a script."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from vclinic_messages import actions, selectors
from vclinic_messages.errors import ConversationNotFound, InvalidInput, MessagesError
from vclinic_messages.pages.forms import TypedField, TypedForm
from vclinic_messages.pages.page import MessagesPage
from vclinic_messages.pages.refusals import WITH_OWN_PAGE
from vclinic_messages.user_types import signed_in


def said_after(request: HttpRequest) -> str:
    """Return what the inbox says first after an absence was saved or ended; empty otherwise."""
    said = {"saved": _("Your absence is saved."), "ended": _("Your absence has ended.")}
    return said.get(request.GET.get("absence", ""), "")


class AbsenceForm(TypedForm):
    """The days of an absence, and the id of the recipient to write to instead."""

    first_day = forms.DateField(required=False)
    until = forms.DateField(required=False)
    instead = TypedField()


class AbsenceView(MessagesPage):
    """Show, save and end the viewer's own absence. For staff."""

    def get(self, request: HttpRequest) -> HttpResponse:
        self.check_role()
        return self.form(self.stored(), {})

    def post(self, request: HttpRequest) -> HttpResponse:
        self.check_role()
        values = AbsenceForm(request.POST).values()
        if self.wanted_part == "vcm-preview":
            return self.part("absence_preview", self.context(values))
        user = signed_in(request.user)
        is_ended = request.POST.get("action") == "end"
        try:
            if is_ended:
                actions.end_absence(actor=user, who=user)
            else:
                actions.set_absence(actor=user, who=user, **self.checked(values))
        except WITH_OWN_PAGE:
            raise
        except InvalidInput as refusal:
            errors = {name: problems[0].detail for name, problems in refusal.errors.items()}
            return self.form(values, errors, status=refusal.status)
        except MessagesError as refusal:
            return self.form(values, {"until": refusal.detail}, status=refusal.status)
        return redirect(f"{reverse('vclinic_messages:inbox')}?absence={'ended' if is_ended else 'saved'}")

    def check_role(self) -> None:
        """Answer patients as if there were no such page."""
        if not self.viewer.role.is_staff:
            raise ConversationNotFound

    def stored(self) -> dict[str, Any]:
        """Return the values of the stored absence. A new one begins today."""
        absence = selectors.own_absence(self.viewer)
        if absence is None:
            return {"first_day": self.viewer.settings.today, "until": None, "instead": ""}
        instead = selectors.owner_id(absence.instead) if absence.instead else ""
        return {"first_day": absence.first_day, "until": absence.until, "instead": instead, "is_stored": True}

    def checked(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments of the action. Raises InvalidInput for a day that cannot be read."""
        if values["first_day"] is None:
            raise InvalidInput.on("from", "required", _("Enter the first day away."))
        if values["until"] is None and self.request.POST.get("until"):
            raise InvalidInput.on("until", "invalid_type", _("Enter the first day back."))
        return {
            "first_day": values["first_day"],
            "until": values["until"],
            "instead": values["instead"] or None,
        }

    def form(self, values: dict[str, Any], errors: dict[str, Any], *, status: int = 200) -> HttpResponse:
        teams, colleagues = selectors.cover_choices(self.viewer)
        choices = {"teams": teams, "colleagues": colleagues}
        response = self.page("absence", {**self.context(values), **choices, "errors": errors})
        response.status_code = status
        return response

    def context(self, values: dict[str, Any]) -> dict[str, object]:
        until: date | None = values["until"]
        today = self.viewer.settings.today
        led_to = selectors.led_to(self.viewer, values["instead"], max(values["first_day"] or today, today))
        return {
            "page_title": pgettext("vclinic_messages", "Your absence"),
            "view": "absence",
            "absence": values,
            "me": selectors.me(self.viewer),
            "away": selectors.Away(until),
            "absences": selectors.away_today(self.viewer),
            "cover_name": selectors.cover_name(self.viewer, led_to),
            "leads_to_phone": bool(values["instead"]) and not led_to,
        }
