"""Check on every request that the user may see a view of ours in the Wagtail admin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.debug import sensitive_variables
from django.views.generic.base import View

from vclinic_messages.clinic_switch import clinic_settings
from vclinic_messages.database_errors import coded_database_errors
from vclinic_messages.errors import ClinicMismatch, Unavailable
from vclinic_messages.models import MessagesSettings
from vclinic_messages.tenancy import clinic_transaction, roll_back


class ClinicAdminMixin(View):
    """Let in users for whom ``is_allowed`` returns True, inside a clinic only.

    It does not matter whether Messages is on: the records stay available after a clinic has switched it off.
    The permission is checked before anything is read. Wagtail redirects users without it to its dashboard.
    """

    is_allowed: Callable[[Any], bool]
    clinic_settings: MessagesSettings

    # An export contains message texts. Error reports must not show them, so they show no variables.
    @sensitive_variables()
    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        """Respond inside a transaction that has checked the clinic; 404 in the public schema."""
        if not self.is_allowed(request.user):
            raise PermissionDenied
        try:
            with coded_database_errors(), clinic_transaction():
                settings = clinic_settings()
                if settings is None:
                    raise Http404
                self.clinic_settings = settings
                response = super().dispatch(request, *args, **kwargs)
                if hasattr(response, "render"):
                    # Templates read from the database too. Django would render after the transaction.
                    response = response.render()
                if request.method == "HEAD":
                    roll_back()  # nothing was downloaded, so nothing is recorded
        except (ClinicMismatch, Unavailable) as refusal:
            response = HttpResponse(
                str(refusal.detail),
                status=refusal.status,
                content_type="text/plain",
                headers={"Retry-After": str(refusal.retry_after)},
            )
        response.headers["Cache-Control"] = "private, no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        # The filters in an address may be names of people. No other site must learn them.
        response.headers["Referrer-Policy"] = "same-origin"
        return response
