from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_tenants.utils import schema_context

from example_project.clinics.views import unknown_clinic


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not hasattr(request, "tenant"):
        return unknown_clinic(request)
    with in_clinic_of(request):
        return render(request, "portal/not_found.html", status=404)


@contextmanager
def in_clinic_of(request: HttpRequest) -> Iterator[None]:
    """Under ASGI, Django calls error handlers in another thread than the view, with a database connection of
    its own that no middleware has switched to the clinic and that nobody closes.
    """
    was_closed = connection.connection is None
    try:
        with schema_context(request.tenant.schema_name):
            yield
    finally:
        if was_closed:
            connection.close()
