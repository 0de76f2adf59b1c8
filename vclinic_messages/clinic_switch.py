"""Whether Messages is switched on in the current clinic."""

from __future__ import annotations

from vclinic_messages.errors import MessagesDisabled
from vclinic_messages.models import MessagesSettings
from vclinic_messages.tenancy import clinic_schema, verify_clinic


def clinic_settings() -> MessagesSettings | None:
    """Return the clinic's settings; None outside a clinic or where the row is missing, which means off.

    One statement, which also checks the clinic. Raises ClinicMismatch.
    """
    if clinic_schema() is None:
        return None
    settings = MessagesSettings.objects.first()
    if settings is None:
        verify_clinic()
    return settings


def enabled_settings() -> MessagesSettings:
    """Return the clinic's settings if Messages is on. Raises MessagesDisabled or ClinicMismatch."""
    settings = clinic_settings()
    if settings is None or not settings.enabled:
        raise MessagesDisabled
    return settings
