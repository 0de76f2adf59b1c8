"""Refusals as JSON with a code. The portal's exception handler is not used and not changed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, JsonResponse, UnreadablePostError
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import APIView, set_rollback

from vclinic_messages.errors import (
    ClinicMismatch,
    FieldError,
    InvalidInput,
    MessagesError,
    SendingNotAllowed,
    Unavailable,
)
from vclinic_messages.errors import Throttled as SendingThrottled

#: Refusals because of the database. They must leave the transaction as exceptions, so that it is rolled back.
DATABASE_REFUSALS = (ClinicMismatch, Unavailable)

#: The codes of DRF's fields that have another name here.
_FIELD_CODES = {"null": "required", "invalid": "invalid_type"}

#: The codes of DRF's exceptions, and what the page "Error codes" says of each.
CODES: list[tuple[type[exceptions.APIException], str, str]] = [
    (
        exceptions.NotAuthenticated,
        "not_authenticated",
        "In the API, the status depends on the portal's authentication.",
    ),
    (exceptions.AuthenticationFailed, "not_authenticated", "Also for credentials that are not valid."),
    (exceptions.ParseError, "parse_error", "The body is not JSON, too large, or did not arrive complete."),
    (exceptions.MethodNotAllowed, "method_not_allowed", "The URL does not support this method."),
    (exceptions.UnsupportedMediaType, "unsupported_media_type", "The body is not ``application/json``."),
    (exceptions.PermissionDenied, "permission_denied", "In the API: the CSRF token is missing or wrong."),
    (
        exceptions.NotFound,
        "not_found",
        "Also for a draft or an absence that does not exist, and from ``POST live/ticket/`` if no stream is "
        "offered.",
    ),
    (exceptions.Throttled, "throttled", "Also if a throttle of the portal refuses."),
]


class InvalidCursor(MessagesError):
    """The cursor or position is not valid."""

    code = "invalid_cursor"
    status = 400
    detail = "Invalid cursor."


def error_response(exc: Exception, view: APIView) -> Response | None:
    """Return the response to a refusal; None for any other exception."""
    if isinstance(exc, Http404):
        exc = exceptions.NotFound()
    elif isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied()
    elif isinstance(exc, RequestDataTooBig):
        exc = exceptions.ParseError(_("The request is too large."))
    elif isinstance(exc, UnreadablePostError):
        exc = exceptions.ParseError()
    if isinstance(exc, exceptions.ValidationError):
        exc = invalid_input(exc)
    if isinstance(exc, MessagesError):
        response = _refused(exc)
    elif isinstance(exc, exceptions.APIException):
        response = _refused_by_framework(exc, view)
    else:
        return None
    set_rollback()
    response.exception = True
    return response


def database_error_response(exc: ClinicMismatch | Unavailable) -> JsonResponse:
    """Return the response if the database failed, which may happen before a view runs or after it."""
    response = JsonResponse({"code": exc.code, "detail": str(exc.detail)}, status=exc.status)
    response["Retry-After"] = str(exc.retry_after)
    response["Cache-Control"] = "private, no-store"
    return response


def invalid_input(exc: exceptions.ValidationError) -> InvalidInput:
    """Return DRF's validation error as InvalidInput, with our codes."""
    detail = exc.detail if isinstance(exc.detail, Mapping) else {"non_field_errors": exc.detail}
    return InvalidInput({str(field): list(_field_errors(problems)) for field, problems in detail.items()})


def _field_errors(problems: object) -> Iterator[FieldError]:
    for problem in problems if isinstance(problems, list) else [problems]:
        code = getattr(problem, "code", "invalid")
        yield FieldError(_FIELD_CODES.get(code, code), str(problem))


def _refused(exc: MessagesError) -> Response:
    data: dict[str, Any] = {"code": exc.code, "detail": str(exc.detail)}
    headers = {}
    if isinstance(exc, InvalidInput):
        data["errors"] = {
            field: [{"code": each.code, "detail": str(each.detail)} for each in problems]
            for field, problems in exc.errors.items()
        }
    if isinstance(exc, SendingNotAllowed):
        data["reason"] = exc.reason
    if isinstance(exc, SendingThrottled):
        headers["Retry-After"] = str(exc.retry_after)
    return Response(data, status=exc.status, headers=headers)


def _refused_by_framework(exc: exceptions.APIException, view: APIView) -> Response:
    code = next((code for kind, code, _when in CODES if isinstance(exc, kind)), str(exc.default_code))
    status, headers = exc.status_code, {}
    if code == "not_authenticated":
        challenge = view.get_authenticate_header(view.request)
        status = 401 if challenge else 403
        headers = {"WWW-Authenticate": challenge} if challenge else {}
    wait = getattr(exc, "wait", None)
    if wait is not None:
        headers["Retry-After"] = str(math.ceil(wait))
    return Response({"code": code, "detail": str(exc.detail)}, status=status, headers=headers)
