"""The URLconf of a portal that includes the API and shows its own pages."""

from django.urls import include, path

urlpatterns = [path("messages/api/v1/", include("vclinic_messages.api.urls"))]
