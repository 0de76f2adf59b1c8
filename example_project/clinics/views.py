"""Pages outside the clinics."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.generic import ListView

from .models import Domain


class ClinicListView(ListView[Domain]):
    template_name = "portal/clinics.html"

    def get_queryset(self) -> QuerySet[Domain]:
        clinics = Domain.objects.filter(is_primary=True).exclude(tenant__schema_name="public")
        return clinics.select_related("tenant").order_by("pk")


def unknown_clinic(request: HttpRequest) -> HttpResponse:
    """Respond to a request whose host name belongs to no clinic. It has not reached LocaleMiddleware."""
    with translation.override(translation.get_language_from_request(request)):
        return render(request, "portal/unknown_clinic.html", status=404)


def public_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return unknown_clinic(request)
