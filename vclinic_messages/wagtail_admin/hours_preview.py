"""What patients see by the opening hours that a clinic admin types, before they are saved."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from vclinic_messages.models import MessagesSettings
from vclinic_messages.policies import may_change_settings
from vclinic_messages.wagtail_admin.access import ClinicAdminMixin
from vclinic_messages.wagtail_admin.hours_fields import ClosedDaysField, HoursField, zone_choices


class HoursForm(forms.Form):
    """The fields of the settings that say when the clinic is open."""

    time_zone = forms.ChoiceField(choices=zone_choices, required=False)
    opening_hours = HoursField(required=False)
    closed_days = ClosedDaysField(required=False)


class HoursPreview(ClinicAdminMixin):
    """Respond to the posted form of the settings. Nothing is saved."""

    http_method_names = ["post"]
    is_allowed = staticmethod(may_change_settings)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = HoursForm(request.POST)
        settings = MessagesSettings(**form.cleaned_data) if form.is_valid() else None
        return render(request, "vclinic_messages/wagtail_admin/hours_preview.html", {"settings": settings})
