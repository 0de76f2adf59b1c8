import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views import defaults
from django.views.static import serve
from django_tenants.utils import schema_context

from example_project.clinics.current import ClinicRequest
from example_project.clinics.views import unknown_clinic
from vclinic_messages.outages import outage_response


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not hasattr(request, "tenant"):
        return unknown_clinic(request)
    with in_clinic(request.tenant.schema_name):
        return render(request, "portal/not_found.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Respond to a request that has failed. If the database is gone, say 503, so that clients try again.

    Finding the clinic of a request is the first thing that fails then, before any view. So this page queries
    nothing.
    """
    response = outage_response(request)
    if response is not None:
        return response
    if isinstance(sys.exception(), (OperationalError, InterfaceError)):
        response = render(request, "portal/unavailable.html", status=503)
        response["Retry-After"] = "5"
        return response
    return defaults.server_error(request)


def image(request: ClinicRequest, schema: str, path: str) -> HttpResponseBase:
    """Serve an image of this clinic's pages. Images of other clinics are not found."""
    if schema != request.tenant.schema_name:
        raise Http404
    return serve(request, path, document_root=str(settings.MEDIA_ROOT / schema / "images"))


@contextmanager
def in_clinic(schema: str) -> Iterator[None]:
    """Use the clinic's schema, and close the database connection if it was closed before.

    Under ASGI, Django calls error handlers in another thread than the view. This thread has its own database
    connection. No middleware has switched it to the clinic, and nothing else closes it.
    """
    was_closed = connection.connection is None
    try:
        with schema_context(schema):
            yield
    finally:
        if was_closed:
            connection.close()
