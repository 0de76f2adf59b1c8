"""Backends: how processes tell each other of changes."""

from __future__ import annotations

from functools import lru_cache

from vclinic_messages.conf import live_settings
from vclinic_messages.live.backends.base import Backend

__all__ = ["Backend", "get_backend"]


def get_backend() -> Backend:
    """Return the backend that the settings name: one object per process."""
    return _backend(live_settings.BACKEND)


@lru_cache
def _backend(name: str) -> Backend:
    # Imported only when it is used: the library of Redis is an optional dependency, and the backend for
    # PostgreSQL needs Django's settings, which a portal's asgi.py may set after it has imported ours.
    if name == "redis":
        from vclinic_messages.live.backends.redis import RedisBackend  # noqa: PLC0415

        return RedisBackend()
    from vclinic_messages.live.backends.postgres import PostgresBackend  # noqa: PLC0415

    return PostgresBackend()
