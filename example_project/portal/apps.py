from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "example_project.portal"
    label = "portal"
