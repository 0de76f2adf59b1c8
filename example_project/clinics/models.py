"""The clinics of this installation. In the public schema, one row per clinic schema."""

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
        max_length=64, blank=True, editable=False, help_text="Of the migrations that ran here to their end."
    )
    made_up_messages = models.PositiveIntegerField(
        default=0,
        editable=False,
        help_text="How many messages nobody wrote: of the demo, or loaded to measure with.",
    )

    def __str__(self) -> str:
        return self.name


class Domain(DomainMixin):
    pass
