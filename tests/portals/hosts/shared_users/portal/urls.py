from django.conf.urls.i18n import i18n_patterns
from django.contrib.auth.views import LoginView
from django.urls import include, path
from django.views.generic import TemplateView
from wagtail.admin import urls as wagtailadmin_urls

urlpatterns = [
    path("cms/", include(wagtailadmin_urls)),
    *i18n_patterns(
        path("", TemplateView.as_view(template_name="home.html"), name="home"),
        path("login/", LoginView.as_view(template_name="login.html"), name="login"),
        path("messages/", include("vclinic_messages.urls")),
    ),
]
