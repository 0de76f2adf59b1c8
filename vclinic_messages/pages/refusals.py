"""The pages that say why Messages cannot be used: signed out, off, not a member, not found, unavailable."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables
from django.views.generic.base import View

from vclinic_messages.clinic_switch import clinic_settings
from vclinic_messages.conf import app_settings
from vclinic_messages.database_errors import coded_database_errors
from vclinic_messages.errors import (
    ClinicMismatch,
    ConversationNotFound,
    MessagesDisabled,
    MessagesError,
    NotAMember,
    OtherPerson,
    SignedOut,
    StaleForm,
    Throttled,
    Unavailable,
    UnreadableForm,
)
from vclinic_messages.pages.form_checks import check_form, read_form, typed_values
from vclinic_messages.pages.forms import purpose
from vclinic_messages.pages.portal_context import portal_context
from vclinic_messages.session_cookies import leave_session_alone, restore_session_cookie
from vclinic_messages.tenancy import clinic_transaction, roll_back, verify_clinic
from vclinic_messages.viewer import Viewer, request_viewer

#: The header of what the script of an open page asks by itself, and not because the person did something.
#: Nobody gains anything by sending it: their session only ends earlier.
BACKGROUND_HEADER = "VCM-Background"

#: A parameter of the address that the script of an open page loads when somebody else has signed in. The
#: page's own address would answer "not found", which would not tell that person why.
OTHER_PERSON = "other_person"

#: The fields that a form posts again together with its text, if they were posted. ``more`` is a button.
_POSTED_AGAIN = (
    "recipient",
    "was",
    "key",
    "seen",
    "viewer",
    "draft",
    "newer",
    "discarded",
    "action",
    "title",
    "q",
    "filter",
    "show",
    "more",
    "instead",
    "back",
)


#: Errors that have a page of their own, which MessagesViewMixin shows.
WITH_OWN_PAGE = (ClinicMismatch, ConversationNotFound, MessagesDisabled, NotAMember)


class MessagesViewMixin(View):
    """Show a page only to people who may use Messages, and tell everybody else why not."""

    @property
    def viewer(self) -> Viewer:
        """Return the viewer. They are looked up when first needed, because actions do their own checks.

        Raises MessagesDisabled, NotAMember or ClinicMismatch, which become pages.
        """
        return request_viewer(self.request)

    @method_decorator(csrf_exempt)  # ``_respond`` checks the token
    @method_decorator(login_not_required)  # and whether somebody is signed in: a typed text must come back
    @sensitive_variables()  # an error report shows no variable of a view, because any may contain a text
    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        """Respond in one transaction; turn refusals and database errors into pages."""
        if BACKGROUND_HEADER in request.headers:
            leave_session_alone(request)
        try:
            with coded_database_errors():
                response = self._respond(request, *args, **kwargs)
        except (ClinicMismatch, Unavailable) as refusal:
            response = unavailable_page(request, refusal)
        response["Cache-Control"] = "private, no-store"
        return response

    def _respond(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        try:
            # One transaction. Behind a pooler the person, their rights and what they see then come from the
            # same clinic.
            with clinic_transaction():
                if not request.user.is_authenticated:
                    verify_clinic()  # in the wrong clinic the session is not found; signing in would not help
                    return signed_out(request, **kwargs)
                if OTHER_PERSON in request.GET:
                    raise OtherPerson
                if (given_back := self._checked_form(request)) is not None:
                    return given_back
                response = super().dispatch(request, *args, **kwargs)
                if request.method == "HEAD":
                    roll_back()  # nothing was opened or downloaded, so nothing is recorded
                return response
        except OtherPerson as refusal:
            return refusal_response(request, refusal, "other_person")
        except MessagesDisabled as refusal:
            return refusal_json(refusal) if wants_json(request) else off_page(request)
        except NotAMember as refusal:
            return refusal_response(request, refusal, "not_a_member")
        except ConversationNotFound as refusal:
            return refusal_response(request, refusal, "not_found")
        except Throttled as refusal:
            page = _refusal_page(request, "throttled", refusal.status, detail=refusal.detail)
            page["Retry-After"] = str(refusal.retry_after)
            return page

    def _checked_form(self, request: HttpRequest) -> HttpResponse | None:
        """Return the response to a form that cannot be accepted; None if it can. Raises OtherPerson."""
        try:
            read_form(request)
            if not self.only_reads():
                check_form(request)
        except UnreadableForm as refusal:
            return self.give_back(refusal)
        except StaleForm as refusal:
            given_back = self.give_back(refusal)
            given_back["VCM-Token"] = get_token(request)
            return given_back
        return None

    def only_reads(self) -> bool:
        """Return whether a posted form changes nothing, so that it needs no token.

        A search is posted, so that its words are in no address.
        """
        return False

    def give_back(self, refusal: MessagesError) -> HttpResponse:
        """Respond to a form whose token is too old, or that cannot be read.

        A form with a text comes back with the text and a new token. The script puts the token of the header
        ``VCM-Token`` into the form and sends it again.
        """
        return refusal_response(self.request, refusal, "stale")


def wants_json(request: HttpRequest) -> bool:
    """Return whether a script asks."""
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def refusal_response(request: HttpRequest, refusal: MessagesError, name: str) -> HttpResponse:
    """Respond to a script with the code of the refusal, and anybody else with its page."""
    if wants_json(request):
        return refusal_json(refusal)
    return _refusal_page(request, name, refusal.status, detail=refusal.detail)


def refusal_json(refusal: MessagesError) -> JsonResponse:
    """Return the code of a refusal and what it says, for a script."""
    return JsonResponse({"code": refusal.code, "detail": str(refusal.detail)}, status=refusal.status)


def signed_out(request: HttpRequest, **kwargs: object) -> HttpResponse:
    """Redirect to the login page and back. A typed text comes back in a form that waits for the sign-in.

    With htmx the text stays in the open page. A script that asks for JSON gets the code.
    """
    if wants_json(request):
        return refusal_json(SignedOut())
    if typed_values(request).get("body") and not request.headers.get("HX-Request"):
        return _refusal_page(request, "signed_out", 403)
    if request.method == "POST" and "conversation_id" in kwargs:  # the address of a button shows no page
        return redirect_to_login(reverse("vclinic_messages:conversation", kwargs=kwargs))
    return redirect_to_login(request.get_full_path())


def off_page(request: HttpRequest) -> HttpResponse:
    """Return the page shown while Messages is off: 404, with whom to phone instead."""
    return _refusal_page(request, "off", 404)


def unavailable_page(request: HttpRequest, refusal: ClinicMismatch | Unavailable) -> HttpResponse:
    """Return the page shown while the database does not respond. It contains the text that was posted.

    Use the portal's layout if it renders without the database, otherwise our standalone layout. In the wrong
    clinic always use ours: the portal's layout would show the wrong clinic's pages.
    """
    restore_session_cookie(request, refusal)
    if wants_json(request):
        response = refusal_json(refusal)
        response["Retry-After"] = str(refusal.retry_after)
        return response
    if isinstance(refusal, ClinicMismatch):
        return page_without_database(request, refusal)
    try:
        return _unavailable_page(request, app_settings.BASE_TEMPLATE, refusal)
    except DatabaseError:
        return page_without_database(request, refusal)


def page_without_database(request: HttpRequest, refusal: ClinicMismatch | Unavailable) -> HttpResponse:
    """Return the page shown while the database does not respond, in our standalone layout without queries."""
    return _unavailable_page(request, "vclinic_messages/layouts/alone.html", refusal)


def _unavailable_page(
    request: HttpRequest, base_template: str, refusal: ClinicMismatch | Unavailable
) -> HttpResponse:
    # With the token that was posted: if the request failed before anybody checked it, only the person's own
    # form has a token that is accepted.
    token = typed_values(request).get("csrfmiddlewaretoken", "")
    context = {**portal_context(), "base_template": base_template, **_typed(request), "token": token}
    response = render(request, "vclinic_messages/pages/unavailable.html", context, status=refusal.status)
    response["Retry-After"] = str(refusal.retry_after)
    response["Cache-Control"] = "private, no-store"
    return response


def _refusal_page(request: HttpRequest, name: str, status: int, **context: object) -> HttpResponse:
    context |= {**portal_context(), "clinic_settings": clinic_settings(), "person": request.user.pk}
    if name != "other_person":
        context |= _typed(request)
    return render(request, f"vclinic_messages/pages/{name}.html", context, status=status)


def _typed(request: HttpRequest) -> dict[str, object]:
    """Return the typed text and the other values of its form.

    The idempotency key is among them, so that trying again sends the message once. So is the button that was
    pressed, so that trying again after a search searches.
    """
    values = typed_values(request)
    return {
        "unsent": values.get("body", ""),
        "posted": [(name, values[name]) for name in _POSTED_AGAIN if name in values],
        "purpose": purpose(values),
    }
