"""``live/state/``: the only truth of the notifications, for polling and streaming browsers alike."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

from django.http import Http404
from django.urls import reverse
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from vclinic_messages import selectors
from vclinic_messages.api import inputs, outputs
from vclinic_messages.api.base_views import MessagesAPIView, ViewerAPIView
from vclinic_messages.api.openapi import documented
from vclinic_messages.conf import live_settings
from vclinic_messages.live.backends import get_backend
from vclinic_messages.live.events import session_mark
from vclinic_messages.live.hub import SCOPE_KEY
from vclinic_messages.live.tickets import LIFETIME, Ticket, issue
from vclinic_messages.tenancy import expected_schema


class StateView(ViewerAPIView):
    """What is new after a cursor. 304 where the cursor is the present one and nothing else has changed."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        _leave_session_alone(request)
        super().initial(request, *args, **kwargs)

    @documented(
        "live_state", outputs.StateOutput, filters={"after": int}, takes_cursor=True, also={304: None}
    )
    def get(self, request: Request) -> Response:
        after = inputs.position(request, "after")
        etag = selectors.live_state_etag(self.viewer)
        headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
        if after == self.viewer.seq and _matches(request.headers.get("If-None-Match", ""), etag):
            return Response(status=status.HTTP_304_NOT_MODIFIED, headers=headers)
        found = selectors.live_state(self.viewer, after)
        data = {
            "cursor": found.cursor,
            "unread_conversations": self.viewer.unread_conversations,
            "events": [_event(event) for event in found.events],
            "more": found.more,
            "reset": found.reset,
            "stream": _streams_here(request),
            "poll": live_settings.POLL_SECONDS,
        }
        return Response(outputs.StateOutput(data).data, headers=headers)


class TicketView(ViewerAPIView):
    """A ticket for opening a stream, and where to open it."""

    @documented("live_ticket", outputs.TicketOutput, one=True)
    def post(self, request: Request) -> Response:
        if not _streams_here(request):
            raise Http404
        address = live_settings.STREAM_URL or reverse("vclinic_messages_api:live_stream")
        schema, session = expected_schema(), getattr(request._request, "session", None)
        ticket = Ticket(
            schema=schema,
            user=str(self.viewer.key),
            session=session_mark(schema, getattr(session, "session_key", None)),
            host=urlsplit(address).netloc or request.get_host(),
            origin=f"{request.scheme}://{request.get_host()}",
        )
        data = {"url": f"{address}?{urlencode({'ticket': issue(ticket)})}", "expires_in": LIFETIME}
        return Response(outputs.TicketOutput(data).data)


class StreamView(MessagesAPIView):
    """Stands where ``live_application`` answers. Reached only where that is not in front of Django."""

    schema = None

    def get(self, request: Request) -> Response:
        raise Http404


def _streams_here(request: Request) -> bool:
    """Whether a browser that asks for a ticket will find a stream."""
    if live_settings.MODE != "auto" or not get_backend().carries:
        return False
    hub = getattr(request._request, "scope", {}).get(SCOPE_KEY)
    return bool(live_settings.STREAM_URL) or (hub is not None and not hub.degraded)


def _event(event: Any) -> dict[str, Any]:
    sender = event.sender if live_settings.SHOW_SENDER else None
    return {"seq": event.seq, "conversation": event.conversation, "url": event.url, "sender": sender}


def _matches(header: str, etag: str) -> bool:
    """Weak comparison (RFC 9110, 8.8.3.2)."""
    known = {each.strip().removeprefix("W/") for each in header.split(",")}
    return etag.removeprefix("W/") in known


def _leave_session_alone(request: Request) -> None:
    """Polling must not extend a sliding session: an open tab would defeat automatic sign-out.

    With SESSION_SAVE_EVERY_REQUEST the middleware saves the session whatever a view does, so this request's
    session object no longer saves.
    """
    session = getattr(request._request, "session", None)
    if session is not None:
        session.save = lambda *args, **kwargs: None
