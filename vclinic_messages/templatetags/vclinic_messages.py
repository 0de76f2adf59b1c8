"""What a portal puts into its own templates: the navigation item, the badge and the notifications.

Each renders nothing for an anonymous visitor, a person without a role, outside a clinic, and where the clinic
has Messages off.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.template import Context, Library
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext

from vclinic_messages.conf import app_settings, live_settings
from vclinic_messages.selectors import live_state_etag
from vclinic_messages.tenancy import expected_schema
from vclinic_messages.viewer import Viewer, visible_viewer

register = Library()

#: Marks a request whose page holds the style sheets.
_STYLED = "_vclinic_messages_styled"

#: A number of each plural category that Unicode CLDR knows, in the languages that tell it apart.
_PLURAL_SAMPLES = {"zero": 0, "one": 1, "two": 2, "few": 3, "many": 11, "other": 100}


@register.simple_tag(takes_context=True)
def messages_styles(context: Context) -> SafeString:
    """The style sheets, for the page's head. Without it the first of the other tags brings them along."""
    return _render("styles", context)


@register.simple_tag(takes_context=True)
def messages_nav_item(context: Context, css_class: str = "") -> SafeString:
    """A link to Messages with the badge, for the portal's navigation. ``css_class`` is the portal's own."""
    return _render("nav_item", context, css_class=css_class)


@register.simple_tag(takes_context=True)
def messages_badge(context: Context) -> SafeString:
    """The badge alone, for example beside the word “Menu” of a folded navigation."""
    return _render("badge", context)


@register.simple_tag(takes_context=True)
def messages_live(context: Context) -> SafeString:
    """Script and toast region. Once per page, at the end of its body."""
    return _render("live", context, _live_values) if live_settings.MODE != "off" else mark_safe("")


def _render(
    part: str, context: Context, more: Callable[[Viewer], dict[str, Any]] | None = None, **extra: Any
) -> SafeString:
    request = context.get("request")
    viewer = visible_viewer(request) if request is not None else None
    if request is None or viewer is None:
        return mark_safe("")
    first = not hasattr(request, _STYLED)
    setattr(request, _STYLED, True)
    inbox_url = _reverse("vclinic_messages:inbox")
    values = {
        "with_styles": first,
        "inbox_url": inbox_url,
        "is_current": bool(inbox_url) and request.path.startswith(inbox_url),
        "unread_conversations": viewer.unread_conversations,
        "color_scheme": app_settings.COLOR_SCHEME,
        "unread_texts": _forms(_unread, get_language()),
        **(more(viewer) if more else {}),
        **extra,
    }
    return render_to_string(f"vclinic_messages/parts/{part}.html", values, request)


def _live_values(viewer: Viewer) -> dict[str, Any]:
    return {
        "state_url": _reverse("vclinic_messages_api:live_state"),
        "mailbox": _mailbox(viewer),
        "live_state_etag": live_state_etag(viewer),
        "ticket_url": _reverse("vclinic_messages_api:live_ticket"),
        "poll_hidden": live_settings.POLL_SECONDS_HIDDEN,
        "poll_safety": live_settings.SAFETY_POLL_SECONDS,
        "several_texts": _forms(_several, get_language()),
    }


def _reverse(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _mailbox(viewer: Viewer) -> str:
    """Names this person's mailbox in the browser's storage, without saying who they are."""
    text = f"{expected_schema()}:{viewer.key}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _several(number: int) -> str:
    return ngettext(
        "New messages in %(count)s conversation", "New messages in %(count)s conversations", number
    )


def _unread(number: int) -> str:
    return ngettext(", %(count)s unread", ", %(count)s unread", number)


@lru_cache
def _forms(translate: Callable[[int], str], language: str | None) -> str:
    """The translated forms by plural category, for the script to fill in: ``{"one": "{n} new …", …}``.

    ``language`` is the one that is active: they are made once for each.
    """
    return json.dumps({name: translate(n) % {"count": "{n}"} for name, n in _PLURAL_SAMPLES.items()})
