"""The URLs outside the clinics. Without Wagtail and login, because their tables exist only in clinics."""

from django.urls import URLPattern, URLResolver, include, path

from example_project.clinics.views import ClinicListView, public_not_found

handler404 = public_not_found
handler500 = "example_project.portal.views.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", ClinicListView.as_view(), name="clinics"),
    path("language/", include("django.conf.urls.i18n")),
]
