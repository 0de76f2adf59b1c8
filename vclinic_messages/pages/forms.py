"""Read what the pages' forms post, exactly as it was typed.

The actions check texts, lengths and recipients. These forms only read, so they use a plain ``Field``, which
neither strips a text nor refuses a character.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import BigIntegerField

from vclinic_messages import selectors
from vclinic_messages.message_text import SEARCH_MAX_LENGTH, remove_forbidden_characters


class TypedField(forms.Field):
    """A text exactly as it was typed."""

    widget = forms.Textarea

    def __init__(self) -> None:
        super().__init__(required=False)

    def to_python(self, value: str | None) -> str:
        return value or ""


class SearchField(TypedField):
    """The text of a search, cut to the longest search, without characters that cannot be stored."""

    def to_python(self, value: str | None) -> str:
        return remove_forbidden_characters(super().to_python(value))[:SEARCH_MAX_LENGTH]


class TypedForm(forms.Form):
    """A form that treats a value that it cannot read as missing."""

    def values(self) -> dict[str, Any]:
        """Return the value of each field; None if it is missing or cannot be read."""
        self.is_valid()
        return {name: self.cleaned_data.get(name) for name in self.fields}


class MissingOrTypedField(TypedField):
    """A text exactly as it was typed; None if it was not posted."""

    def to_python(self, value: str | None) -> str | None:  # type: ignore[override]
        return value


class MessageForm(TypedForm):
    """A text and the form's idempotency key, so that a second click or a retry sends nothing twice.

    ``draft`` is the version of the draft that the text was typed from. ``newer`` is the version of a newer
    draft that the page showed. ``discarded`` is the discarded text, for Undo.
    """

    body = TypedField()
    key = TypedField()
    draft = forms.IntegerField(required=False)
    newer = forms.IntegerField(required=False)
    discarded = TypedField()

    def clean_key(self) -> str | None:
        return self.cleaned_data["key"] or None


class ReplyForm(MessageForm):
    """A reply. ``seen`` is the id of the newest message that the page showed."""

    seen = forms.IntegerField(required=False)


class NewMessageForm(MessageForm):
    """A first message and the id of its recipient.

    ``was`` is the recipient under whom the draft was saved: empty for none, missing for the same one.
    """

    recipient = TypedField()
    was = MissingOrTypedField()


class TakenAlongForm(TypedForm):
    """A text that is taken along: from ``origin``, a conversation, to the recipient ``instead``.

    ``back`` is the conversation to which it goes back. ``existing`` is where it is now, if that is a
    conversation too.
    """

    instead = TypedField()
    origin = forms.UUIDField(required=False)
    back = forms.UUIDField(required=False)
    existing = forms.UUIDField(required=False)


#: What the buttons of a draft post as ``action``.
DRAFT_ACTIONS = ("save", "discard", "undo", "keep", "use-newer")


def purpose(posted: Mapping[str, object]) -> str:
    """Return what a form with a text was posted for: to ``send``, ``save`` or ``search``."""
    if posted.get("action") in DRAFT_ACTIONS:
        return "save"
    others = ("more", "instead", "back")
    return (
        "search"
        if posted.get("action") in ("find", "continue") or any(each in posted for each in others)
        else "send"
    )


class FindForm(TypedForm):
    """The search, filter and choice in the picker, and how many people it has ``listed``."""

    q = SearchField()
    filter = TypedField()
    recipient = TypedField()
    listed = forms.IntegerField(required=False, min_value=1, max_value=10_000)
    more = forms.IntegerField(required=False, min_value=1, max_value=10_000)


class SearchForm(TypedForm):
    """The words of a search."""

    q = SearchField()


class ListForm(TypedForm):
    """The filters and position in the list of conversations. ``unread=true`` is short for ``show=unread``."""

    show = forms.ChoiceField(required=False, choices=[(each.value, each.value) for each in selectors.Show])
    unread = forms.BooleanField(required=False)
    mailbox = TypedField()
    before = TypedField()


class ConversationForm(TypedForm):
    """Which messages of a conversation to show: those before a message, after it, or around it (``at``)."""

    before = forms.IntegerField(required=False, min_value=1)
    after = forms.IntegerField(required=False, min_value=0)
    at = forms.IntegerField(required=False, min_value=1, max_value=BigIntegerField.MAX_BIGINT)


class ReadForm(forms.Form):
    """The id of the newest message that was read."""

    message = forms.IntegerField(min_value=1)
