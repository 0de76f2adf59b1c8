"""What clients send, checked for its type only. The rules of the text itself are the actions'."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request

from vclinic_messages.api.error_responses import InvalidCursor
from vclinic_messages.errors import InvalidInput
from vclinic_messages.message_text import SEARCH_MAX_LENGTH, has_forbidden_characters

_BIGGEST = 2**63 - 1


class Text(serializers.CharField):
    """A JSON string as it is: not trimmed, not converted, of any length."""

    default_error_messages = {
        "invalid_type": _("This must be a text."),
        "required": _("This is missing."),
        "null": _("This is missing."),
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, allow_blank=True, **options)
        self.validators = []

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid_type")
        return data

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return serializers.Field.run_validation(self, data)


class MessageId(serializers.IntegerField):
    """A JSON number: the id of a message."""

    default_error_messages = {
        "invalid_type": _("This must be the id of a message."),
        "required": _("This is missing."),
        "null": _("This is missing."),
    }

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid_type")
        return data


class StartInput(serializers.Serializer[Any]):
    recipient = Text(help_text="The id of a person from recipients/.")
    body = Text(help_text="1 to 5,000 Unicode code points.")


class SendInput(serializers.Serializer[Any]):
    body = Text(help_text="1 to 5,000 Unicode code points.")
    seen = MessageId(
        required=False, allow_null=True, help_text="The newest message shown: up to it becomes read."
    )


class ReadInput(serializers.Serializer[Any]):
    message = MessageId(help_text="The newest message that was read.")


def is_position(text: str) -> bool:
    """Whether it is a number that PostgreSQL's bigint holds, as positions in lists are."""
    return len(text) <= 19 and text.isascii() and text.isdigit() and int(text) <= _BIGGEST


def position(request: Request, name: str) -> int | None:
    """A parameter that names a position in a list; None when missing. Raises InvalidCursor."""
    text = request.query_params.get(name)
    if text is None:
        return None
    if not is_position(text):
        raise InvalidCursor
    return int(text)


def search_text(request: Request) -> str:
    """The ``q`` parameter. Raises InvalidInput."""
    text = request.query_params.get("q", "")
    if has_forbidden_characters(text):
        raise InvalidInput.on("q", "invalid_characters", _("The search holds characters that cannot be."))
    if len(text) > SEARCH_MAX_LENGTH:
        raise InvalidInput.on("q", "max_length", _("The search is too long."))
    return text


def flag(request: Request, name: str) -> bool:
    """A ``true`` or ``false`` parameter; false when missing. Raises InvalidInput."""
    return choice(request, name, {"false": False, "true": True}, default="false")


def choice(request: Request, name: str, choices: dict[str, Any], *, default: str) -> Any:
    """One of these values of a parameter. Raises InvalidInput."""
    value = request.query_params.get(name, default)
    if value not in choices:
        allowed = ", ".join(choices)
        detail = _("Choose one of: %(choices)s.") % {"choices": allowed}
        raise InvalidInput.on(name, "invalid_choice", detail)
    return choices[value]
