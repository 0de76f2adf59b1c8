"""The template variables that every page has, also a page that only says why Messages cannot be used."""

from __future__ import annotations

from django.shortcuts import resolve_url

from vclinic_messages.conf import app_settings
from vclinic_messages.tenancy import clinic_name


def portal_context() -> dict[str, object]:
    """Return the variables for the layout. Runs no query of ours."""
    return {
        "clinic_name": clinic_name(),
        "home_url": resolve_url(app_settings.HOME_URL),
        "base_template": app_settings.BASE_TEMPLATE,
        "color_scheme": app_settings.COLOR_SCHEME,
    }
