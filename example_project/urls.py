"""The URLs of a clinic's portal."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from example_project.portal.views import image

handler404 = "example_project.portal.views.not_found"
handler500 = "example_project.portal.views.server_error"

# The OpenAPI document describes only Messages, with the URLs of this portal.
described = [path("messages/api/v1/", include("vclinic_messages.api.urls"))]

urlpatterns: list[URLPattern | URLResolver] = [
    path("login/", LoginView.as_view(template_name="portal/login.html"), name="login"),
    path("language/", include("django.conf.urls.i18n")),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("cms/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    path("media/<str:schema>/images/<path:path>", image),
    path("messages/api/v1/schema/", SpectacularAPIView.as_view(patterns=described), name="api-schema"),
    path("messages/", include("vclinic_messages.urls")),
    path("", include(wagtail_urls)),
]
