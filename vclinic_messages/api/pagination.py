"""Cursor pages as DRF returns them, but by the values of rows instead of counting rows (keyset pagination).

With page numbers, a message that arrives between two requests shifts all rows: the next page repeats one, and
the page before hides one. DRF's own cursors use only the first field of the order and count the rows with
equal values, up to a limit, so they repeat people if more than a thousand share a name.

So a cursor here contains the values of all fields of the order, taken from the last row that was shown. The
last field is unique. A page is then "the rows after these values", whatever arrived meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, TypeAlias, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param
from rest_framework.views import APIView

from vclinic_messages import selectors
from vclinic_messages.api.error_responses import InvalidCursor
from vclinic_messages.message_text import has_forbidden_characters
from vclinic_messages.models import Message
from vclinic_messages.policies import unknown_message
from vclinic_messages.search.folding import has_too_many_words
from vclinic_messages.viewer import Viewer

ModelT = TypeVar("ModelT", bound=Model)
RowT = TypeVar("RowT")

Values: TypeAlias = list[str | None]


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page begins: after the row with these values, or before it (``is_reverse``).

    None: at the beginning of the list.
    """

    values: Values | None = None
    is_reverse: bool = False


#: Returns the rows at a position, in the order of the list, and whether there are more in that direction.
Fetch: TypeAlias = Callable[[Position], tuple[Sequence[RowT], bool]]


class KeysetPagination(CursorPagination):
    """Pages of a query set that is ordered by plain fields, of which the last is unique."""

    page_size = 50
    #: The search whose results are paged.
    search = ""
    fields: Sequence[str]
    position: Position

    def paginate_queryset(
        self, queryset: QuerySet[ModelT, RowT] | Sequence[RowT], request: Request, view: APIView | None = None
    ) -> list[RowT]:
        """Return one page of an ordered query set. Raises InvalidCursor."""
        if not isinstance(queryset, QuerySet):
            raise TypeError("A sequence has no order to page by.")
        self.fields = [str(field) for field in queryset.query.order_by]

        def fetch(position: Position) -> tuple[Sequence[RowT], bool]:
            rows = queryset if position.values is None else self._rows_at(queryset, position)
            found = list((rows.reverse() if position.is_reverse else rows)[: self.page_size + 1])
            page = found[: self.page_size]
            return page[::-1] if position.is_reverse else page, len(found) > self.page_size

        return self.paginate(request, fetch)

    def paginate(self, request: Request, fetch: Fetch[RowT]) -> list[RowT]:
        """Return one page of what ``fetch`` finds. Raises InvalidCursor."""
        self.base_url = request.build_absolute_uri()
        self.position = self._read_position(request)
        rows, has_more = fetch(self.position)
        page = list(rows)
        self.page = page
        is_inside = self.position.values is not None
        self.has_next, self.has_previous = (
            (is_inside, has_more) if self.position.is_reverse else (has_more, is_inside)
        )
        return page

    def get_paginated_response(self, data: Any) -> Response:
        """Return the page, marked as ``truncated`` if words of the search were left out."""
        response = super().get_paginated_response(data)
        if has_too_many_words(self.search):
            response.data["truncated"] = True
        return response

    def get_next_link(self) -> str | None:
        """Return the URL of the following page; None if there is none."""
        return self._link(-1, is_reverse=False) if self.has_next else None

    def get_previous_link(self) -> str | None:
        """Return the URL of the page before; None if there is none."""
        return self._link(0, is_reverse=True) if self.has_previous else None

    def is_value(self, value: str | None) -> bool:
        """Return whether a value from a cursor is possible in this list."""
        return value is None or not has_forbidden_characters(value)

    def _read_position(self, request: Request) -> Position:
        if not request.query_params.get(self.cursor_query_param):
            return Position()
        try:
            cursor = self.decode_cursor(request)
        except NotFound:
            raise InvalidCursor from None
        if cursor is None or cursor.offset:
            raise InvalidCursor
        return Position(self._read_values(str(cursor.position)), cursor.reverse)

    def _read_values(self, text: str) -> Values:
        try:
            values = json.loads(text)
        except (ValueError, RecursionError):
            raise InvalidCursor from None
        if not isinstance(values, list) or len(values) != len(self.fields):
            raise InvalidCursor
        if not all((value is None or isinstance(value, str)) and self.is_value(value) for value in values):
            raise InvalidCursor
        return values

    def _link(self, index: int, *, is_reverse: bool) -> str:
        values = self.values_of(self.page[index]) if self.page else self.position.values
        position: Any = json.dumps(values)  # a string, although the type stubs of DRF say that it is a number
        return self.encode_cursor(Cursor(0, is_reverse, position))

    def values_of(self, row: Any) -> Values:
        """Return the values of a row's position."""
        values = (_value(row, field.removeprefix("-")) for field in self.fields)
        return [None if value is None else str(value) for value in values]

    def _rows_at(self, queryset: QuerySet[ModelT, RowT], position: Position) -> QuerySet[ModelT, RowT]:
        """Return the rows after the position's values, or before them if it is reverse.

        For the order (a, b) and the values (x, y): a > x, or a = x and b > y.
        """
        condition, is_equal_so_far = Q(), Q()
        for field, value in zip(self.fields, position.values or [], strict=True):
            name = field.removeprefix("-")
            is_ascending = field.startswith("-") == position.is_reverse
            condition |= is_equal_so_far & _comes_after(name, value, is_ascending=is_ascending)
            is_equal_so_far &= Q(**{f"{name}__isnull": True} if value is None else {name: value})
        try:
            return queryset.filter(condition)
        except (ValueError, TypeError, ValidationError):  # not a value of the field's type
            raise InvalidCursor from None


