"""List, set and end the absences of the clinic's staff and teams."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from vclinic_messages import actions
from vclinic_messages.errors import InvalidInput
from vclinic_messages.policies import may_set_absence
from vclinic_messages.selectors import absence_rows, owner_id, team_rows
from vclinic_messages.selectors.absence_rows import AbsenceRow
from vclinic_messages.teams import recipient_id
from vclinic_messages.user_types import signed_in
from vclinic_messages.wagtail_admin.access import ClinicAdminMixin
from vclinic_messages.wagtail_admin.report_base import DayInput
from vclinic_messages.wagtail_admin.teams import person_label

INDEX = "vclinic_messages_admin:absences"

Choices = list[tuple[str, Any]]


class AbsenceForm(forms.Form):
    """When somebody is away, and whom to write to instead."""

    who = forms.ChoiceField(label=pgettext_lazy("vclinic_messages", "Who"))
    first_day = forms.DateField(label=_("First day away"), widget=DayInput())
    until = forms.DateField(
        label=_("First day back"),
        widget=DayInput(),
        required=False,
        help_text=_("Patients see “away until” this day. Leave it empty if nobody knows it yet."),
    )
    instead = forms.ChoiceField(
        label=_("For something sooner, patients can write to"),
        required=False,
        help_text=_(
            "If they are away too, patients are led to the next, and at the end to the clinic’s phone."
        ),
    )

    q = forms.CharField(label=_("Find staff by name"), required=False)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        initial: dict[str, Any],
        row: AbsenceRow | None,
        selected: Iterable[str],
        search: str,
    ) -> None:
        super().__init__(data, initial=initial)
        choices, self.has_more = recipient_choices(selected, search)
        who: Any = self.fields["who"]
        instead: Any = self.fields["instead"]
        who.choices = [("", "—"), *choices]
        instead.choices = [("", pgettext_lazy("vclinic_messages", "Nobody")), *choices]
        if row is not None:
            del self.fields["who"]


def recipient_choices(selected: Iterable[str], search: str) -> tuple[Choices, bool]:
    """Return the open teams and staff as choices in groups, and whether the search finds more staff.

    The selected people are among them, whatever the search finds: a clinic may have more staff than fit on a
    page.
    """
    teams = [row.team for row in team_rows.teams() if not row.team.closed_at]
    found, has_more = team_rows.staff(search)
    people = {person.id: person for person in (*team_rows.staff_with_ids(selected), *found)}
    groups = [
        (pgettext_lazy("vclinic_messages", "Teams"), [(recipient_id(team.pk), team.name) for team in teams]),
        (
            pgettext_lazy("vclinic_messages", "Staff"),
            [(key, person_label(person)) for key, person in people.items()],
        ),
    ]
    return [(str(title), choices) for title, choices in groups if choices], has_more


class AbsencesPage(ClinicAdminMixin, WagtailAdminTemplateMixin):
    """Base of the pages about absences."""

    is_allowed = staticmethod(may_set_absence)
    header_icon = "calendar-alt"
    page_title: str | Promise = pgettext_lazy("vclinic_messages", "Messages: absences")


class AbsenceList(AbsencesPage):
    """Who is away now or will be. Past absences are not listed."""

    template_name = "vclinic_messages/wagtail_admin/absences.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        context = self.get_context_data(absences=absence_rows.absences(self.clinic_settings.today))
        response: HttpResponseBase = self.render_to_response(context)
        return response

    def get_breadcrumbs_items(self) -> list[dict[str, str | Promise]]:
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]


class AbsenceView(AbsencesPage):
    """The form of one absence, or of a new one."""

    template_name = "vclinic_messages/wagtail_admin/absence.html"

    def get(self, request: HttpRequest, absence_id: int | None = None) -> HttpResponseBase:
        row = self.found(absence_id)
        return self.show(row, self.form(row))

    def post(self, request: HttpRequest, absence_id: int | None = None) -> HttpResponseBase:
        row = self.found(absence_id)
        user = signed_in(request.user)
        if row is not None and "end" in request.POST:
            actions.end_absence(actor=user, who=row.owner)
            messages.success(request, _("The absence is ended."))
            return redirect(INDEX)
        if "find" in request.POST:
            return self.show(row, self.form_again(row))
        form = self.form(row, request.POST)
        if form.is_valid():
            values = {name: value for name, value in form.cleaned_data.items() if name != "q"}
            values["instead"] = values["instead"] or None
            who = row.owner if row else values.pop("who")
            try:
                actions.set_absence(actor=user, who=who, **values)
            except InvalidInput as refusal:
                for field, problems in refusal.errors.items():
                    form.add_error(
                        field if field in form.fields else None, [str(problem.detail) for problem in problems]
                    )
            else:
                messages.success(request, _("The absence is saved."))
                return redirect(INDEX)
        return self.show(row, form)

    def found(self, absence_id: int | None) -> AbsenceRow | None:
        """Return the absence; None for a new one. Raises Http404."""
        if absence_id is None:
            return None
        row = absence_rows.absence(absence_id, self.clinic_settings.today)
        if row is None:
            raise Http404
        return row

    def form(self, row: AbsenceRow | None, data: QueryDict | None = None) -> AbsenceForm:
        initial: dict[str, Any] = {}
        if row is not None:
            absence = row.absence
            instead = owner_id(absence.instead) if absence.instead else ""
            initial = {"first_day": absence.first_day, "until": absence.until, "instead": instead}
        source = initial if data is None else data.dict()
        selected = [str(source.get(name, "")) for name in ("who", "instead")]
        return AbsenceForm(data, initial=initial, row=row, selected=selected, search=str(source.get("q", "")))

    def form_again(self, row: AbsenceRow | None) -> AbsenceForm:
        """Return the form as it was posted, not saved, with the staff that its search finds."""
        posted = self.request.POST.dict()
        selected = [posted.get(name, "") for name in ("who", "instead")]
        return AbsenceForm(initial=posted, row=row, selected=selected, search=posted.get("q", ""))

    def show(self, row: AbsenceRow | None, form: AbsenceForm) -> HttpResponseBase:
        response: HttpResponseBase = self.render_to_response(self.get_context_data(row=row, form=form))
        return response

    def get_page_title(self) -> str | Promise:
        return pgettext_lazy("vclinic_messages", "Absence")

    def get_breadcrumbs_items(self) -> list[dict[str, str | Promise]]:
        absences = {"url": reverse(INDEX), "label": self.page_title}
        return [*self.breadcrumbs_items, absences, {"url": "", "label": self.get_page_title()}]
