"""The roles that people have in a clinic."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """The role of a person in a clinic, for Messages. In this order: the first wins for a person in two."""

    PATIENT = "patient", _("Patient")
    DOCTOR = "doctor", _("Doctor")
    ADMIN = "admin", _("Clinic staff")

    @property
    def is_staff(self) -> bool:
        """Return whether this is a role of the clinic's side."""
        return self is not Role.PATIENT
