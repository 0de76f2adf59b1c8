"""The URLs outside the clinics. Without Wagtail and login, because their tables exist only in clinics."""

from django.urls import path

from example_project.clinics.views import ClinicListView, public_not_found

handler404 = public_not_found
handler500 = "example_project.portal.views.server_error"

urlpatterns = [path("", ClinicListView.as_view(), name="clinics")]
