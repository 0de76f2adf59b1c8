"""DRF's cursor pages, with the contract's error for a cursor that is none."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

from vclinic_messages.api.errors import InvalidCursor
from vclinic_messages.api.inputs import is_position
from vclinic_messages.body import has_forbidden_characters


class MessagesCursorPagination(CursorPagination):
    """Pages by position, so that what arrives meanwhile neither repeats nor hides anything."""

    def decode_cursor(self, request: Request) -> Any:
        try:
            cursor = super().decode_cursor(request)
        except NotFound:
            raise InvalidCursor from None
        if cursor is not None and cursor.position is not None and not self.is_position(cursor.position):
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
    """In the order of the directory's query set, which names plain fields."""

    page_size = 50

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: Any) -> tuple[str, ...]:
        return tuple(queryset.query.order_by)

    def is_position(self, text: str) -> bool:
        return not has_forbidden_characters(text)
