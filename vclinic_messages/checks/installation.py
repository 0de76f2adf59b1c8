"""Is the app installed in the right place, and is the middleware there that it needs?"""

from __future__ import annotations

from django.apps import apps
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.core.checks import CheckMessage, Error, Warning, register
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.module_loading import import_string

from vclinic_messages.conf import live_settings
from vclinic_messages.tenancy import clinic_apps, database, shared_apps

NEEDED_APPS = (
    "django.contrib.staticfiles",
    "django_htmx",
    "django_tenants",
    "rest_framework",
    "wagtail.contrib.settings",
)


@register("vclinic_messages")
def check_apps(**kwargs: object) -> list[CheckMessage]:
    """Check that the needed apps are installed, and that only clinics have the tables of Messages.

    E006: An app that Messages uses is not installed.
    E007: ``vclinic_messages`` is in ``SHARED_APPS``.
    E040: ``vclinic_messages`` is not in ``TENANT_APPS``, nor in the apps of a type of tenants. No clinic has
    its tables.
    """
    found: list[CheckMessage] = [
        Error(
            f"{name} is not in INSTALLED_APPS.", hint="Add it: Messages uses it.", id="vclinic_messages.E006"
        )
        for name in NEEDED_APPS
        if not apps.is_installed(name)
    ]
    if "vclinic_messages" in shared_apps():
        hint = "Move it to TENANT_APPS: clinics without tables of their own would use those of public."
        found.append(Error("vclinic_messages is in SHARED_APPS.", hint=hint, id="vclinic_messages.E007"))
    elif "vclinic_messages" not in clinic_apps():
        hint = "Add it to TENANT_APPS (or to the APPS of a type of tenants): no clinic has its tables."
        found.append(Error("vclinic_messages is not in TENANT_APPS.", hint=hint, id="vclinic_messages.E040"))
    return found


@register("vclinic_messages")
def check_middleware(**kwargs: object) -> list[CheckMessage]:
    """E008: The first middleware does not choose the clinic.

    It must be chosen before other middleware reads its tables.
    """
    first = next(iter(settings.MIDDLEWARE), None)
    if first is not None and _is_tenant_middleware(first):
        return []
    hint = "Put django_tenants.middleware.main.TenantMainMiddleware (or your subclass) before all others."
    return [Error("The first middleware does not choose the clinic.", hint=hint, id="vclinic_messages.E008")]


@register("vclinic_messages")
def check_csrf(**kwargs: object) -> list[CheckMessage]:
    """Check that a middleware sets the CSRF cookie. The pages check the token themselves, but set no cookie.

    E033: ``CsrfViewMiddleware`` is not in ``MIDDLEWARE``. Nothing sets the CSRF cookie, so no form of the
    pages is accepted.
    """
    if any(CsrfViewMiddleware in _bases(path) for path in settings.MIDDLEWARE):
        return []
    hint = "Add django.middleware.csrf.CsrfViewMiddleware (or your subclass): without it no form is accepted."
    return [Error("No middleware sets the CSRF cookie.", hint=hint, id="vclinic_messages.E033")]


@register("vclinic_messages")
def check_authentication(**kwargs: object) -> list[CheckMessage]:
    """E042: No middleware sets ``request.user``."""
    if any(AuthenticationMiddleware in _bases(path) for path in settings.MIDDLEWARE):
        return []
    hint = (
        "Add django.contrib.auth.middleware.AuthenticationMiddleware (or your subclass) after the middleware "
        "of sessions: every page of Messages asks for request.user."
    )
    return [Error("No middleware sets request.user.", hint=hint, id="vclinic_messages.E042")]


@register("vclinic_messages")
def check_pool(**kwargs: object) -> list[CheckMessage]:
    """Check that the pool gets the connections of all requests back.

    W053: The database has a pool, and a middleware is synchronous only. Under ASGI, a request behind it may
    keep its connection for good when its client goes away, until the pool is empty.

    asgiref then closes the request in a thread that has ended. With ``STREAM_URL`` or without streams the
    portal may run under WSGI, where this cannot happen, so nothing is reported.
    """
    has_pool = database().settings_dict["OPTIONS"].get("pool")
    may_be_wsgi = live_settings.STREAM_URL or live_settings.MODE != "auto"
    if not has_pool or may_be_wsgi:
        return []
    hint = "Derive a class from django.utils.deprecation.MiddlewareMixin, or use sync_and_async_middleware."
    return [
        Warning(f"{path} is synchronous only.", hint=hint, id="vclinic_messages.W053")
        for path in settings.MIDDLEWARE
        if not _is_async_capable(path)
    ]


def _is_async_capable(path: str) -> bool:
    try:
        return bool(getattr(import_string(path), "async_capable", False))
    except ImportError:
        return True


def _is_tenant_middleware(path: str) -> bool:
    return any(base.__module__.startswith("django_tenants.middleware") for base in _bases(path))


def _bases(path: str) -> tuple[type, ...]:
    """Return the class of a middleware and its base classes; nothing if it is a function or missing."""
    try:
        middleware = import_string(path)
    except ImportError:
        return ()
    return middleware.__mro__ if isinstance(middleware, type) else ()
