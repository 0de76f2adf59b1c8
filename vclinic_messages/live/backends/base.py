"""What a backend does."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable


class Backend(ABC):
    """Carries payloads from the process that commits a change to every process that holds streams."""

    #: Whether streams can work with it at all.
    carries: bool = True

    @abstractmethod
    def publish(self, payloads: Iterable[str]) -> None:
        """Send, so that it arrives only if the transaction at hand is committed. Synchronous."""

    @abstractmethod
    async def listen(self, *, hear: Callable[[str], None], healthy: Callable[[], None]) -> None:
        """Listen until something fails: then raise. ``healthy`` is called once nothing more can be missed.

        ``hear`` gets every payload, in the order of commits, on the event loop at hand.
        """

    @abstractmethod
    async def probe(self, payload: str) -> None:
        """Send the payload as the application would send it, for a listener's test of itself."""
