"""The types of what django-tenants adds to the database connection and to requests."""

from __future__ import annotations

from typing import Protocol, cast

from django.db import connection
from django.http import HttpRequest

from example_project.clinics.models import Clinic


class ClinicConnection(Protocol):
    """A connection that django-tenants has switched to a clinic."""

    schema_name: str
    tenant: Clinic


class ClinicRequest(HttpRequest):
    """A request for which the middleware has found the clinic."""

    tenant: Clinic


def clinic_connection() -> ClinicConnection:
    """Return Django's connection, which is one of django-tenants' by the settings."""
    return cast(ClinicConnection, connection)
