"""A URLconf whose first pattern matches every path, as Wagtail's does."""

from django.http import HttpResponse
from django.urls import include, path

urlpatterns = [
    path("<path:anything>", lambda request, anything: HttpResponse()),
    path("messages/", include("vclinic_messages.urls")),
]
