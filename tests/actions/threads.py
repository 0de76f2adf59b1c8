"""Many threads in one clinic, each with a database connection of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connection
from django_tenants.utils import schema_context

T = TypeVar("T")


def at_once(count: int, work: Callable[[int], T], clinic: str = "alder") -> list[T]:
    """What ``work`` gives in each of ``count`` threads that begin together, or raises what one raised."""
    start = Barrier(count)

    def run(number: int) -> T:
        try:
            with schema_context(clinic):
                connection.ensure_connection()
                start.wait(timeout=30)
                return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        futures = [pool.submit(run, number) for number in range(count)]
    return [future.result() for future in futures]
