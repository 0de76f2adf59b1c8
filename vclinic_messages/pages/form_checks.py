"""Check that a posted form comes from a page of ours, made for the person who is signed in now.

Our views are exempt from the portal's CSRF check and run it themselves, as REST framework does. The portal
would refuse a token from before the last sign-in with a page of its own, and the typed text would be lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, QueryDict, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.middleware.csrf import CsrfViewMiddleware

from vclinic_messages.errors import OtherPerson, StaleForm, UnreadableForm

# Under ASGI, Django closes what was posted when the client goes away. Reading it is a ValueError then.
_UNREADABLE = (SuspiciousOperation, BadRequest, UnreadablePostError, MultiPartParserError, ValueError)

_SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")


class _TokenCheck(CsrfViewMiddleware):
    """Django's check, which gives the reason of a refusal instead of a page."""

    def _reject(self, request: HttpRequest, reason: str) -> str:
        return reason


def read_form(request: HttpRequest) -> None:
    """Read what was posted, before anything else does. Raises UnreadableForm.

    Django reads no form above ``DATA_UPLOAD_MAX_MEMORY_SIZE``, nor one of more than
    ``DATA_UPLOAD_MAX_NUMBER_FIELDS`` fields.
    """
    try:
        request.POST.keys()
    except _UNREADABLE as error:
        raise UnreadableForm(is_too_big=isinstance(error, RequestDataTooBig)) from None


def check_form(request: HttpRequest) -> None:
    """Raise OtherPerson or StaleForm for a form that must not be accepted. Reading is always accepted.

    ``viewer`` in a form is the id of the person whom the page was made for. It is checked first: the token is
    also old if somebody else has signed in, and that person must not get the text back.
    """
    if request.method in _SAFE_METHODS:
        return
    viewer = request.POST.get("viewer")
    if viewer and viewer != str(request.user.pk):
        raise OtherPerson
    if not _has_valid_token(request):
        raise StaleForm


def typed_values(request: HttpRequest) -> Mapping[str, object]:
    """Return what was posted, to be shown again; nothing if another site may have posted it.

    Otherwise another site could put a text into the person's form, and they would only have to send it. Also
    nothing if the form is too big or was cut off: ``handler500`` may be the first to read it.
    """
    if not _is_from_our_page(request):
        return QueryDict()
    try:
        return request.POST
    except _UNREADABLE:
        return QueryDict()


def _has_valid_token(request: HttpRequest) -> bool:
    check = _TokenCheck(_no_view)
    check.process_request(request)
    return check.process_view(request, _no_view, (), {}) is None


def _origin_is_trusted(request: HttpRequest) -> bool:
    check: Any = _TokenCheck(_no_view)
    return bool(check._origin_verified(request))


def _no_view(_request: HttpRequest) -> HttpResponse:
    """Take the place of a view. Django's middleware needs one, but does not call it here."""
    return HttpResponse()


def _is_from_our_page(request: HttpRequest) -> bool:
    """Return whether the browser says that a page of ours has posted the form.

    All browsers send one of these headers with a form. Django compares ``Origin``, because the portal may be
    behind a proxy. The token does not count here: it may be in the session, and the database may be gone.
    """
    if (site := request.headers.get("Sec-Fetch-Site")) is not None:
        return site == "same-origin"
    return "Origin" in request.headers and _origin_is_trusted(request)
