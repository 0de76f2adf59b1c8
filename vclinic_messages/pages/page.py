"""What all pages share: the layout, the list of conversations, and responses in parts for htmx."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext
from django_htmx.middleware import HtmxDetails

from vclinic_messages import policies, selectors
from vclinic_messages.pages.failures import Failure
from vclinic_messages.pages.listing import listing
from vclinic_messages.pages.portal_context import portal_context
from vclinic_messages.pages.refusals import MessagesViewMixin
from vclinic_messages.search.folding import MAX_SEARCH_WORDS
from vclinic_messages.times import Times
from vclinic_messages.viewer import request_viewer

LAYOUTS = "vclinic_messages/layouts"
PARTS = "vclinic_messages/parts"


class MessagesPage(MessagesViewMixin):
    """Respond with a whole page, or for htmx with the part that it asks for.

    Every response has the header ``VCM-Page``, which a login page does not have: so the script recognizes our
    responses. Its value is the version of the settings that the response was made with. A page made with
    another version updates itself in place.
    """

    @property
    def wanted_part(self) -> str | None:
        """The id of our element that htmx will replace; None if the whole page is wanted."""
        htmx = HtmxDetails(self.request)
        if not htmx or htmx.history_restore_request or not (htmx.target or "").startswith("vcm-"):
            return None
        return htmx.target

    @property
    def is_for_portals_htmx(self) -> bool:
        """Whether the portal's own htmx asks, for a link to Messages that it has boosted.

        It would put the page into its own, without our scripts and styles.
        """
        htmx = HtmxDetails(self.request)
        return bool(htmx) and not htmx.history_restore_request and self.wanted_part is None

    def page(
        self, name: str, context: Mapping[str, object], *, failure: Failure | None = None
    ) -> HttpResponse:
        """Respond with the page of this template name, or for htmx with its main pane only."""
        if self.is_for_portals_htmx and self.request.method == "GET":
            response = HttpResponse(headers={"HX-Redirect": self.request.get_full_path()})
            return marked_as_ours(self.request, response)
        values = {**self.base_context(), **context, "failure": failure}
        if failure:
            values["page_title"] = gettext("Not sent: %(title)s") % {"title": values["page_title"]}
        if self.wanted_part is None:
            values["layout"] = f"{LAYOUTS}/portal.html"
            if "listing" not in values:
                values["listing"] = listing(self.viewer, self.list_query())
            values["team_news"] = selectors.team_news(self.viewer)
        else:
            values |= {"layout": f"{LAYOUTS}/fragment.html", "is_fragment": True}
        return self.render(f"vclinic_messages/pages/{name}.html", values, failure)

    def list_query(self) -> Mapping[str, object]:
        """Return the query of the list of conversations next to the page."""
        return self.request.GET

    def part(
        self, name: str, context: Mapping[str, object], *, failure: Failure | None = None
    ) -> HttpResponse:
        """Respond with one template part, for htmx."""
        values = {**self.base_context(), **context, "failure": failure}
        return self.render(f"{PARTS}/{name}.html", values, failure)

    def alert(self, failure: Failure, *, text: str, key: str) -> HttpResponse:
        """Respond to htmx with an alert only, so that the text in the form stays untouched."""
        response = self.part("alert", {"text": text, "key": key}, failure=failure)
        response["HX-Retarget"] = "#vcm-alert"
        response["HX-Reswap"] = "innerHTML"
        response["HX-Push-Url"] = "false"
        return response

    def base_context(self) -> dict[str, object]:
        """Return the variables of every template."""
        return {
            **portal_context(),
            "viewer": self.viewer,
            "start_refusal": policies.start_refusal(self.viewer.role, self.viewer.settings),
            "clinic_settings": self.viewer.settings,
            "times": Times(),
            "max_search_words": MAX_SEARCH_WORDS,
            # A template calls it where it shows the list's foot.
            "came_meanwhile": partial(selectors.came_meanwhile, self.viewer),
        }

    def render(self, template: str, context: dict[str, object], failure: Failure | None) -> HttpResponse:
        """Render a template. The status and Retry-After are those of the failure, if there is one."""
        response = render(self.request, template, context, status=failure.status if failure else 200)
        if failure and failure.retry_after is not None:
            response["Retry-After"] = str(failure.retry_after)
        return marked_as_ours(self.request, response)


def marked_as_ours(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Add the headers of a Messages page to a response: ``VCM-Page``, and Vary for htmx."""
    response["VCM-Page"] = str(request_viewer(request).settings.version)
    patch_vary_headers(response, ["HX-Request", "HX-Target", "HX-History-Restore-Request"])
    return response
