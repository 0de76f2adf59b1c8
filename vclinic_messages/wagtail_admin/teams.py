"""List, make, change and close the clinic's teams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from vclinic_messages import actions
from vclinic_messages.directory import Person
from vclinic_messages.errors import InvalidInput
from vclinic_messages.languages import comma
from vclinic_messages.models import Team
from vclinic_messages.policies import may_change_teams
from vclinic_messages.selectors import team_rows
from vclinic_messages.user_types import signed_in
from vclinic_messages.wagtail_admin.access import ClinicAdminMixin

INDEX = "vclinic_messages_admin:teams"


class TeamForm(forms.ModelForm[Team]):
    """The name and description of a team, whether patients may write to it, and its members.

    ``chosen`` are checked at first. The staff whom ``search`` finds are offered as well: a clinic may have
    more staff than fit on a page. ``has_more`` tells that more are found than are offered.
    """

    # ``actions.change_team`` alone checks the texts.
    name = forms.CharField(label=pgettext_lazy("vclinic_messages", "Name"), strip=False, required=False)
    description = forms.CharField(
        label=_("What it is for"),
        strip=False,
        required=False,
        help_text=_("Patients see it below the name. For example: “Appointments, forms, bills”."),
    )
    members = forms.MultipleChoiceField(
        label=pgettext_lazy("vclinic_messages", "Members"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Members can read all conversations of the team, including old ones. People who leave the team "
            "can no longer read them."
        ),
    )
    q = forms.CharField(label=_("Find staff by name"), required=False)

    class Meta:
        model = Team
        fields = ["name", "description", "is_open_to_patients"]

    def __init__(self, *args: Any, chosen: Sequence[Person], search: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found, self.has_more = team_rows.staff(search)
        offered = {person.id: person for person in (*chosen, *found)}
        members: Any = self.fields["members"]
        members.choices = [(key, person_label(person)) for key, person in offered.items()]
        self.initial.update(members=[person.id for person in chosen], q=search)

    def _post_clean(self) -> None:
        """Leave the model alone: only the action writes it."""


def person_label(person: Person) -> str:
    """Return a person's name, role and description, for a list of choices."""
    details = comma().join(
        str(part) for part in (person.role and person.role.label, person.description) if part
    )
    return f"{person.name} ({details})"


class TeamsPage(ClinicAdminMixin, WagtailAdminTemplateMixin):
    """Base of the pages about teams."""

    is_allowed = staticmethod(may_change_teams)
    header_icon = "group"
    page_title: str | Promise = pgettext_lazy("vclinic_messages", "Messages: teams")


class TeamList(TeamsPage):
    """All teams: their descriptions and members, and the conversations that wait for them."""

    template_name = "vclinic_messages/wagtail_admin/teams.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = self.render_to_response(self.get_context_data(teams=team_rows.teams()))
        return response

    def get_breadcrumbs_items(self) -> list[dict[str, str | Promise]]:
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]


class TeamView(TeamsPage):
    """The form of one team, or of a new one."""

    template_name = "vclinic_messages/wagtail_admin/team.html"

    def get(self, request: HttpRequest, team_id: UUID | None = None) -> HttpResponseBase:
        team, members = self.found(team_id)
        return self.show(team, TeamForm(instance=team, chosen=members))

    def post(self, request: HttpRequest, team_id: UUID | None = None) -> HttpResponseBase:
        team, _members = self.found(team_id)
        if team is not None and "close" in request.POST:
            actions.close_team(actor=signed_in(request.user), team=team)
            messages.success(request, _("The team is closed. Its members can still read its conversations."))
            return redirect(INDEX)
        chosen = team_rows.staff_with_ids(request.POST.getlist("members"))
        if "find" in request.POST:
            return self.show(team, self.form_again(team, chosen))
        form = TeamForm(request.POST, instance=team, chosen=chosen)
        if form.is_valid():
            values = {name: form.cleaned_data[name] for name in (*TeamForm.Meta.fields, "members")}
            try:
                actions.change_team(actor=signed_in(request.user), team=team, **values)
            except InvalidInput as refusal:
                _add_errors(form, refusal)
            else:
                messages.success(request, _("The team is saved."))
                return redirect(INDEX)
        return self.show(team, form)

    def form_again(self, team: Team | None, chosen: list[Person]) -> TeamForm:
        """Return the form as it was posted, not saved, with the staff that its search finds."""
        posted = self.request.POST
        typed = {name: posted.get(name, "") for name in TeamForm.Meta.fields}
        return TeamForm(instance=team, initial=typed, chosen=chosen, search=posted.get("q", ""))

    def found(self, team_id: UUID | None) -> tuple[Team | None, list[Person]]:
        """Return the team and its members who are staff now. Raises Http404."""
        if team_id is None:
            return None, []
        row = team_rows.team(team_id)
        if row is None:
            raise Http404
        return row.team, list(row.members)

    def show(self, team: Team | None, form: TeamForm) -> HttpResponseBase:
        context: Mapping[str, object] = {"team": team, "form": form}
        response: HttpResponseBase = self.render_to_response(self.get_context_data(**context))
        return response

    def get_page_title(self) -> str | Promise:
        return pgettext_lazy("vclinic_messages", "Team")

    def get_breadcrumbs_items(self) -> list[dict[str, str | Promise]]:
        teams = {"url": reverse(INDEX), "label": self.page_title}
        return [*self.breadcrumbs_items, teams, {"url": "", "label": self.get_page_title()}]


def _add_errors(form: TeamForm, refusal: InvalidInput) -> None:
    for field, problems in refusal.errors.items():
        form.add_error(field if field in form.fields else None, [str(problem.detail) for problem in problems])
