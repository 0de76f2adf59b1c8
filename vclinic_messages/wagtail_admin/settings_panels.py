"""Arrange the clinic's settings in panels for Wagtail's Settings menu."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList, Panel

from vclinic_messages.models import MessagesSettings
from vclinic_messages.tenancy import clinic_name
from vclinic_messages.wagtail_admin.settings_form import MessagesSettingsForm


class PatientsSeePanel(Panel):
    """A preview of the texts above, as patients see them. A script updates it while the admin types."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "vclinic_messages/wagtail_admin/patients_see.html"

        @property
        def media(self) -> forms.Media:
            return forms.Media(
                js=[static("vclinic_messages/wagtail_admin/settings.js")],
                css={"all": [static("vclinic_messages/wagtail_admin/admin.css")]},
            )

        def get_context_data(self, parent_context: Mapping[str, object] | None = None) -> dict[str, object]:
            unsaved = MessagesSettings()  # has the texts that patients see if the clinic enters none
            return {
                **super().get_context_data(parent_context),
                "settings": self.instance,
                "clinic_name": clinic_name(),
                "emergency_text": unsaved.emergency.text,
                "response_time_text": unsaved.answering.text,
                "shown_values": self.form.shown_values(),
            }


edit_handler = ObjectList(
    [
        FieldPanel("enabled"),
        MultiFieldPanel(
            [
                FieldPanel("emergency_notice"),
                FieldPanel("emergency_notice_translations"),
                FieldPanel("response_time"),
                FieldPanel("response_time_translations"),
                FieldPanel("phone"),
                FieldPanel("link"),
                PatientsSeePanel(),
            ],
            heading=_("What patients see"),
        ),
        MultiFieldPanel(
            [FieldPanel("patients_may_start"), FieldPanel("patients_may_write_to_doctors")],
            heading=_("Who patients can write to"),
        ),
        FieldPanel("read_receipts"),
        MultiFieldPanel(
            [
                FieldPanel("reminders"),
                FieldPanel("reminder_minutes"),
                FieldPanel("quiet_from"),
                FieldPanel("quiet_until"),
                FieldPanel("reminders_name_clinic"),
            ],
            heading=_("Reminders by e-mail"),
            icon="mail",
        ),
        MultiFieldPanel(
            [FieldPanel("opening_hours"), FieldPanel("closed_days"), FieldPanel("time_zone")],
            heading=pgettext_lazy("vclinic_messages", "Opening hours"),
            icon="calendar-alt",
        ),
        MultiFieldPanel(
            [FieldPanel("retention_years"), FieldPanel("retention_removes_all")],
            heading=_("How long conversations are kept"),
        ),
    ],
    base_form_class=MessagesSettingsForm,
)
