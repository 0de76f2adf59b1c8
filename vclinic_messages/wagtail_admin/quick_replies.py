"""List, add, change and delete the clinic's quick replies."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from vclinic_messages import actions, selectors
from vclinic_messages.conf import languages
from vclinic_messages.errors import InvalidInput
from vclinic_messages.models import QuickReply, Role, Team
from vclinic_messages.policies import may_change_quick_replies
from vclinic_messages.user_types import signed_in
from vclinic_messages.wagtail_admin.access import ClinicAdminMixin

INDEX = "vclinic_messages_admin:quick_replies"

#: Who a quick reply is for, where that is not a team.
_EVERYONE = ""


class QuickReplyForm(forms.Form):
    """A quick reply of the clinic. ``actions.change_quick_reply`` alone checks the texts."""

    title = forms.CharField(label=pgettext_lazy("vclinic_messages", "Name"), strip=False, required=False)
    body = forms.CharField(
        label=pgettext_lazy("vclinic_messages", "Text"),
        strip=False,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto"}),
        help_text=_(
            "Put what changes each time in brackets, such as [day and time]. Whoever inserts the text is "
            "reminded to fill it in."
        ),
    )
    audience = forms.ChoiceField(label=pgettext_lazy("vclinic_messages", "For"), required=False)
    language = forms.ChoiceField(
        label=_("Language of the text"),
        required=False,
        help_text=_("Screen readers read the text in this language."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = [(role.value, role.label) for role in Role if role.is_staff]
        teams = [(str(team.pk), team.name) for team in Team.objects.filter(closed_at=None).order_by("name")]
        known = {key for key, _label in (*roles, *teams)}
        own = self.initial.get("audience", "")
        # A team that was closed since stays until somebody chooses another audience.
        closed = [(str(team.pk), team.name) for team in _team(own)] if own and own not in known else []
        everyone = [(_EVERYONE, pgettext_lazy("vclinic_messages", "Everyone"))]
        self._set_choices("audience", [*everyone, *roles, *teams, *closed])
        self._set_choices("language", [("", pgettext_lazy("vclinic_messages", "Any")), *languages()])

    def _set_choices(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field: Any = self.fields[name]
        field.choices = choices

    def values(self) -> dict[str, Any]:
        """Return the arguments of the action."""
        data = dict(self.cleaned_data)
        audience = data.pop("audience")
        is_role = audience in Role.values
        team = None if is_role or not audience else Team.objects.filter(pk=audience).first()
        return {**data, "role": audience if is_role else "", "team": team}


def _team(key: str) -> list[Team]:
    return list(Team.objects.filter(pk=UUID(key)))


class QuickRepliesPage(ClinicAdminMixin, WagtailAdminTemplateMixin):
    """Base of the pages about the clinic's quick replies."""

    is_allowed = staticmethod(may_change_quick_replies)
    header_icon = "comment"
    page_title: str | Promise = _("Messages: quick replies")


class QuickReplyList(QuickRepliesPage):
    """All quick replies of the clinic, by name."""

    template_name = "vclinic_messages/wagtail_admin/quick_replies.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        rows = [{"reply": reply, "for": audience_label(reply)} for reply in selectors.clinic_quick_replies()]
        response: HttpResponseBase = self.render_to_response(self.get_context_data(rows=rows))
        return response

    def get_breadcrumbs_items(self) -> list[dict[str, str | Promise]]:
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]


def audience_label(reply: QuickReply) -> str | Promise:
    """Return who a quick reply is for, and its language."""
    audience: str | Promise = pgettext_lazy("vclinic_messages", "Everyone")
    if reply.team is not None:
        audience = reply.team.name
    elif reply.role:
        audience = Role(reply.role).label
    if not reply.language:
        return audience
    return f"{audience} · {dict(languages()).get(reply.language, reply.language)}"


@method_decorator(sensitive_post_parameters("title", "body"), name="dispatch")
class QuickReplyView(QuickRepliesPage):
    """The form of one quick reply, or of a new one."""

    template_name = "vclinic_messages/wagtail_admin/quick_reply.html"

    def get(self, request: HttpRequest, reply_id: int | None = None) -> HttpResponseBase:
        reply = self.found(reply_id)
        return self.show(reply, QuickReplyForm(initial=_initial(reply)))

    def post(self, request: HttpRequest, reply_id: int | None = None) -> HttpResponseBase:
        reply = self.found(reply_id)
        if reply is not None and "delete" in request.POST:
            actions.delete_quick_reply(actor=signed_in(request.user), reply=reply)
            messages.success(request, _("The quick reply is deleted."))
            return redirect(INDEX)
        form = QuickReplyForm(request.POST, initial=_initial(reply))
        if form.is_valid():
            try:
                actions.change_quick_reply(actor=signed_in(request.user), reply=reply, **form.values())
            except InvalidInput as refusal:
                for field, problems in refusal.errors.items():
                    known = field if field in form.fields else None
                    form.add_error(known, [str(problem.detail) for problem in problems])
            else:
                messages.success(request, _("The quick reply is saved."))
                return redirect(INDEX)
        return self.show(reply, form)

    def found(self, reply_id: int | None) -> QuickReply | None:
        """Return a quick reply of the clinic; None for a new one. Raises Http404."""
        if reply_id is None:
            return None
        reply = selectors.clinic_quick_replies().filter(pk=reply_id).first() if reply_id < 2**63 else None
        if reply is None:
            raise Http404
        return reply

    def show(self, reply: QuickReply | None, form: QuickReplyForm) -> HttpResponseBase:
        response: HttpResponseBase = self.render_to_response(self.get_context_data(reply=reply, form=form))
        return response

    def get_page_title(self) -> str | Promise:
        return pgettext_lazy("vclinic_messages", "Quick reply")

    def get_breadcrumbs_items(self) -> list[dict[str, str | Promise]]:
        replies = {"url": reverse(INDEX), "label": self.page_title}
        return [*self.breadcrumbs_items, replies, {"url": "", "label": self.get_page_title()}]


def _initial(reply: QuickReply | None) -> dict[str, str]:
    if reply is None:
        return {}
    audience = str(reply.team_id) if reply.team_id else reply.role
    return {
        "title": reply.title,
        "body": reply.body,
        "audience": audience,
        "language": reply.language,
    }
