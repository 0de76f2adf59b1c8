"""The response when the database fails before our views run, as in the middleware that finds the clinic.

Our views handle the failures of their own statements. What fails in front of them, only the portal's
``handler500`` can handle.
"""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from vclinic_messages.api.error_responses import database_error_response
from vclinic_messages.database_errors import refusal_for
from vclinic_messages.errors import ClinicMismatch, Unavailable
from vclinic_messages.pages.refusals import page_without_database

_API = "vclinic_messages_api"
_PAGES = {"vclinic_messages", "vclinic_messages_admin"}


def outage_response(request: HttpRequest) -> HttpResponse | None:
    """Return our response to the exception that is being handled, for the portal's ``handler500``.

    It is a 503 with a code. None if the request is not for one of our URLs, or the database is not at fault.
    """
    refusal = refusal_for(sys.exception())
    if not isinstance(refusal, (ClinicMismatch, Unavailable)):
        return None
    apps = _apps(request)
    if _API in apps:
        return database_error_response(refusal)
    if _PAGES.isdisjoint(apps):
        return None
    # Django reports a 503 like any error, and no view has said yet which values are secret.
    request.sensitive_post_parameters = "__ALL__"  # type: ignore[attr-defined]
    return page_without_database(request, refusal)


def _apps(request: HttpRequest) -> list[str]:
    """Return the apps of the requested URL. The request may have failed before Django resolved it."""
    try:
        return resolve(request.path_info, getattr(request, "urlconf", None)).app_names
    except Resolver404:
        return []
