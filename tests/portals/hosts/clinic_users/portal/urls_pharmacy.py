from django.contrib.auth.views import LoginView
from django.urls import path
from django.views.generic import TemplateView

urlpatterns = [
    path("", TemplateView.as_view(template_name="home.html"), name="home"),
    path("login/", LoginView.as_view(template_name="login.html"), name="login"),
]
