"""Keep people signed in after a request that ran in the wrong clinic."""

from __future__ import annotations

from typing import Protocol

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase

from vclinic_messages.errors import ClinicMismatch, MessagesError


class RequestWithSession(Protocol):
    """What the function below needs of Django's request and of REST framework's."""

    COOKIES: dict[str, str]
    session: SessionBase


def restore_session_cookie(request: RequestWithSession, refusal: MessagesError) -> None:
    """Put the session key of the cookie back into the request after a ClinicMismatch.

    Otherwise Django would delete the cookie, because it did not find the session in the wrong clinic.
    """
    session = getattr(request, "session", None)
    if session is not None and isinstance(refusal, ClinicMismatch):
        request.session = type(session)(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
