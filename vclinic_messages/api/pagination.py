"""DRF's cursor pages, with the contract's error for a cursor that is none."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

from vclinic_messages import selectors
from vclinic_messages.api.error_responses import InvalidCursor
from vclinic_messages.api.inputs import is_position
from vclinic_messages.message_text import has_forbidden_characters
from vclinic_messages.viewer import Viewer

#: Gives the rows beyond a position, in the order of the list, and whether there are more in that direction.
Fetch = Callable[[Cursor], tuple[Sequence[Any], bool]]


class KeysetPagination(CursorPagination):
    """Pages by a position that only one row has, so that what arrives meanwhile repeats and hides nothing.

    A position is the values of all fields in whose order the rows stand, of which the last is unique. DRF
    takes the first field only and counts those who share it, which repeats people where more than a thousand
    have one name, or none.
    """

    page_size = 50
    fields: Sequence[str]
    cursor: Any

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """A page of a query set that is ordered by plain fields. Raises InvalidCursor."""
        self.fields = [str(field) for field in queryset.query.order_by]

        def fetch(cursor: Cursor) -> tuple[Sequence[Any], bool]:
            beyond = queryset if cursor.position is None else self._beyond(queryset, cursor)
            found = list((beyond.reverse() if cursor.reverse else beyond)[: self.page_size + 1])
            rows = found[: self.page_size]
            return rows[::-1] if cursor.reverse else rows, len(found) > self.page_size

        return self.paginate(request, fetch)

    def paginate(self, request: Request, fetch: Fetch) -> list[Any]:
        """A page of what ``fetch`` gives. Raises InvalidCursor."""
        self.base_url = request.build_absolute_uri()
        self.cursor = self.decode_cursor(request) or Cursor(0, False, None)
        rows, has_more = fetch(self.cursor)
        self.page = list(rows)
        self.has_next = self.has_previous = self.cursor.position is not None
        if self.cursor.reverse:
            self.has_previous = has_more
        else:
            self.has_next = has_more
        return self.page

    def decode_cursor(self, request: Request) -> Any:
        if not request.query_params.get(self.cursor_query_param):
            return None
        try:
            cursor: Any = super().decode_cursor(request)
        except NotFound:
            raise InvalidCursor from None
        if cursor.position is None or cursor.offset or not self._is_position(cursor.position):
            raise InvalidCursor
        return cursor

    def get_next_link(self) -> str | None:
        return self._link(-1, reverse=False) if self.has_next else None

    def get_previous_link(self) -> str | None:
        return self._link(0, reverse=True) if self.has_previous else None

    def _is_position(self, text: str) -> bool:
        try:
            values = json.loads(text)
        except (ValueError, RecursionError):
            return False
        return (
            isinstance(values, list)
            and len(values) == len(self.fields)
            and all(value is None or isinstance(value, str) for value in values)
            and all(map(self.is_value, values))
        )

    def is_value(self, text: str | None) -> bool:
        """Whether a value in a position can be one of this list's."""
        return text is None or not has_forbidden_characters(text)

    def _link(self, index: int, *, reverse: bool) -> str:
        position: Any = self._position(self.page[index]) if self.page else self.cursor.position
        return str(self.encode_cursor(Cursor(0, reverse, position)))

    def _position(self, row: Any) -> str:
        values = (_value(row, field.lstrip("-")) for field in self.fields)
        return json.dumps([None if value is None else str(value) for value in values])

    def _beyond(self, queryset: QuerySet[Any], cursor: Cursor) -> QuerySet[Any]:
        """The rows after the cursor's position; for a reverse cursor those before it."""
        condition, same = Q(), Q()
        for field, value in zip(self.fields, json.loads(str(cursor.position)), strict=True):
            name = field.lstrip("-")
            is_upwards = field.startswith("-") == cursor.reverse
            condition |= same & _on_the_way(name, value, is_upwards=is_upwards)
            same &= Q(**{f"{name}__isnull": True} if value is None else {name: value})
        try:
            return queryset.filter(condition)
        except (ValueError, TypeError, ValidationError):
            raise InvalidCursor from None


def _value(row: Any, path: str) -> Any:
    """A field of a row, perhaps across relations; None where there is no related row."""
    return reduce(lambda found, name: getattr(found, name, None), path.split("__"), row)


def _on_the_way(name: str, value: str | None, *, is_upwards: bool) -> Q:
    """Whether a field is greater than a value, or less. In PostgreSQL's order NULL is the greatest of all."""
    if value is None:
        return Q(pk__in=[]) if is_upwards else Q(**{f"{name}__isnull": False})
    if is_upwards:
        return Q(**{f"{name}__gt": value}) | Q(**{f"{name}__isnull": True})
    return Q(**{f"{name}__lt": value})


class NumberPagination(KeysetPagination):
    """Pages by a number, as messages have."""

    def is_value(self, text: str | None) -> bool:
        return text is not None and is_position(text)


class InboxPagination(NumberPagination):
    """Pages of the viewer's conversations, by their numbers."""

    page_size = 25
    fields = ("seq",)

    def paginate_inbox(self, viewer: Viewer, request: Request, **narrowed: Any) -> list[Any]:
        """A page of what ``selectors.inbox`` lists. Raises InvalidCursor."""

        def fetch(cursor: Cursor) -> tuple[Sequence[Any], bool]:
            number = _number(cursor)
            before, after = (None, number) if cursor.reverse else (number, None)
            cut = selectors.InboxQuery(limit=self.page_size, before=before, after=after, **narrowed)
            found = selectors.inbox(viewer, cut)
            return found.items, found.next is not None

        return self.paginate(request, fetch)


def _number(cursor: Cursor) -> int | None:
    if cursor.position is None:
        return None
    (text,) = json.loads(str(cursor.position))
    return int(text)
