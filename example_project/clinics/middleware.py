"""Find the clinic of a request."""

from django.http import HttpResponse
from django_tenants.middleware import TenantMainMiddleware
from django_tenants.utils import get_public_schema_name

from example_project.clinics.current import ClinicRequest, clinic_connection


class ClinicMiddleware(TenantMainMiddleware):
    """Finds the clinic by the host name. Wagtail's previews stay in the clinic of the editor.

    For a preview Wagtail sends a dummy request through the middleware while it handles the real request. The
    dummy request has the host name of Wagtail's Site. If this were the host name of another clinic, the
    connection would switch to that clinic, and the rest of the real request would read its data.
    """

    def process_request(self, request: ClinicRequest) -> HttpResponse | None:
        connection = clinic_connection()
        if getattr(request, "is_dummy", False) and connection.schema_name != get_public_schema_name():
            request.tenant = connection.tenant
            self.setup_url_routing(request)
            return None
        return super().process_request(request)
