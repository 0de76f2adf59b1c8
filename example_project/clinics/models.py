"""The clinics of this installation, in the public schema."""

from django.db import models
from django_tenants.models import DomainMixin, TenantMixin


class Brand(models.TextChoices):
    """The accent colour; portal.css has a class for each."""

    TEAL = "teal"
    PLUM = "plum"
    BLUE = "blue"


class Clinic(TenantMixin):
    name = models.CharField(max_length=100)
    brand = models.CharField(max_length=10, choices=Brand, default=Brand.TEAL)
    migrated = models.CharField(
        max_length=64, blank=True, editable=False, help_text="A hash of the migrations that this schema has."
    )
    made_up_messages = models.PositiveIntegerField(
        default=0,
        editable=False,
        help_text="How many messages were not written by people but made up for demo and measurements.",
    )

    def __str__(self) -> str:
        return self.name


class Domain(DomainMixin):
    pass
