"""The roles that people have in a clinic."""

from __future__ import annotations

from django.db import models
from django.utils.translation import pgettext_lazy


class Role(models.TextChoices):
    """The role of a person in a clinic, for Messages. For a person with two, the first in this order wins.

    Doctors and administrative staff ("admin", on screens "Clinic staff") are the staff. A clinic admin, who
    has Wagtail permissions, is something else: no role gives these, and they give no role.

    A new role needs changes in other places too: see "Where do I change …" in the page Architecture.
    """

    PATIENT = "patient", pgettext_lazy("vclinic_messages", "Patient")
    DOCTOR = "doctor", pgettext_lazy("vclinic_messages", "Doctor")
    ADMIN = "admin", pgettext_lazy("vclinic_messages", "Clinic staff")

    @property
    def is_staff(self) -> bool:
        """Return whether this is a role of the clinic's side."""
        return self is not Role.PATIENT

    def reads_as(self, participant_role: Role) -> bool:
        """Return whether a person with this present role reads a conversation in which they had that role.

        Whoever is no longer staff reads no patient. Their own conversations as a patient stay readable.
        """
        return self.is_staff or participant_role is Role.PATIENT


#: The roles of the clinic's side, in the order of ``Role``.
STAFF_ROLES = tuple(role for role in Role if role.is_staff)
