"""List, make, change and close the clinic's teams."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.forms import BaseFormSet, formset_factory
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from vclinic_messages import actions
from vclinic_messages.directory import Person
from vclinic_messages.errors import InvalidInput
from vclinic_messages.models import Team
from vclinic_messages.policies import may_change_teams
from vclinic_messages.selectors import team_rows
from vclinic_messages.user_types import signed_in
from vclinic_messages.wagtail_admin.access import ClinicAdminMixin

INDEX = "vclinic_messages_admin:teams"


class TeamForm(forms.ModelForm[Team]):
    """The name and description of a team, and whether patients may write to it."""

    # ``actions.change_team`` alone checks the texts.
    name = forms.CharField(label=_("Name"), strip=False, required=False)
    description = forms.CharField(
        label=_("What it is for"),
        strip=False,
        required=False,
        help_text=_("Patients see it below the name. For example: “Appointments, forms, bills”."),
    )

    class Meta:
        model = Team
        fields = ["name", "description", "is_open_to_patients"]

    def _post_clean(self) -> None:
        """Leave the model alone: only the action writes it."""


class MemberForm(forms.Form):
    """One member of a team, chosen from the clinic's staff. An empty row is no member."""

    def __init__(self, *args: Any, staff: list[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "—"), *((person.id, _label(person)) for person in staff)]
        self.fields["person"] = forms.ChoiceField(label=_("Member"), required=False, choices=choices)


def _label(person: Person) -> str:
    details = ", ".join(str(part) for part in (person.role and person.role.label, person.description) if part)
    return f"{person.name} ({details})"


MemberFormSet: type[BaseFormSet[MemberForm]] = formset_factory(MemberForm, extra=3, max_num=200)


class TeamsPage(ClinicAdminMixin, WagtailAdminTemplateMixin):
    """Base of the pages about teams."""

    is_allowed = staticmethod(may_change_teams)
    header_icon = "group"
    page_title: str | Promise = _("Messages: teams")


class TeamList(TeamsPage):
    """All teams: their descriptions and members, and the conversations that wait for them."""

    template_name = "vclinic_messages/wagtail_admin/teams.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = self.render_to_response(self.get_context_data(teams=team_rows.teams()))
        return response


class TeamView(TeamsPage):
    """The form of one team, or of a new one."""

    template_name = "vclinic_messages/wagtail_admin/team.html"

    def get(self, request: HttpRequest, team_id: UUID | None = None) -> HttpResponseBase:
        team, members = self.found(team_id)
        initial = [{"person": member.id} for member in members]
        return self.show(team, TeamForm(instance=team), self.formset(initial=initial))

    def post(self, request: HttpRequest, team_id: UUID | None = None) -> HttpResponseBase:
        team, _members = self.found(team_id)
        if team is not None and "close" in request.POST:
            actions.close_team(actor=signed_in(request.user), team=team)
            messages.success(request, _("The team is closed. Its members can still read its conversations."))
            return redirect(INDEX)
        form, formset = TeamForm(request.POST, instance=team), self.formset(data=request.POST)
        if form.is_valid() and formset.is_valid():
            people = [each.cleaned_data.get("person") for each in formset.forms]
            try:
                actions.change_team(
                    actor=signed_in(request.user),
                    team=team,
                    members=[key for key in dict.fromkeys(people) if key],
                    **form.cleaned_data,
                )
            except InvalidInput as refusal:
                _add_errors(form, refusal)
            else:
                messages.success(request, _("The team is saved."))
                return redirect(INDEX)
        return self.show(team, form, formset)

    def found(self, team_id: UUID | None) -> tuple[Team | None, list[Person]]:
        """Return the team and its members who are staff now. Raises Http404."""
        if team_id is None:
            return None, []
        row = team_rows.team(team_id)
        if row is None:
            raise Http404
        return row.team, list(row.members)

    def formset(self, **values: Any) -> BaseFormSet[MemberForm]:
        return MemberFormSet(prefix="members", form_kwargs={"staff": team_rows.staff()}, **values)

    def show(self, team: Team | None, form: TeamForm, formset: BaseFormSet[MemberForm]) -> HttpResponseBase:
        context: Mapping[str, object] = {"team": team, "form": form, "formset": formset}
        response: HttpResponseBase = self.render_to_response(self.get_context_data(**context))
        return response

    def get_page_title(self) -> str | Promise:
        return _("Team")

    def get_breadcrumbs_items(self) -> list[dict[str, str | Promise]]:
        teams = {"url": reverse(INDEX), "label": self.page_title}
        return [*self.breadcrumbs_items, teams, {"url": "", "label": self.get_page_title()}]


def _add_errors(form: TeamForm, refusal: InvalidInput) -> None:
    for field, problems in refusal.errors.items():
        form.add_error(field if field in form.fields else None, [str(problem.detail) for problem in problems])
