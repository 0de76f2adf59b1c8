"""What several checks ask about clinics and their tables."""

from __future__ import annotations

from django.apps import AppConfig, apps
from django.conf import settings
from django.db import DatabaseError
from django.db.models import Model

from vclinic_messages.tenancy import clinic_schema, clinic_schemas

#: How many clinics one message names.
MAX_NAMES = 20


def schemas_to_check() -> list[str]:
    """Return the schemas of all clinics; during a migration only the current clinic's.

    django-tenants migrates each clinic by itself, and Django runs the checks each time.
    """
    try:
        current = clinic_schema()
        return [current] if current else clinic_schemas()
    except DatabaseError:  # before the first migration
        return []


def first_names(names: list[str]) -> str:
    """Return the first names as text, and how many others there are."""
    others = len(names) - MAX_NAMES
    return ", ".join(names[:MAX_NAMES]) + (f" and {others} more" if others > 0 else "")


def is_shared(model: type[Model]) -> bool:
    """Return whether all clinics share the model's table: it exists only in the public schema."""
    return is_shared_app(apps.get_app_config(model._meta.app_label).name)


def is_shared_app(name: str) -> bool:
    """Return whether the app's tables exist only in the public schema."""
    return name in apps_in("SHARED_APPS") - apps_in("TENANT_APPS")


def apps_in(setting: str) -> set[str]:
    """Return the names of the apps in a setting, which may list them by their AppConfig."""
    return {AppConfig.create(entry).name for entry in getattr(settings, setting, ())}
