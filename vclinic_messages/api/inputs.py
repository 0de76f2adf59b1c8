"""What clients send. Only types are checked here; the actions check what a text may contain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request

from vclinic_messages import selectors
from vclinic_messages.api.error_responses import InvalidCursor
from vclinic_messages.errors import InvalidInput
from vclinic_messages.message_text import SEARCH_MAX_LENGTH, has_forbidden_characters
from vclinic_messages.models import BODY_MAX_LENGTH
from vclinic_messages.models.drafts import DRAFT_MAX_LENGTH
from vclinic_messages.selectors import is_position
from vclinic_messages.viewer import OWN_MAILBOX, Viewer

T = TypeVar("T")

_BODY_HELP = f"1 to {BODY_MAX_LENGTH:,} Unicode code points."


class TextField(serializers.CharField):
    """A JSON string, unchanged: not trimmed, not converted, of any length."""

    default_error_messages = {
        "invalid_type": _("This must be a text."),
        "required": _("This is missing."),
        "null": _("This is missing."),
    }

    def __init__(self, *, help_text: str, required: bool = True, allow_null: bool = False) -> None:
        super().__init__(
            trim_whitespace=False,
            allow_blank=True,
            help_text=help_text,
            required=required,
            allow_null=allow_null,
        )
        self.validators = []

    def to_internal_value(self, data: object) -> str:
        """Return the string. A number is not converted to one."""
        if not isinstance(data, str):
            self.fail("invalid_type")
        return data

    def run_validation(self, data: object = serializers.empty) -> object:
        """Skip CharField's own step, which would refuse a blank text with its own words."""
        return serializers.Field.run_validation(self, data)


class MessageId(serializers.IntegerField):
    """A JSON number: the id of a message."""

    default_error_messages = {
        "invalid_type": _("This must be the id of a message."),
        "required": _("This is missing."),
        "null": _("This is missing."),
    }

    def to_internal_value(self, data: object) -> int:
        """Return the number. A string or a boolean is not converted to one."""
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid_type")
        return data


class DraftVersion(serializers.IntegerField):
    """A JSON number: the version of a draft."""

    default_error_messages = {
        "invalid_type": _("This must be the version of a draft: 0 or more."),
        "required": _("This is missing."),
        "null": _("This is missing."),
    }

    def to_internal_value(self, data: object) -> int:
        """Return the number. A string or a boolean is not converted to one."""
        if not isinstance(data, int) or isinstance(data, bool) or data < 0:
            self.fail("invalid_type")
        return data


_DRAFT_HELP = "The version of the draft that the message was written in. It and older ones are cleared."


class StartInput(serializers.Serializer[Any]):
    """A new conversation with its first message."""

    recipient = TextField(help_text="The id of a person or a team from recipients/.")
    body = TextField(help_text=_BODY_HELP)
    draft = DraftVersion(required=False, allow_null=True, help_text=_DRAFT_HELP)


class SendInput(serializers.Serializer[Any]):
    """A reply."""

    body = TextField(help_text=_BODY_HELP)
    seen = MessageId(
        required=False, allow_null=True, help_text="The newest message shown. It and older ones become read."
    )
    draft = DraftVersion(required=False, allow_null=True, help_text=_DRAFT_HELP)


class DraftInput(serializers.Serializer[Any]):
    """The whole text of a draft, and the version that it was made from."""

    body = TextField(help_text=f"Up to {DRAFT_MAX_LENGTH:,} Unicode code points. A blank text discards.")
    version = DraftVersion(help_text="The version that the client knows; 0 if it knows none.")


class NewDraftInput(DraftInput):
    """A draft of a new message."""

    recipient = TextField(
        required=False, allow_null=True, help_text="The id of a person, instead of the parameter."
    )
    was = TextField(
        required=False,
        allow_null=True,
        help_text="The recipient under whom this version was saved, null for none: the draft moves.",
    )


class AssignInput(serializers.Serializer[Any]):
    """Who takes the conversation."""

    to = TextField(
        allow_null=True, help_text="The id of a member of the team; null gives it back to the team."
    )


