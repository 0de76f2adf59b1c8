"""Can notifications work?"""

from __future__ import annotations

import importlib.util
from urllib.parse import urlsplit

from django.core.checks import CheckMessage, Error, Warning, register

from vclinic_messages.conf import live_settings
from vclinic_messages.tenancy import database

PGBOUNCER_PORT = "6432"


@register("vclinic_messages")
def check_live(**kwargs: object) -> list[CheckMessage]:
    """Check that the backend can be imported, and that browsers can find the stream.

    E015: The Redis backend needs a library that is not installed: install the extra.
    E016: ``STREAM_URL`` is not a valid URL.
    """
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


@register("vclinic_messages")
def check_listener(**kwargs: object) -> list[CheckMessage]:
    """W050: The database looks like a connection pooler, and ``LISTEN_DSN`` is not set."""
    if live_settings.MODE != "auto" or live_settings.BACKEND != "postgres" or live_settings.LISTEN_DSN:
        return []
    values = database().settings_dict
    sign = "DISABLE_SERVER_SIDE_CURSORS is on" if values.get("DISABLE_SERVER_SIDE_CURSORS") else ""
    if str(values["PORT"]) == PGBOUNCER_PORT:
        sign = f"its port is {PGBOUNCER_PORT}"
    if not sign:
        return []
    message = f"The database looks like a connection pooler ({sign}), and LISTEN_DSN is not set."
    hint = (
        'Set VCLINIC_MESSAGES["LIVE"]["LISTEN_DSN"] to a direct connection. Streams hear nothing '
        "through a pooler in transaction mode: manage.py messages_doctor tests it."
    )
    return [Warning(message, hint=hint, id="vclinic_messages.W050")]
