"""Repairing the schemas of new clinics, which django-tenants clones from a template.

Cloning loses FORCE ROW LEVEL SECURITY. It also loses the row of settings: the row policy shows the template's
rows in the template only, so the function that clones finds none to copy.
"""

from __future__ import annotations

from django.apps.registry import Apps

from vclinic_messages.protections import is_migrated, protect, tables
from vclinic_messages.tenancy import clinic_schema, database, schema_context, template_schema


def repair_after_migrate(using: str, apps: Apps, **kwargs: object) -> None:
    """Add what cloning lost. Receiver of ``post_migrate``, which is sent in every schema, cloned ones too."""
    if using != database().alias or clinic_schema() is None or not is_migrated():
        return
    if not tables():  # a tenant of a type without Messages: its migrations are recorded, and make nothing
        return
    protect()
    settings = apps.get_model("vclinic_messages", "MessagesSettings")._default_manager
    if not settings.exists():
        settings.create(**_settings_of_template(apps))


def _settings_of_template(apps: Apps) -> dict[str, object]:
    """Return the template's settings, with which a cloned clinic begins; empty without a template.

    Not its closed days: they are dates of one clinic.
    """
    template = template_schema()
    if template is None:
        return {}
    with schema_context(template):
        values = apps.get_model("vclinic_messages", "MessagesSettings")._default_manager.values().first()
    return {name: value for name, value in (values or {}).items() if name not in ("id", "closed_days")}
