"""The page of the settings, at the address that Wagtail gives to it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from wagtail.contrib.settings.views import EditView

from vclinic_messages.errors import ChangedMeanwhile
from vclinic_messages.models import MessagesSettings
from vclinic_messages.wagtail_admin.settings_form import MessagesSettingsForm

#: What Wagtail's view of settings needs to know.
MODEL = {"app_name": MessagesSettings._meta.app_label, "model_name": MessagesSettings._meta.model_name}


class SettingsView(EditView):
    """Wagtail's page, which also shows what a save refuses.

    Only under the row's lock, while saving, is it certain whether somebody else has changed a setting.
    Wagtail's own view expects that a valid form can be saved.
    """

    def form_valid(self, form: MessagesSettingsForm) -> HttpResponseBase:
        try:
            response: Any = super().form_valid(form)
        except ChangedMeanwhile as refusal:
            form.refuse(refusal)
            self.produced_error_message = self.get_error_message()
            response = self.form_invalid(form)
        return response
