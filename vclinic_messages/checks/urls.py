"""Can the pages and the API be reached?"""

from __future__ import annotations

from django.core.checks import CheckMessage, Tags, Warning, register
from django.urls import NoReverseMatch, Resolver404, resolve, reverse


@register(Tags.urls)
def check_urls(**kwargs: object) -> list[CheckMessage]:
    """W011 and W012: the URLs are included, and no earlier pattern matches them."""
    found: list[CheckMessage] = []
    for name in ("vclinic_messages:inbox", "vclinic_messages_api:live_state"):
        try:
            path = reverse(name)
        except NoReverseMatch:
            hint = 'Add path("messages/", include("vclinic_messages.urls")) to the URLconf of the clinics.'
            message = f"The URL {name!r} is not included."
            found.append(Warning(message, hint=hint, id="vclinic_messages.W011"))
            continue
        if _view_name(path) != name:
            hint = "Include vclinic_messages.urls before patterns that match every path, such as Wagtail's."
            message = f"{path} leads to another view than {name!r}."
            found.append(Warning(message, hint=hint, id="vclinic_messages.W012"))
    return found


def _view_name(path: str) -> str | None:
    try:
        return resolve(path).view_name
    except Resolver404:
        return None
