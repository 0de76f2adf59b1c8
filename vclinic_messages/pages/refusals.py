"""The pages that say why Messages cannot be used: off, not a member, not found, unavailable."""

from __future__ import annotations

from django.contrib.auth.views import redirect_to_login
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.debug import sensitive_variables
from django.views.generic.base import View

from vclinic_messages.clinic_switch import clinic_settings
from vclinic_messages.conf import app_settings
from vclinic_messages.database_errors import coded_database_errors
from vclinic_messages.errors import (
    ClinicMismatch,
    ConversationNotFound,
    MessagesDisabled,
    NotAMember,
    Throttled,
    Unavailable,
)
from vclinic_messages.pages.portal_context import portal_context
from vclinic_messages.session_cookies import restore_session_cookie
from vclinic_messages.tenancy import clinic_transaction, roll_back, verify_clinic
from vclinic_messages.viewer import Viewer, request_viewer


class MessagesViewMixin(View):
    """Show a page only to people who may use Messages, and tell everybody else why not."""

    @property
    def viewer(self) -> Viewer:
        """Return the viewer, looked up when it is first needed: an action that is posted checks by itself.

        Raises MessagesDisabled, NotAMember or ClinicMismatch, which become pages.
        """
        return request_viewer(self.request)

    @sensitive_variables()  # an error report shows no variable of a view, because any may contain a text
    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        """Answer in one transaction; turn refusals and database errors into pages."""
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
                    return redirect_to_login(request.get_full_path())
                response = super().dispatch(request, *args, **kwargs)
                if request.method == "HEAD":
                    roll_back()  # nothing was opened or downloaded, so nothing is recorded
                return response
        except MessagesDisabled:
            return off_page(request)
        except NotAMember as refusal:
            return _refusal_page(request, "not_a_member", refusal.status)
        except ConversationNotFound as refusal:
            return _refusal_page(request, "not_found", refusal.status)
        except Throttled as refusal:
            page = _refusal_page(request, "throttled", refusal.status, detail=refusal.detail)
            page["Retry-After"] = str(refusal.retry_after)
            return page


def off_page(request: HttpRequest) -> HttpResponse:
    """Return the page shown while Messages is off: 404, with whom to phone instead."""
    return _refusal_page(request, "off", 404)


def unavailable_page(request: HttpRequest, refusal: ClinicMismatch | Unavailable) -> HttpResponse:
    """Return the page shown while the database does not answer. It contains the text that was posted.

    Use the portal's layout if it renders without the database, otherwise our standalone layout. In the wrong
    clinic always use ours: the portal's layout would show the wrong clinic's pages.
    """
    restore_session_cookie(request, refusal)
    if isinstance(refusal, ClinicMismatch):
        return page_without_database(request, refusal)
    try:
        return _unavailable_page(request, app_settings.BASE_TEMPLATE, refusal)
    except DatabaseError:
        return page_without_database(request, refusal)


def page_without_database(request: HttpRequest, refusal: ClinicMismatch | Unavailable) -> HttpResponse:
    """Return that page in our standalone layout, which runs no query."""
    return _unavailable_page(request, "vclinic_messages/layouts/alone.html", refusal)


def _unavailable_page(
    request: HttpRequest, base_template: str, refusal: ClinicMismatch | Unavailable
) -> HttpResponse:
    # With the idempotency key, so that trying again sends the message once. With the token that was posted:
    # if the request failed before Django checked it, only the person's own form has a token that is accepted.
    names = ("csrfmiddlewaretoken", "recipient", "body", "key", "seen")
    posted = [(name, request.POST.get(name, "")) for name in names]
    context = {**portal_context(), "base_template": base_template, "posted": posted}
    response = render(request, "vclinic_messages/pages/unavailable.html", context, status=refusal.status)
    response["Retry-After"] = str(refusal.retry_after)
    response["Cache-Control"] = "private, no-store"
    return response


def _refusal_page(request: HttpRequest, name: str, status: int, **context: object) -> HttpResponse:
    context |= {**portal_context(), "clinic_settings": clinic_settings(), "person": request.user.pk}
    return render(request, f"vclinic_messages/pages/{name}.html", context, status=status)
