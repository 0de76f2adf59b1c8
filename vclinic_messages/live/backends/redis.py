"""The Redis backend, for portals that already run Redis: ``pip install vclinic-messages[redis]``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from redis import Redis
from redis import asyncio as redis_asyncio
from redis.backoff import NoBackoff
from redis.retry import Retry

from vclinic_messages.conf import live_settings
from vclinic_messages.live.backends.base import Backend
from vclinic_messages.live.events import CHANNEL
from vclinic_messages.tenancy import after_commit

#: Seconds without a message after which the listener checks that its connection still works.
CHECK_AFTER_SECONDS = 30


class RedisBackend(Backend):
    """Publish and subscribe of Redis. If Redis fails, browsers find the message when they next poll."""

    def publish(self, payloads: Sequence[str]) -> None:
        """Publish after the commit: Redis takes no part in the transaction."""
        after_commit(lambda: _publish(payloads))

    async def listen(self, *, on_payload: Callable[[str], None], on_listening: Callable[[], None]) -> None:
        """Subscribe. Raises an exception of the redis library when the connection is lost."""
        client = redis_asyncio.from_url(live_settings.REDIS_URL, health_check_interval=CHECK_AFTER_SECONDS)
        async with client, client.pubsub() as subscription:
            await subscription.subscribe(CHANNEL)
            while True:
                message = await subscription.get_message(timeout=CHECK_AFTER_SECONDS)
                if message is None:
                    await subscription.ping()
                elif message["type"] == "subscribe":
                    on_listening()
                elif message["type"] == "message":
                    on_payload(message["data"].decode(errors="replace"))

    async def probe(self, payload: str) -> None:
        """Publish on a new connection."""
        async with redis_asyncio.from_url(live_settings.REDIS_URL) as client:
            await client.publish(CHANNEL, payload)


def _publish(payloads: Sequence[str]) -> None:
    # The sender is waiting for the response, so try once and give up after a second.
    once = {"socket_timeout": 1, "socket_connect_timeout": 1, "retry": Retry(NoBackoff(), 0)}
    with Redis.from_url(live_settings.REDIS_URL, **once) as client:
        for payload in payloads:
            client.publish(CHANNEL, payload)
