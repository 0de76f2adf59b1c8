"""``live/state/``, which tells polling and streaming browsers what is new, and tickets for streams."""

from __future__ import annotations

from urllib.parse import urlencode, urljoin, urlsplit

from django.http import Http404
from rest_framework import status
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request
from rest_framework.response import Response

from vclinic_messages import selectors
from vclinic_messages.api import inputs, outputs
from vclinic_messages.api.base_views import ViewerAPIView
from vclinic_messages.api.openapi import documented
from vclinic_messages.conf import live_settings
from vclinic_messages.live.events import session_mark
from vclinic_messages.live.hub import SCOPE_KEY
from vclinic_messages.live.tickets import LIFETIME, Ticket, issue
from vclinic_messages.session_cookies import leave_session_alone
from vclinic_messages.tenancy import expected_schema


class LiveView(ViewerAPIView):
    """A view that scripts of open pages ask by themselves, so it never extends a session.

    The scripts have the session of the page, whatever else the portal's API asks for. The session comes
    first, because a challenge such as that of HTTP Basic would open a dialog of the browser. The portal's
    throttles do not count what nobody has clicked.
    """

    throttle_classes = []

    def get_authenticators(self) -> list[BaseAuthentication]:
        """Return the authentication by session, and then the portal's own."""
        return [SessionAuthentication(), *super().get_authenticators()]

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Make sure that the session is not saved, then do what every view does first."""
        leave_session_alone(request._request)
        super().initial(request, *args, **kwargs)


class StateView(LiveView):
    """What is new after a cursor. 304 if the cursor is the current one and nothing else has changed."""

    @documented(
        "live_state", outputs.StateOutput, filters={"after": str}, takes_cursor=True, also={304: None}
    )
    def get(self, request: Request) -> Response:
        after = inputs.live_cursor(request)
        etag = selectors.live_state_etag(self.viewer)
        headers = {"ETag": etag}
        if after == selectors.Cursor.present(self.viewer) and _matches(
            request.headers.get("If-None-Match", ""), etag
        ):
            return Response(status=status.HTTP_304_NOT_MODIFIED, headers=headers)
        found = selectors.live_state(self.viewer, after)
        data = {
            "cursor": str(found.cursor),
            "unread_conversations": self.viewer.unread_conversations,
            "events": [_event(event) for event in found.events],
            "more": found.more,
            "reset": found.reset,
            "stream": _offers_stream(request),
            "poll": live_settings.POLL_SECONDS,
        }
        return Response(outputs.StateOutput(data).data, headers=headers)


class TicketView(LiveView):
    """A ticket that opens a stream, and the URL to open. 404 if no stream is offered."""

    @documented("live_ticket", outputs.TicketOutput, one=True)
    def post(self, request: Request) -> Response:
        if not _offers_stream(request):
            raise Http404
        # Not a URL name, because no view of Django serves it: live_application does, in front of Django.
        url = live_settings.STREAM_URL or urljoin(request.path, "../stream/")
        schema, session = expected_schema(), getattr(request._request, "session", None)
        ticket = Ticket(
            schema=schema,
            user=str(self.viewer.key),
            session=session_mark(schema, getattr(session, "session_key", None)),
            host=urlsplit(url).netloc or request.get_host(),
            origin=f"{request.scheme}://{request.get_host()}",
        )
        data = {"url": f"{url}?{urlencode({'ticket': issue(ticket)})}", "expires_in": LIFETIME}
        return Response(outputs.TicketOutput(data).data)


def _offers_stream(request: Request) -> bool:
    """Return whether a browser that asks for a ticket will find a stream."""
    if live_settings.MODE != "auto":
        return False
    hub = getattr(request._request, "scope", {}).get(SCOPE_KEY)
    return bool(live_settings.STREAM_URL) or (hub is not None and not hub.degraded and not hub.is_full)


def _event(event: selectors.Event) -> dict[str, object]:
    sender = event.sender if live_settings.SHOW_SENDER else None
    return {"message": event.message, "conversation": event.conversation, "url": event.url, "sender": sender}


def _matches(header: str, etag: str) -> bool:
    """Return whether an If-None-Match header contains the ETag, by weak comparison (RFC 9110, 8.8.3.2)."""
    known = {each.strip().removeprefix("W/") for each in header.split(",")}
    return etag.removeprefix("W/") in known
