"""What all pages share: the layout, the list beside them, and answers in parts for htmx."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext
from django_htmx.middleware import HtmxDetails

from vclinic_messages import policies
from vclinic_messages.conf import app_settings
from vclinic_messages.models import BODY_MAX_LENGTH
from vclinic_messages.pages.failures import Failure
from vclinic_messages.pages.listing import listing
from vclinic_messages.pages.refusals import MessagesViewMixin
from vclinic_messages.tenancy import clinic_name
from vclinic_messages.times import Times
from vclinic_messages.viewer import request_viewer

LAYOUTS = "vclinic_messages/layouts"
PARTS = "vclinic_messages/parts"


class MessagesPage(MessagesViewMixin):
    """A page of Messages: whole, or for htmx the part that it asked for.

    Every answer carries the header ``VCM-Page``, by which the script tells ours from a login page. It holds
    the version of the settings under which it was made: a page of another version renews itself in place.
    """

    @property
    def wanted_part(self) -> str | None:
        """The id of the element that htmx wants to fill; None where the whole page is wanted."""
        htmx = HtmxDetails(self.request)
        if not htmx or htmx.history_restore_request:
            return None
        return htmx.target or "vcm-main"

    def page(
        self, name: str, *, page_title: str, failure: Failure | None = None, **context: Any
    ) -> HttpResponse:
        """A page of ours by its template's name, or only its main pane."""
        if failure:
            page_title = gettext("Not sent: %(title)s") % {"title": page_title}
        context = {**self.base_context(), "page_title": page_title, "failure": failure, **context}
        if self.wanted_part is None:
            context |= {"layout": f"{LAYOUTS}/portal.html"}
            if "listing" not in context:
                context["listing"] = listing(self.viewer, self.list_query())
        else:
            context |= {"layout": f"{LAYOUTS}/fragment.html", "is_fragment": True}
        return self.answer(f"vclinic_messages/pages/{name}.html", context, failure)

    def list_query(self) -> Mapping[str, Any]:
        """What the list beside the page is narrowed by."""
        return self.request.GET

    def part(self, name: str, *, failure: Failure | None = None, **context: Any) -> HttpResponse:
        """One template part, for htmx."""
        return self.answer(
            f"{PARTS}/{name}.html", {**self.base_context(), "failure": failure, **context}, failure
        )

    def alert(self, failure: Failure, *, text: str, key: str) -> HttpResponse:
        """A refusal for htmx: into the alert region, so that the typed text is not touched."""
        response = self.part("alert", failure=failure, text=text, key=key)
        response["HX-Retarget"] = "#vcm-alert"
        response["HX-Reswap"] = "innerHTML"
        response["HX-Push-Url"] = "false"
        return response

    def base_context(self) -> dict[str, Any]:
        """What every template of ours may use."""
        return {
            "viewer": self.viewer,
            "start_refusal": policies.start_refusal(self.viewer.role, self.viewer.settings),
            "clinic_settings": self.viewer.settings,
            "clinic_name": clinic_name(),
            "base_template": app_settings.BASE_TEMPLATE,
            "color_scheme": app_settings.COLOR_SCHEME,
            "home_url": resolve_url(app_settings.HOME_URL),
            "body_max_length": BODY_MAX_LENGTH,
            "times": Times(),
        }

    def answer(self, template: str, context: dict[str, Any], failure: Failure | None) -> HttpResponse:
        response = render(self.request, template, context, status=failure.status if failure else 200)
        if failure and failure.retry_after is not None:
            response["Retry-After"] = str(failure.retry_after)
        return ours(self.request, response)


def ours(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Mark an answer as one of the Messages pages, which depends on what htmx asked for."""
    response["VCM-Page"] = str(request_viewer(request).settings.version)
    patch_vary_headers(response, ["HX-Request", "HX-Target", "HX-History-Restore-Request"])
    return response
