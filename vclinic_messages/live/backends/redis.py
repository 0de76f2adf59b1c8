"""Redis publish and subscribe, for portals that have one: ``pip install vclinic-messages[redis]``."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from redis import Redis
from redis import asyncio as redis_asyncio
from redis.backoff import NoBackoff
from redis.retry import Retry

from vclinic_messages.conf import live_settings
from vclinic_messages.live.backends.base import Backend
from vclinic_messages.live.events import CHANNEL
from vclinic_messages.tenancy import after_commit

#: Seconds of silence after which the listener asks whether its connection still lives.
SILENCE = 30


class RedisBackend(Backend):
    """Publishes after the commit. Redis being away does not undo a send: browsers find it by polling."""

    def publish(self, payloads: Iterable[str]) -> None:
        payloads = list(payloads)
        after_commit(lambda: _publish(payloads))

    async def listen(self, *, hear: Callable[[str], None], healthy: Callable[[], None]) -> None:
        client = redis_asyncio.from_url(live_settings.REDIS_URL, health_check_interval=SILENCE)
        async with client, client.pubsub() as subscription:
            await subscription.subscribe(CHANNEL)
            while True:
                message = await subscription.get_message(timeout=SILENCE)
                if message is None:
                    await subscription.ping()
                elif message["type"] == "subscribe":
                    healthy()
                elif message["type"] == "message":
                    hear(message["data"].decode())

    async def probe(self, payload: str) -> None:
        async with redis_asyncio.from_url(live_settings.REDIS_URL) as client:
            await client.publish(CHANNEL, payload)


def _publish(payloads: Iterable[str]) -> None:
    # Somebody waits for the answer to a send, so there is one short attempt.
    once = {"socket_timeout": 1, "socket_connect_timeout": 1, "retry": Retry(NoBackoff(), 0)}
    with Redis.from_url(live_settings.REDIS_URL, **once) as client:
        for payload in payloads:
            client.publish(CHANNEL, payload)
