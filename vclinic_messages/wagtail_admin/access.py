"""Who gets into our views of the Wagtail admin. Their addresses exist in every clinic, so each view asks."""

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
from vclinic_messages.tenancy import clinic_transaction


class ClinicAdminMixin(View):
    """For clinic admins with the permission that ``is_allowed`` asks for, in a clinic.

    Whether Messages is on does not matter: what was written and done while it was on stays on record. The
    permission comes before anything is read, and Wagtail takes who has none back to its dashboard.
    """

    is_allowed: Callable[[Any], bool]

    @sensitive_variables()  # error reports show no variable: an export holds every text
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not self.is_allowed(request.user):
            raise PermissionDenied
        try:
            with coded_database_errors(), clinic_transaction():
                if clinic_settings() is None:
                    raise Http404
                response: Any = super().dispatch(request, *args, **kwargs)
                if hasattr(response, "render"):
                    response = response.render()  # here and not later, so that it is of this clinic as well
        except (ClinicMismatch, Unavailable) as refusal:
            return HttpResponse(str(refusal.detail), status=refusal.status, content_type="text/plain")
        response.headers["Cache-Control"] = "private, no-store"
        return response
