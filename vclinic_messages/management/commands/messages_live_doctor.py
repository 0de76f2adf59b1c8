"""``manage.py messages_live_doctor``: does what the application sends reach the listener?"""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from vclinic_messages.conf import live_settings
from vclinic_messages.live.backends import get_backend
from vclinic_messages.live.events import Probe, decode, probe

#: Seconds within which the listener must hear the application.
PATIENCE = 2.0


class Command(BaseCommand):
    help = (
        "Sends a notification on the application's connection and listens for it as a stream's process does."
    )
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        backend = get_backend()
        self.stdout.write(f"Mode: {live_settings.MODE}. Backend: {live_settings.BACKEND}.")
        if live_settings.MODE != "auto" or not backend.carries:
            self.stdout.write("No streams: browsers poll, and nothing needs to be heard.")
            return
        try:
            asyncio.run(_hear_myself())
        except TimeoutError:
            raise CommandError(_DEAF) from None
        except Exception as error:
            raise CommandError(f"The backend cannot be reached: {type(error).__name__}.") from error
        self.stdout.write(self.style.SUCCESS("The listener hears the application."))


_DEAF = (
    "The listener did not hear the application within 2 seconds. A pooler in transaction mode is deaf to"
    ' LISTEN: name a direct connection to the same database in VCLINIC_MESSAGES["LIVE"]["LISTEN_DSN"].'
)


async def _hear_myself() -> None:
    token, listening, heard = uuid.uuid4().hex, asyncio.Event(), asyncio.Event()

    def hear(payload: str) -> None:
        if decode(payload) == Probe(token):
            heard.set()

    listener = asyncio.ensure_future(get_backend().listen(hear=hear, healthy=listening.set))
    try:
        async with asyncio.timeout(PATIENCE * 5):
            await asyncio.wait(
                [listener, asyncio.ensure_future(listening.wait())], return_when=asyncio.FIRST_COMPLETED
            )
        if listener.done():
            await listener
        await get_backend().probe(probe(token))
        async with asyncio.timeout(PATIENCE):
            await heard.wait()
    finally:
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)
