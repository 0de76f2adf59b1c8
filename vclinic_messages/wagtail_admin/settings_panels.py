"""The panels of the clinic's settings in Wagtail's Settings menu."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList

from vclinic_messages.wagtail_admin.forms import MessagesSettingsForm

edit_handler = ObjectList(
    [
        FieldPanel("enabled"),
        MultiFieldPanel(
            [FieldPanel("emergency_notice"), FieldPanel("response_time"), FieldPanel("phone")],
            heading=_("What patients are told"),
        ),
        MultiFieldPanel(
            [FieldPanel("patients_may_start"), FieldPanel("patients_may_write_to_doctors")],
            heading=_("Whom patients may write to"),
        ),
    ],
    base_form_class=MessagesSettingsForm,
)
