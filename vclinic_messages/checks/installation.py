"""Is the app installed in the right place, and is the clinic chosen before anything else?"""

from __future__ import annotations

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.utils.module_loading import import_string

from vclinic_messages.tenancy import apps_in

NEEDED_APPS = ("django_htmx", "django_tenants", "rest_framework", "wagtail.contrib.settings")


@register("vclinic_messages")
def check_apps(**kwargs: object) -> list[CheckMessage]:
    """E006 and E007: the apps that Messages uses are installed, and its own tables belong to clinics."""
    found: list[CheckMessage] = [
        Error(
            f"{name} is not in INSTALLED_APPS.", hint="Add it: Messages uses it.", id="vclinic_messages.E006"
        )
        for name in NEEDED_APPS
        if not apps.is_installed(name)
    ]
    if "vclinic_messages" in apps_in("SHARED_APPS"):
        hint = "Move it to TENANT_APPS: clinics without tables of their own would use those of public."
        found.append(Error("vclinic_messages is in SHARED_APPS.", hint=hint, id="vclinic_messages.E007"))
    return found


@register("vclinic_messages")
def check_middleware(**kwargs: object) -> list[CheckMessage]:
    """E008: the clinic is chosen before other middleware reads the clinic's tables."""
    first = next(iter(settings.MIDDLEWARE), None)
    if first is not None and _is_tenant_middleware(first):
        return []
    hint = "Put django_tenants.middleware.main.TenantMainMiddleware (or your subclass) before all others."
    return [Error("The first middleware does not choose the clinic.", hint=hint, id="vclinic_messages.E008")]


def _is_tenant_middleware(path: str) -> bool:
    try:
        middleware = import_string(path)
    except ImportError:
        return False
    bases = middleware.__mro__ if isinstance(middleware, type) else ()
    return any(base.__module__.startswith("django_tenants.middleware") for base in bases)
