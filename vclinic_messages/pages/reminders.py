"""The page where a person switches their reminders on or off, and the one that an e-mail links to."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.csrf import csrf_exempt
from django.views.generic.base import View

from vclinic_messages import actions, selectors
from vclinic_messages.clinic_switch import clinic_settings
from vclinic_messages.database_errors import coded_database_errors
from vclinic_messages.errors import ClinicMismatch, Unavailable
from vclinic_messages.pages.page import MessagesPage
from vclinic_messages.pages.portal_context import portal_context
from vclinic_messages.pages.refusals import unavailable_page
from vclinic_messages.reminders.addresses import mailbox_of_token
from vclinic_messages.tenancy import clinic_transaction


class RemindersView(MessagesPage):
    """The viewer's own choice. POST with ``email`` switches reminders on, without it off."""

    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest) -> HttpResponse:
        context = {
            "page_title": _("Reminders by e-mail"),
            "view": "own",
            "by_email": selectors.wants_reminders(self.viewer),
            "address": selectors.reminder_address(self.viewer),
            "said_first": pgettext("vclinic_messages", "Saved.") if "saved" in request.GET else "",
        }
        return self.page("reminders", context)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        actions.choose_reminders(viewer=self.viewer, by_email="email" in request.POST)
        return redirect(f"{request.path}?saved=1")


@method_decorator([csrf_exempt, login_not_required], name="dispatch")
class StopRemindersView(View):
    """Switch off the reminders of the person to whom the e-mail with this token went.

    Whoever has the e-mail may do it, without signing in: nothing else can be done with the token. GET only
    asks, because mail programs and virus scanners open links. A mail program posts without cookies.
    """

    http_method_names = ["get", "head", "post"]

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        """Respond in one transaction. 404 for a token that is not of this clinic."""
        try:
            with coded_database_errors(), clinic_transaction():
                response = super().dispatch(request, *args, **kwargs)
        except (ClinicMismatch, Unavailable) as refusal:
            response = unavailable_page(request, refusal)
        response["Cache-Control"] = "private, no-store"
        # The token is in the address.
        response["Referrer-Policy"] = "no-referrer"
        return response

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        return self.show(request, is_stopped=False, is_known=mailbox_of_token(token) is not None)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        mailbox = mailbox_of_token(token)
        is_stopped = mailbox is not None and actions.stop_reminders(mailbox=mailbox)
        return self.show(request, is_stopped=is_stopped, is_known=is_stopped)

    def show(self, request: HttpRequest, *, is_stopped: bool, is_known: bool) -> HttpResponse:
        if clinic_settings() is None:
            raise Http404
        context = {**portal_context(), "is_stopped": is_stopped, "is_known": is_known, "person": None}
        name = "vclinic_messages/pages/stop_reminders.html"
        return render(request, name, context, status=200 if is_known else 404)
