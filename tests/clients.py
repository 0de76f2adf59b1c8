"""Django's test client in one clinic, signed in. ``Caller`` (API) and ``Visitor`` (pages) build on it."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django_tenants.utils import schema_context


class ClinicClient:
    """Sends requests to one clinic, signed in as this person (None: nobody).

    ``options`` are those of Django's client, such as ``enforce_csrf_checks`` or a header.
    """

    def __init__(self, user: Any = None, clinic: str = "alder", **options: Any) -> None:
        self.clinic = clinic
        self.client = Client(HTTP_HOST=f"{clinic}.localhost", **options)
        if user is not None:
            with schema_context(clinic):
                self.client.force_login(user)

    def send(self, name: str, *arguments: Any, **options: Any) -> Any:
        """Call a method of Django's client: ``get``, ``post`` or ``generic``.

        The middleware leaves the connection in the clinic of the request, so it is restored here.
        """
        with schema_context(self.clinic):
            return getattr(self.client, name)(*arguments, **options)


class CutOff:
    """A body whose sender has gone."""

    def read(self, *size: int) -> bytes:
        raise OSError

    readline = read
