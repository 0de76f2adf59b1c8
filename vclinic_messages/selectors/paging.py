"""Pages of lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
PositionT = TypeVar("PositionT")


@dataclass(frozen=True, slots=True)
class Page(Generic[T, PositionT]):
    """A page of items. ``next`` is what to ask for to get the following page; None on the last page."""

    items: list[T]
    next: PositionT | None
