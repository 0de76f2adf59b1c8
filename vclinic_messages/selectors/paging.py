"""Pages of lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page of items. ``next`` is what to ask for to get the following page; None on the last page."""

    items: list[T]
    next: int | None
