"""Requests that must not sign people out (in the wrong clinic) or keep them signed in (in the background)."""

from __future__ import annotations

from typing import Protocol

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase

from vclinic_messages.errors import ClinicMismatch, MessagesError


class RequestWithSession(Protocol):
    """What the functions below need of Django's request and of REST framework's."""

    COOKIES: dict[str, str]
    session: SessionBase


def leave_session_alone(request: RequestWithSession) -> None:
    """Keep this request from extending the session.

    An open page asks for hours. If that extended the session, nobody would ever be signed out automatically.
    With SESSION_SAVE_EVERY_REQUEST, Django's middleware saves the session after every request, whatever the
    view does. So this request's session gets a ``save`` that does nothing.
    """
    session = getattr(request, "session", None)
    if session is not None:
        session.save = lambda *args, **kwargs: None


def restore_session_cookie(request: RequestWithSession, refusal: MessagesError) -> None:
    """Put the session key of the cookie back into the request after a ClinicMismatch.

    Otherwise Django would delete the cookie, because it did not find the session in the wrong clinic.
    """
    session = getattr(request, "session", None)
    if session is not None and isinstance(refusal, ClinicMismatch):
        request.session = type(session)(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
