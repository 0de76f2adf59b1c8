"""Can notifications work?"""

from __future__ import annotations

import importlib.util
from urllib.parse import urlsplit

from django.core.checks import CheckMessage, Error, register

from vclinic_messages.conf import live_settings


@register("vclinic_messages")
def check_live(**kwargs: object) -> list[CheckMessage]:
    """E015 and E016: the backend can be imported, and browsers can find the stream."""
    found: list[CheckMessage] = []
    if live_settings.BACKEND == "redis" and importlib.util.find_spec("redis") is None:
        hint = 'Install the extra: pip install "vclinic-messages[redis]".'
        message = "The redis backend needs the redis library, which is not installed."
        found.append(Error(message, hint=hint, id="vclinic_messages.E015"))
    url = live_settings.STREAM_URL
    if url and not (url.startswith("/") or urlsplit(url).scheme in ("http", "https")):
        hint = "Give an absolute URL (https://…), or a path that begins with a slash."
        found.append(Error(f"STREAM_URL {url!r} is not a valid URL.", hint=hint, id="vclinic_messages.E016"))
    return found
