"""The interface of a backend."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence


class Backend(ABC):
    """Takes payloads from the process that commits a change to every process with open streams."""

    @abstractmethod
    def publish(self, payloads: Sequence[str]) -> None:
        """Send payloads, which arrive only if the current transaction is committed. Synchronous."""

    @abstractmethod
    async def listen(self, *, on_payload: Callable[[str], None], on_listening: Callable[[], None]) -> None:
        """Listen until the connection fails, then raise. Never returns normally.

        Calls ``on_listening`` once everything sent from now on will arrive. Calls ``on_payload`` with each
        payload, in the order of commits. Both are called on the running event loop.
        """

    @abstractmethod
    async def probe(self, payload: str) -> None:
        """Send a payload on a connection like the application's, so that a listener can test itself."""
