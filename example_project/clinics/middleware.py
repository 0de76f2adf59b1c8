"""Which clinic a request belongs to."""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django_tenants.middleware import TenantMainMiddleware
from django_tenants.utils import get_public_schema_name


class ClinicMiddleware(TenantMainMiddleware):
    """By the host name; a Wagtail preview stays in the clinic whose editor asked for it.

    For a preview Wagtail sends a made-up request through the middleware once more, in the midst of the real
    one, with the host of its Site record. If that named another clinic, the rest of the real request would
    be answered from there.
    """

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        if getattr(request, "is_dummy", False) and connection.schema_name != get_public_schema_name():
            request.tenant = connection.tenant
            self.setup_url_routing(request)
            return None
        return super().process_request(request)
