"""The addresses outside the clinics. No Wagtail and nobody to sign in: their tables are in the clinics."""

from django.urls import path

from example_project.clinics.views import ClinicListView, public_not_found

handler404 = public_not_found

urlpatterns = [path("", ClinicListView.as_view(), name="clinics")]
