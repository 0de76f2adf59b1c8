"""What carries events between processes."""

from __future__ import annotations

from functools import lru_cache

from vclinic_messages.conf import live_settings
from vclinic_messages.live.backends.base import Backend
from vclinic_messages.live.backends.null import NullBackend
from vclinic_messages.live.backends.postgres import PostgresBackend

__all__ = ["Backend", "get_backend"]


@lru_cache
def _backend(name: str) -> Backend:
    if name == "redis":
        # The extra is optional, so its library is imported only where it is asked for.
        from vclinic_messages.live.backends.redis import RedisBackend

        return RedisBackend()
    return NullBackend() if name == "null" else PostgresBackend()


def get_backend() -> Backend:
    """The backend that the settings name, one object per process."""
    return _backend(live_settings.BACKEND)
