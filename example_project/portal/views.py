from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.static import serve
from django_tenants.utils import schema_context

from example_project.clinics.current import ClinicRequest
from example_project.clinics.views import unknown_clinic


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not hasattr(request, "tenant"):
        return unknown_clinic(request)
    with in_clinic(request.tenant.schema_name):
        return render(request, "portal/not_found.html", status=404)


def image(request: ClinicRequest, schema: str, path: str) -> HttpResponseBase:
    """An image of this clinic's pages; those of another clinic are not here."""
    if schema != request.tenant.schema_name:
        raise Http404
    return serve(request, path, document_root=str(settings.MEDIA_ROOT / schema / "images"))


@contextmanager
def in_clinic(schema: str) -> Iterator[None]:
    """Under ASGI, Django calls error handlers in another thread than the view, with a database connection of
    its own that no middleware has switched to the clinic and that nobody closes.
    """
    was_closed = connection.connection is None
    try:
        with schema_context(schema):
            yield
    finally:
        if was_closed:
            connection.close()
