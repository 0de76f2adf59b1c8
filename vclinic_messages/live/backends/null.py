"""Carries nothing: browsers poll."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from vclinic_messages.live.backends.base import Backend


class NullBackend(Backend):
    carries = False

    def publish(self, payloads: Iterable[str]) -> None:
        """Nobody listens."""

    async def listen(self, *, hear: Callable[[str], None], healthy: Callable[[], None]) -> None:
        await asyncio.Event().wait()

    async def probe(self, payload: str) -> None:
        """Nobody listens."""
