"""The panels of the clinic's settings in Wagtail's Settings menu."""

from __future__ import annotations

from typing import Any

from django import forms
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList, Panel

from vclinic_messages.models import MessagesSettings
from vclinic_messages.tenancy import clinic_name
from vclinic_messages.wagtail_admin.settings_form import MessagesSettingsForm


class PatientsSeePanel(Panel):
    """What patients see of the texts above, following what is typed."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "vclinic_messages/wagtail_admin/patients_see.html"

        @property
        def media(self) -> forms.Media:
            return forms.Media(
                js=[static("vclinic_messages/wagtail_admin/settings.js")],
                css={"all": [static("vclinic_messages/wagtail_admin/admin.css")]},
            )

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            # Our own words, where the clinic has written none.
            ours = MessagesSettings()
            return {
                **super().get_context_data(parent_context),
                "settings": self.instance,
                "clinic_name": clinic_name(),
                "emergency_text": ours.emergency_text,
                "response_time_text": ours.response_time_text,
            }


edit_handler = ObjectList(
    [
        FieldPanel("enabled"),
        MultiFieldPanel(
            [
                FieldPanel("emergency_notice"),
                FieldPanel("response_time"),
                FieldPanel("phone"),
                FieldPanel("link"),
                PatientsSeePanel(),
            ],
            heading=_("What patients are told"),
        ),
        MultiFieldPanel(
            [FieldPanel("patients_may_start"), FieldPanel("patients_may_write_to_doctors")],
            heading=_("Whom patients may write to"),
        ),
        MultiFieldPanel([FieldPanel("read_receipts")], heading=_("What people see of each other")),
    ],
    base_form_class=MessagesSettingsForm,
)
