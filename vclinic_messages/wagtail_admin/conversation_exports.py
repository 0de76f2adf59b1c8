"""Export one conversation at a patient's request: choose it, give a reason, get the document."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from wagtail.admin.ui.tables import Column, TitleColumn

from vclinic_messages import actions
from vclinic_messages.errors import ConversationNotFound, InvalidInput, Throttled
from vclinic_messages.exports import FORMATS, streamed
from vclinic_messages.models import Conversation
from vclinic_messages.policies import may_export
from vclinic_messages.selectors import report_rows
from vclinic_messages.user_types import signed_in
from vclinic_messages.wagtail_admin.conversation_base import (
    ConversationRow,
    ConversationView,
    add_people,
    patient_of,
    staff_of,
)
from vclinic_messages.wagtail_admin.names import people_names
from vclinic_messages.wagtail_admin.report_base import (
    ConversationFilters,
    Report,
    ReportColumn,
    moment_column,
    people_column,
)


class ExportList(Report[ConversationRow]):
    """All conversations with the names of their participants, to choose one from."""

    model = Conversation
    is_allowed = staticmethod(may_export)
    page_title = _("Messages: export a conversation")
    header_icon = "download"
    index_url_name = "vclinic_messages_admin:export_list"
    index_results_url_name = "vclinic_messages_admin:export_list_results"
    filterset_class = ConversationFilters
    explanation = _(
        "Use this when a patient asks for a copy of a conversation. Its participants will see that it was "
        "exported, and by whom. Your reason is recorded in the audit trail."
    )
    no_results_message = _("There are no conversations yet.")
    show_export_buttons = False
    report_columns = [
        people_column("staff", pgettext_lazy("vclinic_messages", "Clinic"), staff_of),
        moment_column("started", pgettext_lazy("vclinic_messages", "Started"), lambda row: row.created_at),
        moment_column(
            "last", pgettext_lazy("vclinic_messages", "Last message"), lambda row: row.last_sent_at
        ),
        ReportColumn(
            "messages", pgettext_lazy("vclinic_messages", "Messages"), lambda row: row.message_count
        ),
    ]

    @property
    def columns(self) -> list[Column]:
        patient = TitleColumn(
            "patient",
            label=pgettext_lazy("vclinic_messages", "Patient"),
            accessor=lambda row: people_names(patient_of(row)) or pgettext("vclinic_messages", "Staff only"),
            url_name="vclinic_messages_admin:export",
        )
        return [patient, *super().columns]

    def get(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        """Refuse spreadsheets: they would name every patient, without a reason and without a record."""
        if "export" in request.GET:
            raise Http404
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Conversation]:
        return report_rows.all_conversations()

    def describe(self, rows: Sequence[ConversationRow]) -> None:
        add_people(rows)


class ReasonField(forms.CharField):
    """A field that is marked as required. ``actions.export_conversation`` alone checks what was typed."""

    def validate(self, value: str) -> None:
        """Accept everything."""

    def run_validators(self, value: str) -> None:
        """Accept everything."""


class ExportForm(forms.Form):
    reason = ReasonField(
        label=pgettext_lazy("vclinic_messages", "Reason"),
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Who asked for the export, and how. For example: “Patient’s letter of November 20”."),
    )
    format = forms.ChoiceField(
        label=pgettext_lazy("vclinic_messages", "Format"),
        widget=forms.RadioSelect,
        choices=lambda: [(name, format.label) for name, format in FORMATS.items()],
        initial="html",
    )


@method_decorator(sensitive_post_parameters("reason"), name="dispatch")
class ExportView(ConversationView):
    """GET shows names only. POST exports: it is the only way to message texts in the admin."""

    is_allowed = staticmethod(may_export)
    template_name = "vclinic_messages/wagtail_admin/export.html"
    page_title = _("Export a conversation")
    header_icon = "download"
    report_url_name = ExportList.index_url_name
    report_title = ExportList.page_title

    def get(self, request: HttpRequest, conversation_id: UUID) -> HttpResponseBase:
        return self.show(self.conversation(conversation_id), form=ExportForm())

    def post(self, request: HttpRequest, conversation_id: UUID) -> HttpResponseBase:
        form = ExportForm(request.POST)
        if not form.is_valid():
            return self.show(self.conversation(conversation_id), form=form)
        try:
            document = actions.export_conversation(
                conversation=conversation_id, actor=signed_in(request.user), **form.cleaned_data
            )
        except ConversationNotFound:
            raise Http404 from None
        except InvalidInput as refusal:
            for field, problems in refusal.errors.items():
                form.add_error(field, [str(problem.detail) for problem in problems])
            return self.show(self.conversation(conversation_id), form=form)
        except Throttled as refusal:
            form.add_error(None, str(refusal.detail))
            response = self.show(self.conversation(conversation_id), form=form)
            response.status_code = refusal.status
            response["Retry-After"] = str(refusal.retry_after)
            return response
        format = FORMATS[form.cleaned_data["format"]]
        chunks = streamed(request, format.chunks(document))
        return StreamingHttpResponse(
            chunks, content_type=format.content_type, headers=format.headers(document)
        )