def _value(row: object, path: str) -> object:
    """Return a field's value; None if a relation on its path leads to no row."""
    return reduce(lambda found, name: getattr(found, name, None), path.split("__"), row)


def _comes_after(name: str, value: str | None, *, is_ascending: bool) -> Q:
    """Return the condition that a field is greater than a value, or less if the order is descending.

    PostgreSQL sorts NULL as the greatest of all values.
    """
    if value is None:
        return Q(pk__in=[]) if is_ascending else Q(**{f"{name}__isnull": False})
    if is_ascending:
        return Q(**{f"{name}__gt": value}) | Q(**{f"{name}__isnull": True})
    return Q(**{f"{name}__lt": value})


class NumberPagination(KeysetPagination):
    """Pages of a list that is ordered by one unique number, as messages are by their ids."""

    def is_value(self, value: str | None) -> bool:
        """Return whether a value from a cursor is such a number."""
        return value is not None and selectors.is_position(value)

    def paginate_around(
        self, conversation: selectors.ConversationSummary, message: int, request: Request
    ) -> list[Message]:
        """Return the page of a conversation that has this message, newest first. Raises InvalidInput."""
        before, after, newer = selectors.around_message(conversation, message, self.page_size)
        if not after:
            raise unknown_message("around")
        self.fields = ("-id",)
        self.base_url = remove_query_param(request.build_absolute_uri(), "around")
        self.page = [*before, *after][::-1][: len(after) + self.page_size // 2]
        self.has_next, self.has_previous = len(self.page) < len(before) + len(after), newer > 0
        return self.page


class InboxPagination(KeysetPagination):
    """Pages of the viewer's conversations, in the order of what is shown."""

    page_size = 25

    def __init__(self, show: selectors.Show) -> None:
        self.show = show

    def paginate_inbox(
        self, viewer: Viewer, request: Request, *, search: str, mailbox: int | None = None
    ) -> list[selectors.ConversationSummary]:
        """Return one page of the viewer's conversations. Raises InvalidCursor."""
        self.search = search
        self.fields = self.show.order.columns

        def fetch(position: Position) -> tuple[Sequence[selectors.ConversationSummary], bool]:
            at = None if position.values is None else selectors.read_position(self.show, position.values)
            if at is None and position.values is not None:
                raise InvalidCursor
            before, after = (None, at) if position.is_reverse else (at, None)
            query = selectors.InboxQuery(
                limit=self.page_size,
                before=before,
                after=after,
                search=search,
                show=self.show,
                mailbox=mailbox,
            )
            found = selectors.inbox(viewer, query)
            return selectors.with_covers(viewer, found.items), found.next is not None

        return self.paginate(request, fetch)

    def values_of(self, row: selectors.ConversationSummary) -> Values:
        """Return the values of a conversation's position."""
        return [*selectors.position_values(selectors.position_of(row, self.show))]
