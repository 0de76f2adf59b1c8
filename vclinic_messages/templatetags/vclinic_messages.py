"""Template tags for the portal's own templates: navigation item, badge and notifications.

Each renders nothing for an anonymous visitor, for a person without a role, outside a clinic, and where the
clinic has switched Messages off.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from django.template import Context, Library
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import ngettext

from vclinic_messages.conf import app_settings, csrf_header, live_settings
from vclinic_messages.number_formats import badge_count, plural_forms
from vclinic_messages.selectors import Cursor, live_state_etag
from vclinic_messages.tenancy import expected_schema
from vclinic_messages.viewer import Viewer, visible_viewer

register = Library()

#: The attribute that marks a request whose page has our style sheets already.
_STYLED = "_vclinic_messages_styled"


@register.simple_tag(takes_context=True)
def messages_styles(context: Context) -> SafeString:
    """Render the style sheets, for the page's head. Without this tag the first of the others adds them."""
    return _render("styles", context)


@register.simple_tag(takes_context=True)
def messages_nav_item(context: Context, css_class: str = "") -> SafeString:
    """Render a link to Messages with the badge, for the portal's navigation, with the portal's CSS class."""
    return _render("nav_item", context, css_class=css_class)


@register.simple_tag(takes_context=True)
def messages_badge(context: Context) -> SafeString:
    """Render the badge alone, for example next to the word “Menu” of a folded navigation."""
    return _render("badge", context)


@register.simple_tag(takes_context=True)
def messages_live(context: Context) -> SafeString:
    """Render the script and the region for notifications. Use it once, at the end of the page's body."""
    return _render("live", context, _live_values) if live_settings.MODE != "off" else mark_safe("")


def _render(
    part: str, context: Context, more: Callable[[Viewer], dict[str, object]] | None = None, **extra: object
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
        "unread_text": badge_count(viewer.unread_conversations),
        "many_text": badge_count(100),
        "unread_forms": plural_forms(_unread),
        "color_scheme": app_settings.COLOR_SCHEME,
        **(more(viewer) if more else {}),
        **extra,
    }
    return render_to_string(f"vclinic_messages/parts/{part}.html", values, request)


def _live_values(viewer: Viewer) -> dict[str, object]:
    return {
        "state_url": _reverse("vclinic_messages_api:live_state"),
        "mailbox": _mailbox(viewer),
        "live_state_etag": live_state_etag(viewer),
        "live_cursor": str(Cursor.present(viewer)),
        "ticket_url": _reverse("vclinic_messages_api:live_ticket"),
        "csrf_header": csrf_header(),
        "poll_hidden": live_settings.POLL_SECONDS_HIDDEN,
        "poll_safety": live_settings.SAFETY_POLL_SECONDS,
        "several_forms": plural_forms(_several),
    }


def _reverse(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _mailbox(viewer: Viewer) -> str:
    """Return a name for this person's mailbox in the browser's storage. It does not reveal who they are."""
    text = f"{expected_schema()}:{viewer.key}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _several(count: int, shown: str) -> str:
    phrase = ngettext(
        "New messages in %(count)s conversation", "New messages in %(count)s conversations", count
    )
    return phrase % {"count": shown}


def _unread(count: int, shown: str) -> str:
    return ngettext(", %(count)s unread", ", %(count)s unread", count) % {"count": shown}
