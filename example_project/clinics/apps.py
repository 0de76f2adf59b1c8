from django.apps import AppConfig


class ClinicsConfig(AppConfig):
    name = "example_project.clinics"
    label = "clinics"
