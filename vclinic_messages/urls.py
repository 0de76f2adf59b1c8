"""Pages, and the API below them: ``path("messages/", include("vclinic_messages.urls"))``."""

from django.urls import include, path

urlpatterns = [
    path("", include("vclinic_messages.pages.urls")),
    path("api/v1/", include("vclinic_messages.api.urls")),
]
