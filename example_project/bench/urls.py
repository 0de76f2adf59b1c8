"""The URLs of the portal, and those of the floor."""

from django.urls import path

from example_project import urls
from example_project.bench import floor

handler404 = urls.handler404
handler500 = urls.handler500

urlpatterns = [
    path("bench/page/", floor.page),
    path("bench/badge/", floor.page_with_badge),
    path("bench/api/", floor.FloorView.as_view()),
    *urls.urlpatterns,
]
