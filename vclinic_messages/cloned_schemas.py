"""What a copied schema has lost, put back. django-tenants makes new clinics by copying a template.

Copying loses FORCE ROW LEVEL SECURITY. And since the template's rows are visible in the template only, it
does not copy the row of settings either.
"""

from __future__ import annotations

from typing import Any

from vclinic_messages.protections import is_migrated, protect
from vclinic_messages.tenancy import clinic_schema, database, schema_context, template_schema


def repair_after_migrate(using: str, apps: Any, **kwargs: Any) -> None:
    """Receiver of ``post_migrate``, which is sent in every schema, also after copying one."""
    if using != database().alias or clinic_schema() is None or not is_migrated():
        return
    protect()
    settings = apps.get_model("vclinic_messages", "MessagesSettings").objects
    if not settings.exists():
        settings.create(**_of_template(settings))


def _of_template(settings: Any) -> dict[str, Any]:
    """The template's settings, for a copy to begin with; empty where there is none."""
    template = template_schema()
    if template is None:
        return {}
    with schema_context(template):
        found: dict[str, Any] = settings.values().first() or {}
    found.pop("id", None)
    return found
