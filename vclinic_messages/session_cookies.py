"""Keeping people signed in when a request ends in the wrong clinic."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from vclinic_messages.errors import ClinicMismatch, MessagesError


def restore_session_cookie(request: Any, refusal: MessagesError) -> None:
    """Give the request its session key back after a ClinicMismatch.

    In the wrong clinic the session was not found, and Django would delete the cookie.
    """
    session = getattr(request, "session", None)
    if session is not None and isinstance(refusal, ClinicMismatch):
        request.session = type(session)(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
