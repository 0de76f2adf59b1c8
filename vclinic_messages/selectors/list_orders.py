"""Which conversations a list shows, in which order, and the positions at which its pages are cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, TypeAlias
from uuid import UUID

from django.db.models import BigIntegerField


class Show(StrEnum):
    """Which conversations a list shows. ``WAITING`` is for staff: those that wait for their answer."""

    WAITING = "waiting"
    UNREAD = "unread"
    ALL = "all"

    @property
    def order(self) -> ListOrder:
        """Return the order of this list."""
        return LONGEST_WAIT if self is Show.WAITING else NEWEST


class WaitingPosition(NamedTuple):
    """A position in the waiting list. The id orders conversations that wait since the same moment."""

    since: datetime
    conversation: UUID


#: A position in a list: the id of a conversation's last message, or a position in the waiting list.
Position: TypeAlias = int | WaitingPosition


@dataclass(frozen=True, slots=True)
class ListOrder:
    """An order of participants by columns that together are unique."""

    columns: tuple[str, ...]
    is_descending: bool

    @property
    def reversed(self) -> ListOrder:
        """Return the opposite order."""
        return ListOrder(self.columns, not self.is_descending)

    @property
    def follows(self) -> str:
        """Return the operator between a row of columns and one that it comes after."""
        return "<" if self.is_descending else ">"

    def row(self, table: str = "") -> str:
        """Return the columns as a row, to compare it with another."""
        return "({})".format(", ".join(f"{table}{column}" for column in self.columns))

    def sql(self, table: str = "") -> str:
        """Return the columns and directions for ORDER BY."""
        direction = "DESC" if self.is_descending else "ASC"
        return ", ".join(f"{table}{column} {direction}" for column in self.columns)


NEWEST = ListOrder(("last_message_id",), is_descending=True)
LONGEST_WAIT = ListOrder(("waiting_since", "conversation_id"), is_descending=False)


def position_values(position: Position) -> list[str]:
    """Return the values of a position as texts, for an address."""
    if isinstance(position, int):
        return [str(position)]
    return [position.since.isoformat(), str(position.conversation)]


def read_position(show: Show, values: Sequence[str | None]) -> Position | None:
    """Return the position with these values; None if they are not a position in this list."""
    try:
        if show is Show.WAITING:
            since, conversation = values
            moment = datetime.fromisoformat(str(since))
            return WaitingPosition(moment, UUID(conversation)) if moment.tzinfo else None
        (number,) = map(str, values)
        return int(number) if is_position(number) else None
    except (ValueError, AttributeError):
        return None


def is_position(text: str) -> bool:
    """Return whether the text is a number that fits into a bigint, as positions of messages do."""
    return len(text) <= 19 and text.isascii() and text.isdigit() and int(text) <= BigIntegerField.MAX_BIGINT
