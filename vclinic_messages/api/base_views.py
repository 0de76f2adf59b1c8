"""The base of all views of the API. It does not depend on the portal's REST_FRAMEWORK settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import IO, Any, NoReturn
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase, UnreadablePostError
from django.views.decorators.debug import sensitive_variables
from rest_framework.exceptions import ParseError, PermissionDenied
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from vclinic_messages.api.error_responses import DATABASE_REFUSALS, database_error_response, error_response
from vclinic_messages.database_errors import coded_database_errors, refusal_for
from vclinic_messages.session_cookies import restore_session_cookie
from vclinic_messages.tenancy import clinic_transaction, roll_back, verify_clinic
from vclinic_messages.viewer import Viewer, request_viewer

#: Stands for a malformed id: no conversation has it.
_NO_CONVERSATION = UUID(int=0)


class Parser(JSONParser):
    """A JSON parser that reports excessive nesting as a parse error."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the parsed body. Raises ParseError."""
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError from None


class JSONOnly(BaseContentNegotiation):
    """Responds with JSON, whatever the ``Accept`` header asks for."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        """Return the parser of the request's content type; None (status 415) if there is none."""
        content_type = (request.content_type or "").split(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == content_type), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Return the only renderer."""
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


class MessagesAPIView(APIView):
    """A view for signed-in people that reports errors with a code.

    Authentication and throttling are the portal's, except for ``live/``. Everything else is fixed, because
    clients rely on it: JSON in and out, no versioning scheme, no browsable pages.
    """

    parser_classes = [Parser]
    renderer_classes = [JSONRenderer]
    permission_classes = [IsAuthenticated]
    content_negotiation_class = JSONOnly
    versioning_class = None
    metadata_class = None
    http_method_names = ["get", "head", "post", "delete"]

    @sensitive_variables()  # any variable below may contain a text, and error reports must not show it
    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        """Run the view and render its response in one transaction.

        A connection pooler may give each transaction another connection, and with it another clinic's search
        path. In one transaction the user, their rights and what they see come from one clinic.
        """
        try:
            with coded_database_errors(), clinic_transaction():
                response = super().dispatch(request, *args, **kwargs)
                if isinstance(response, Response):
                    response.render()  # Django would do it after the end of the transaction
                if request.method == "HEAD":
                    roll_back()  # nothing was opened, so nothing is recorded
                return response
        except DATABASE_REFUSALS as refusal:
            restore_session_cookie(request, refusal)
            return database_error_response(refusal)

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Authenticate. The viewer is whoever the portal's authentication found, by session or by token."""
        super().initial(request, *args, **kwargs)
        request._request.user = request.user

    def permission_denied(
        self, request: Request, message: str | None = None, code: str | None = None
    ) -> NoReturn:
        """Refuse with NotAuthenticated or PermissionDenied.

        In the wrong clinic the session is not found. Telling the user to sign in again would not help, so
        that raises ClinicMismatch.
        """
        verify_clinic()
        super().permission_denied(request, message, code)
        raise PermissionDenied

    def finalize_response(
        self, request: Request, response: Response, *args: object, **kwargs: object
    ) -> Response:
        """Forbid caches to store the response, unless the view says otherwise."""
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    def handle_exception(self, exc: Exception) -> Response:
        """Respond with the code of a refusal. Raises database errors, and all that is not a refusal."""
        if isinstance(exc, DATABASE_REFUSALS) or refusal_for(exc) is not None:
            raise exc  # so that the transaction is rolled back; ``dispatch`` responds
        if isinstance(exc, ValueError) and _client_is_gone(self.request):
            exc = UnreadablePostError()
        response = error_response(exc, self)
        return response if response is not None else super().handle_exception(exc)


def _client_is_gone(request: Request) -> bool:
    """Return whether Django has closed the body, as it does under ASGI when the client goes away."""
    return bool(getattr(request._request._stream, "closed", False))


class ViewerAPIView(MessagesAPIView):
    """A view for people who may use Messages now. Everybody else is refused before the handler runs."""

    viewer: Viewer

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Set ``self.viewer``. Raises what ``request_viewer`` raises."""
        super().initial(request, *args, **kwargs)
        self.viewer = request_viewer(request._request)


def conversation_key(text: str) -> UUID:
    """Return the id of a conversation from a URL; for a malformed one, an id that no conversation has.

    A URL pattern that requires a UUID would return 404 too early: "signed out", "Messages is off" and "no
    role" come before "not found", for every URL.
    """
    try:
        key = UUID(text)
    except ValueError:
        return _NO_CONVERSATION
    return key if str(key) == text.lower() else _NO_CONVERSATION
