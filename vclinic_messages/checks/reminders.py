"""Can the reminders that clinics have switched on be sent?"""

from __future__ import annotations

from collections.abc import Iterable

from django.core.checks import CheckMessage, Tags, Warning, register

from vclinic_messages.checks.schemas import first_names, schemas_to_check
from vclinic_messages.conf import app_settings
from vclinic_messages.tenancy import run_in_clinic, schema_context


@register(Tags.database)
def check_reminder_address(databases: Iterable[str] | None = None, **kwargs: object) -> list[CheckMessage]:
    """W051: A clinic has switched reminders on, and ``REMINDER_BASE_URL`` is not set: nothing is sent."""
    if not databases or app_settings.REMINDER_BASE_URL:
        return []
    clinics = [repr(schema) for schema in schemas_to_check() if _sends_reminders(schema)]
    if not clinics:
        return []
    message = f"Clinics that have switched reminders on get none: {first_names(clinics)}."
    hint = 'Set VCLINIC_MESSAGES["REMINDER_BASE_URL"] to the beginning of the portal\'s address.'
    return [Warning(message, hint=hint, id="vclinic_messages.W051")]


def _sends_reminders(schema: str) -> bool:
    """Return whether the clinic sends reminders. Before its migrations it does not."""
    with schema_context(schema):
        return bool(run_in_clinic(_HAS_REMINDERS) and run_in_clinic(_IS_ON))


_HAS_REMINDERS = "SELECT 1 WHERE to_regclass('vclinic_messages_reminder') IS NOT NULL AND {in_schema}"
_IS_ON = "SELECT 1 FROM vclinic_messages_messagessettings WHERE enabled AND reminders AND {in_schema}"
