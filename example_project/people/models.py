"""What the portal stores about a person in addition to Django's user."""

from django.conf import settings
from django.db import models


class Profile(models.Model):
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="profile")
    title = models.CharField(max_length=20, blank=True)
    description = models.CharField(
        max_length=100, blank=True, help_text="Speciality, desk or patient number."
    )
    team_position = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Place on the page “Our team”; empty for people who are not on it."
    )

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        return f"{self.title} {self.user.get_full_name()}".strip()
