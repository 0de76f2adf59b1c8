"""Which clinic a request belongs to."""

from django.http import HttpResponse
from django_tenants.middleware import TenantMainMiddleware
from django_tenants.utils import get_public_schema_name

from example_project.clinics.current import ClinicRequest, clinic_connection


class ClinicMiddleware(TenantMainMiddleware):
    """By the host name; a Wagtail preview stays in the clinic whose editor asked for it.

    For a preview Wagtail sends a made-up request through the middleware once more, in the midst of the real
    one, with the host of its Site record. If that named another clinic, the rest of the real request would
    be answered from there.
    """

    def process_request(self, request: ClinicRequest) -> HttpResponse | None:
        connection = clinic_connection()
        if getattr(request, "is_dummy", False) and connection.schema_name != get_public_schema_name():
            request.tenant = connection.tenant
            self.setup_url_routing(request)
            return None
        return super().process_request(request)
