"""``manage.py messages_live_doctor``: do notifications reach the processes with open streams?"""

from __future__ import annotations

import asyncio
import uuid

from django.core.management.base import BaseCommand, CommandError

from vclinic_messages.conf import live_settings
from vclinic_messages.live.backends import get_backend
from vclinic_messages.live.events import Probe, decode, probe

#: Seconds within which the listener must connect.
CONNECT_SECONDS = 10.0
#: Seconds within which the listener must hear the application.
HEAR_SECONDS = 2.0


class Command(BaseCommand):
    """Send a notification as the application does, and listen for it as a process with streams does."""

    help = (
        "Send a test notification on a connection like the application's, and listen for it like a process "
        "with open streams. Changes nothing. Fails if the notification is not heard."
    )
    requires_system_checks = []

    def handle(self, *args: object, **options: object) -> None:
        """Print the result. Raises CommandError if notifications do not arrive."""
        self.stdout.write(f"Mode: {live_settings.MODE}. Backend: {live_settings.BACKEND}.")
        if live_settings.MODE != "auto":
            self.stdout.write("There are no streams in this mode, so there is nothing to test.")
            return
        try:
            asyncio.run(_hear_the_application())
        except TimeoutError:
            raise CommandError(_NOT_HEARD) from None
        except Exception as error:
            raise CommandError(f"The backend cannot be reached: {type(error).__name__}.") from error
        self.stdout.write(self.style.SUCCESS("The listener hears the application."))


_NOT_HEARD = (
    "The listener did not hear the application within 2 seconds. LISTEN does not work through a pooler in"
    ' transaction mode: set VCLINIC_MESSAGES["LIVE"]["LISTEN_DSN"] to a direct connection to the database.'
)


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
