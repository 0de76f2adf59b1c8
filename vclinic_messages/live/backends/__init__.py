"""Backends: how processes tell each other of changes."""

from __future__ import annotations

from functools import lru_cache

from vclinic_messages.conf import live_settings
from vclinic_messages.live.backends.base import Backend
from vclinic_messages.live.backends.postgres import PostgresBackend

__all__ = ["Backend", "get_backend"]


def get_backend() -> Backend:
    """Return the backend that the settings name: one object per process."""
    return _backend(live_settings.BACKEND)


@lru_cache
def _backend(name: str) -> Backend:
    if name != "redis":
        return PostgresBackend()
    # The library is an optional dependency, so it is imported only if it is used.
    from vclinic_messages.live.backends.redis import RedisBackend  # noqa: PLC0415

    return RedisBackend()
