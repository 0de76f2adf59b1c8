"""Every route of ours in the portal's URLconf."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.urls import URLResolver, get_resolver

#: The parameters of our routes. A new one fails until the tests give it a value of the other clinic.
KNOWN_PARTS = {"absence_id", "conversation_id", "pk", "reply_id", "team_id", "token"}


def addresses() -> list[str]:
    """Return the routes of our views, such as ``messages/<uuid:conversation_id>/``."""
    return sorted(views())


def views() -> dict[str, Any]:
    """Return our views by route."""
    return dict(_routes(get_resolver(), ""))


def filled(route: str, **parts: object) -> str:
    """Return the route as a path with these values."""
    found = set(re.findall(r"<(?:\w+:)?(\w+)>", route))
    assert found <= KNOWN_PARTS, f"{route}: give {found - KNOWN_PARTS} a value of the other clinic"
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(parts[match[1]]), route)


def _routes(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, Any]]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern, route)
        elif _is_ours(pattern.callback):
            yield route, pattern.callback


def _is_ours(callback: Any) -> bool:
    view = getattr(callback, "view_class", None) or getattr(callback, "cls", None) or callback
    return str(getattr(view, "__module__", "")).startswith("vclinic_messages.")
