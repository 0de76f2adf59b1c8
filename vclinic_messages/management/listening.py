"""Do notifications reach the processes with open streams?"""

from __future__ import annotations

import asyncio
import uuid

from django.conf import settings
from django.utils.module_loading import import_string

from vclinic_messages.conf import live_settings
from vclinic_messages.live.asgi import LiveApplication
from vclinic_messages.live.backends import get_backend
from vclinic_messages.live.events import Probe, decode, probe

#: Seconds within which the listener must connect.
CONNECT_SECONDS = 10.0
#: Seconds within which the listener must hear the application.
HEAR_SECONDS = 2.0

NOT_HEARD = (
    "the listener did not hear the application within 2 seconds. LISTEN does not work through a pooler in "
    'transaction mode: set VCLINIC_MESSAGES["LIVE"]["LISTEN_DSN"] to a direct connection to the database'
)


def listening_problem() -> str | None:
    """Return why streams would not hear of messages; None if they would, or if there are none.

    Sends a test notification as the application does, and listens for it as a process with streams does.
    """
    if live_settings.MODE != "auto":
        return None
    try:
        asyncio.run(_hear_the_application())
    except TimeoutError:
        return NOT_HEARD
    except Exception as error:
        return f"the backend {live_settings.BACKEND!r} cannot be reached ({type(error).__name__})"
    return None


def offers_streams() -> bool:
    """Return whether the portal has streams: in its asgi.py, or in another process (STREAM_URL)."""
    if live_settings.MODE != "auto":
        return False
    named = getattr(settings, "ASGI_APPLICATION", None)
    if named is None:  # startproject names only the WSGI application, next to the other
        named = (getattr(settings, "WSGI_APPLICATION", None) or "").replace("wsgi", "asgi")
    try:
        return bool(live_settings.STREAM_URL) or isinstance(import_string(named), LiveApplication)
    except ImportError:
        return False


async def _hear_the_application() -> None:
    """Raise TimeoutError if the test notification is not heard, or what the backend raises."""
    token, listening, heard = uuid.uuid4().hex, asyncio.Event(), asyncio.Event()

    def hear(payload: str) -> None:
        if decode(payload) == Probe(token):
            heard.set()

    listener = asyncio.ensure_future(get_backend().listen(on_payload=hear, on_listening=listening.set))
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            # A listener that cannot connect ends with an exception before it listens.
            is_listening = asyncio.ensure_future(listening.wait())
            await asyncio.wait([listener, is_listening], return_when=asyncio.FIRST_COMPLETED)
        if listener.done():
            await listener
        await get_backend().probe(probe(token))
        async with asyncio.timeout(HEAR_SECONDS):
            await heard.wait()
    finally:
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)