class Choice(serializers.BooleanField):
    """A JSON boolean."""

    default_error_messages = {
        "invalid_type": _("This must be true or false."),
        "required": _("This is missing."),
        "null": _("This is missing."),
    }

    def to_internal_value(self, data: object) -> bool:
        """Return the boolean. A string or a number is not converted to one."""
        if not isinstance(data, bool):
            self.fail("invalid_type")
        return data


class RemindersInput(serializers.Serializer[Any]):
    """Whether the person wants to be reminded by e-mail."""

    email = Choice(help_text="Whether I want an e-mail about what I have not read.")


class DayField(serializers.DateField):
    """A JSON string: a day as in ISO 8601, whatever the portal's DATE_INPUT_FORMATS says."""

    default_error_messages = {
        "invalid": _("This must be a day, such as 2026-12-03."),
        "datetime": _("This must be a day, such as 2026-12-03."),
        "required": _("This is missing."),
        "null": _("This is missing."),
    }

    def __init__(self, *, help_text: str, required: bool = True, allow_null: bool = False) -> None:
        super().__init__(
            input_formats=["iso-8601"], help_text=help_text, required=required, allow_null=allow_null
        )


class AbsenceInput(serializers.Serializer[Any]):
    """When the person is away, and whom others can write to instead."""

    until = DayField(required=False, allow_null=True, help_text="The first day back; null if not known.")
    instead = TextField(
        required=False, allow_null=True, help_text="The id of a colleague or a team to write to instead."
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Return the fields. ``from`` cannot be the name of an attribute."""
        return {"from": DayField(help_text="The first day away."), **super().get_fields()}


class ReadInput(serializers.Serializer[Any]):
    """Up to where the person has read."""

    message = MessageId(help_text="The newest message that was read.")


def position(request: Request, name: str) -> int | None:
    """Return a parameter that is a position in a list; None if it is missing. Raises InvalidCursor."""
    text = request.query_params.get(name)
    if text is None:
        return None
    if not is_position(text):
        raise InvalidCursor
    return int(text)


def live_cursor(request: Request) -> selectors.Cursor | None:
    """Return the ``after`` parameter of ``live/state/``; None if it is missing. Raises InvalidCursor."""
    text = request.query_params.get("after")
    if text is None:
        return None
    cursor = selectors.Cursor.parse(text)
    if cursor is None:
        raise InvalidCursor
    return cursor


def search_text(request: Request) -> str:
    """Return the ``q`` parameter. Raises InvalidInput."""
    text = request.query_params.get("q", "")
    if has_forbidden_characters(text):
        raise InvalidInput.on(
            "q", "invalid_characters", _("The search contains characters that are not allowed.")
        )
    if len(text) > SEARCH_MAX_LENGTH:
        raise InvalidInput.on("q", "max_length", _("The search is too long."))
    return text


def shown(request: Request, *, is_staff: bool) -> selectors.Show:
    """Return the ``show`` parameter. ``unread=true`` is short for ``show=unread``. Raises InvalidInput."""
    is_unread = choice(request, "unread", {"false": False, "true": True}, default="false")
    default = selectors.Show.UNREAD if is_unread else selectors.Show.ALL
    allowed = {each.value: each for each in selectors.Show if is_staff or each is not selectors.Show.WAITING}
    return choice(request, "show", allowed, default=default.value)


def mailbox(request: Request, viewer: Viewer) -> int | None:
    """Return the viewer's mailbox that the ``mailbox`` parameter names; None without it, 0 for an empty one.

    Raises InvalidInput.
    """
    if "mailbox" not in request.query_params:
        return None
    names = {mailbox.name_in_lists: mailbox.id for mailbox in viewer.mailboxes}
    return choice(request, "mailbox", {OWN_MAILBOX: 0, **names}, default=OWN_MAILBOX)


def choice(request: Request, name: str, choices: Mapping[str, T], *, default: str) -> T:
    """Return the value in ``choices`` for a parameter, or for the default. Raises InvalidInput."""
    value = request.query_params.get(name, default)
    if value not in choices:
        allowed = ", ".join(choices)
        detail = _("Choose one of: %(choices)s.") % {"choices": allowed}
        raise InvalidInput.on(name, "invalid_choice", detail)
    return choices[value]
