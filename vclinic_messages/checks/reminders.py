"""Can the reminders that clinics have switched on be sent?"""

from __future__ import annotations

from collections.abc import Iterable

from django.core.checks import CheckMessage, Tags, Warning, register

from vclinic_messages.checks.schemas import first_names, migrated_schemas
from vclinic_messages.conf import app_settings
from vclinic_messages.models import MessagesSettings
from vclinic_messages.tenancy import schema_context


@register(Tags.database)
def check_reminder_address(databases: Iterable[str] | None = None, **kwargs: object) -> list[CheckMessage]:
    """W051: A clinic has switched reminders on, and ``REMINDER_BASE_URL`` is not set: nothing is sent."""
    if not databases or app_settings.REMINDER_BASE_URL:
        return []
    clinics = [repr(schema) for schema in migrated_schemas() if _sends_reminders(schema)]
    if not clinics:
        return []
    message = f"Clinics that have switched reminders on get none: {first_names(clinics)}."
    hint = 'Set VCLINIC_MESSAGES["REMINDER_BASE_URL"] to the beginning of the portal\'s address.'
    return [Warning(message, hint=hint, id="vclinic_messages.W051")]


def _sends_reminders(schema: str) -> bool:
    with schema_context(schema):
        return MessagesSettings.objects.filter(enabled=True, reminders=True).exists()
