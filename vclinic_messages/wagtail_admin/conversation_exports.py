"""Exporting one conversation for a patient's request: choose it, say why, get the document."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import django_filters
from django import forms
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from vclinic_messages import actions
from vclinic_messages.errors import ConversationNotFound, InvalidInput
from vclinic_messages.exports import FORMATS, streamed
from vclinic_messages.models import Conversation
from vclinic_messages.policies import may_export
from vclinic_messages.selectors import report_rows
from vclinic_messages.wagtail_admin.access import ClinicAdminMixin
from vclinic_messages.wagtail_admin.formatting import names
from vclinic_messages.wagtail_admin.report_base import Cell, Report


class ConversationFilters(WagtailFilterSet):
    person = django_filters.CharFilter(label=_("Person"), method="of_person")

    def of_person(self, rows: Any, name: str, value: str) -> Any:
        return report_rows.with_person(rows, value)

    class Meta:
        model = Conversation
        fields: list[str] = []


class ExportList(Report):
    """All conversations by the names of their people, to choose one from."""

    model = Conversation
    is_allowed = staticmethod(may_export)
    page_title = _("Messages: export a conversation")
    header_icon = "download"
    index_url_name = "vclinic_messages_admin:export_list"
    index_results_url_name = "vclinic_messages_admin:export_list_results"
    filterset_class = ConversationFilters
    explanation = _(
        "For a patient’s request. The people in the conversation see that it was exported, and by whom. Your "
        "reason is recorded in the audit trail."
    )
    no_results_message = _("No conversations found for this person.")
    show_export_buttons = False
    cells = [
        Cell("staff", _("Clinic"), lambda row: names(row.staff_names)),
        Cell("began", _("Began"), lambda row: timezone.localtime(row.created_at)),
        Cell("last", _("Last message"), lambda row: timezone.localtime(row.last_sent_at)),
        Cell("messages", _("Messages"), lambda row: row.message_count),
    ]

    @property
    def columns(self) -> list[Column]:
        patient = TitleColumn(
            "patient", label=_("Patient"), accessor=_patient, get_url=lambda row: export_url(row.pk)
        )
        return [patient, *super().columns]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """As a spreadsheet it would name every patient without a reason and without a record."""
        if "export" in request.GET:
            raise Http404
        response: HttpResponseBase = super().get(request, *args, **kwargs)
        return response

    def get_queryset(self) -> Any:
        return report_rows.with_names(report_rows.all_conversations())


class ExportForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        required=False,  # the action checks it
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3, "required": True}),
        help_text=_(
            "Who asked for it and how, for example “Request of the patient by letter of November 20”."
        ),
    )
    format = forms.ChoiceField(
        label=_("Format"),
        widget=forms.RadioSelect,
        choices=lambda: [(name, form.label) for name, form in FORMATS.items()],
        initial="html",
    )


class ExportView(ClinicAdminMixin, WagtailAdminTemplateMixin):
    """A GET shows names only; the POST, with a reason, is the one way to a text in the admin."""

    is_allowed = staticmethod(may_export)
    template_name = "vclinic_messages/wagtail_admin/export.html"
    page_title = _("Export a conversation")
    header_icon = "download"

    def get(self, request: HttpRequest, conversation_id: UUID) -> HttpResponseBase:
        return self.page(conversation_id, ExportForm())

    def post(self, request: HttpRequest, conversation_id: UUID) -> HttpResponseBase:
        form = ExportForm(request.POST)
        if not form.is_valid():
            return self.page(conversation_id, form)
        try:
            record = actions.export_conversation(
                conversation=conversation_id, actor=request.user, **form.cleaned_data
            )
        except ConversationNotFound:
            raise Http404 from None
        except InvalidInput as refusal:
            for field, problems in refusal.errors.items():
                form.add_error(field, [str(problem.detail) for problem in problems])
            return self.page(conversation_id, form)
        format = FORMATS[form.cleaned_data["format"]]
        chunks = streamed(request, format.chunks(record))
        return StreamingHttpResponse(chunks, content_type=format.content_type, headers=format.headers(record))

    def page(self, conversation_id: UUID, form: ExportForm) -> HttpResponseBase:
        """The form, below whose conversation it is."""
        found = report_rows.with_names(report_rows.all_conversations()).filter(pk=conversation_id)
        conversation = found.first()
        if conversation is None:
            raise Http404
        context = self.get_context_data(
            form=form,
            conversation=conversation,
            patient=_patient(conversation),
            staff=names(conversation.staff_names),
        )
        response: HttpResponseBase = self.render_to_response(context)
        return response

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        chosen = {"url": reverse(ExportList.index_url_name), "label": ExportList.page_title}
        return [*self.breadcrumbs_items, chosen, {"url": "", "label": self.page_title}]


def export_url(conversation_id: UUID) -> str:
    return reverse("vclinic_messages_admin:export", args=[conversation_id])


def _patient(conversation: Any) -> str:
    return str(conversation.patient_name or _("Staff only"))
