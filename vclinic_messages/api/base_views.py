"""What every view of the API shares, whatever the portal's REST_FRAMEWORK settings say."""

from __future__ import annotations

from typing import Any, NoReturn
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.debug import sensitive_variables
from rest_framework.exceptions import ParseError, PermissionDenied
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from vclinic_messages.api.error_responses import FAULTS, error_response, fault_response
from vclinic_messages.database_errors import coded_database_errors, refusal_for
from vclinic_messages.session_cookies import restore_session_cookie
from vclinic_messages.tenancy import clinic_transaction, verify_clinic
from vclinic_messages.viewer import Viewer, request_viewer

_NO_CONVERSATION = UUID(int=0)


class Parser(JSONParser):
    """JSON; what is nested too deep to be read is none."""

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().parse(*args, **kwargs)
        except RecursionError:
            raise ParseError from None


class JSONOnly(BaseContentNegotiation):
    """Answers JSON to whatever ``Accept`` asks for."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        wanted = (request.content_type or "").split(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == wanted), None)

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class MessagesAPIView(APIView):
    """Signed-in people only; errors in the shape of the contract.

    Authentication and throttling are the portal's. The rest is fixed here, because the contract is: JSON in
    and out, no versioning scheme, no browsable pages.
    """

    parser_classes = [Parser]
    renderer_classes = [JSONRenderer]
    permission_classes = [IsAuthenticated]
    content_negotiation_class = JSONOnly
    versioning_class = None
    metadata_class = None
    http_method_names = ["get", "head", "post"]

    @sensitive_variables()  # whatever fails below: error reports show no variable, a text may be in any
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            # One transaction: behind a pooler who asks, what they may and what they see come from one clinic.
            with coded_database_errors(), clinic_transaction():
                response: Any = super().dispatch(request, *args, **kwargs)
                return response.render()  # here and not by the handler, so that what is said above holds
        except FAULTS as fault:
            restore_session_cookie(request, fault)
            return fault_response(fault)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        # Whoever the portal's authentication found, by token as by session, is the viewer.
        request._request.user = request.user

    def permission_denied(self, request: Request, *args: Any, **kwargs: Any) -> NoReturn:
        # In another clinic the session is not found. Who is told so signs in again for nothing.
        verify_clinic()
        super().permission_denied(request, *args, **kwargs)
        raise PermissionDenied

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, FAULTS) or refusal_for(exc) is not None:
            raise exc  # the transaction must not end as if nothing had happened
        response = error_response(exc, self)
        return response if response is not None else super().handle_exception(exc)


class ViewerAPIView(MessagesAPIView):
    """For those who may use Messages now: ``self.viewer``."""

    viewer: Viewer

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.viewer = request_viewer(request._request)


def conversation_key(text: str) -> UUID:
    """The id of a conversation from the address; for what cannot be one, an id that none has.

    So the refusals that come before "not found" come first for every address.
    """
    try:
        key = UUID(text)
    except ValueError:
        return _NO_CONVERSATION
    return key if str(key) == text.lower() else _NO_CONVERSATION
