"""DRF's cursor pages, with the contract's error for a cursor that is none."""

from __future__ import annotations

import json
from functools import reduce
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

from vclinic_messages.api.errors import InvalidCursor
from vclinic_messages.api.inputs import is_position
from vclinic_messages.body import has_forbidden_characters


class MessagesCursorPagination(CursorPagination):
    """Pages by a position that only one row has, so that what arrives meanwhile repeats and hides nothing."""

    cursor: Any

    def decode_cursor(self, request: Request) -> Any:
        if not request.query_params.get(self.cursor_query_param):
            return None
        try:
            cursor: Any = super().decode_cursor(request)
        except NotFound:
            raise InvalidCursor from None
        if cursor.position is None or cursor.offset or not self.is_position(cursor.position):
            raise InvalidCursor
        return cursor

    def is_position(self, text: str) -> bool:
        """Whether a cursor's position can be one of this list's."""
        return is_position(text)


class ConversationPagination(MessagesCursorPagination):
    page_size = 25
    ordering = "-seq"


class MessagePagination(MessagesCursorPagination):
    page_size = 50
    ordering = "-id"


class NewerMessagePagination(MessagesCursorPagination):
    page_size = 50
    ordering = "id"


class RecipientPagination(MessagesCursorPagination):
    """In the order of the directory's query set, which names plain fields and ends with the primary key.

    A position is the values of all of them. DRF takes the first field only and counts those who share it,
    which repeats people where more than a thousand have one name, or none.
    """

    page_size = 50

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.base_url = request.build_absolute_uri()
        self.fields = [str(field) for field in queryset.query.order_by]
        self.cursor = self.decode_cursor(request) or Cursor(0, False, None)
        if self.cursor.position is not None:
            queryset = self._beyond(queryset)
        rows = list((queryset.reverse() if self.cursor.reverse else queryset)[: self.page_size + 1])
        self.page = rows[: self.page_size]
        self.has_next = self.has_previous = self.cursor.position is not None
        if self.cursor.reverse:
            self.page.reverse()
            self.has_previous = len(rows) > self.page_size
        else:
            self.has_next = len(rows) > self.page_size
        return self.page

    def get_next_link(self) -> str | None:
        return self._link(-1, reverse=False) if self.has_next else None

    def get_previous_link(self) -> str | None:
        return self._link(0, reverse=True) if self.has_previous else None

    def is_position(self, text: str) -> bool:
        try:
            values = json.loads(text)
        except (ValueError, RecursionError):
            return False
        return (
            isinstance(values, list)
            and len(values) == len(self.fields)
            and all(isinstance(value, str) and not has_forbidden_characters(value) for value in values)
        )

    def _link(self, index: int, *, reverse: bool) -> str:
        position: Any = self._position(self.page[index]) if self.page else self.cursor.position
        return str(self.encode_cursor(Cursor(0, reverse, position)))

    def _position(self, user: Any) -> str:
        paths = (field.lstrip("-").split("__") for field in self.fields)
        return json.dumps([str(reduce(getattr, path, user)) for path in paths])

    def _beyond(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The users after the cursor's position; for a reverse cursor those before it."""
        condition, same = Q(), Q()
        for field, value in zip(self.fields, json.loads(self.cursor.position), strict=True):
            name = field.lstrip("-")
            side = "lt" if field.startswith("-") != self.cursor.reverse else "gt"
            condition |= same & Q(**{f"{name}__{side}": value})
            same &= Q(**{name: value})
        try:
            return queryset.filter(condition)
        except (ValueError, TypeError, ValidationError):
            raise InvalidCursor from None
