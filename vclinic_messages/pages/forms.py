"""What the pages' forms post, as it was typed.

The rules of a text, its length and its recipient are checked by the actions; a form here only reads.
A plain ``Field`` neither strips a text nor refuses a character of it.
"""

from __future__ import annotations

from typing import Any

from django import forms

from vclinic_messages.message_text import SEARCH_MAX_LENGTH, remove_forbidden_characters


class TypedField(forms.Field):
    """Keeps the text exactly as it was typed."""

    widget = forms.Textarea

    def __init__(self) -> None:
        super().__init__(required=False)

    def to_python(self, value: str | None) -> str:
        return value or ""


class SearchField(TypedField):
    """Words to search for. What no text can hold finds nothing, so it is left away."""

    def to_python(self, value: str | None) -> str:
        return remove_forbidden_characters(super().to_python(value))[:SEARCH_MAX_LENGTH]


class TypedForm(forms.Form):
    """Reads its fields; what cannot be read counts as not there."""

    def values(self) -> dict[str, Any]:
        """Each field's value; None where there is none that can be read."""
        self.is_valid()
        return {name: self.cleaned_data.get(name) for name in self.fields}


class MessageForm(TypedForm):
    """A text and the form's own key, which makes a second click or a retry harmless."""

    body = TypedField()
    key = TypedField()

    def clean_key(self) -> str | None:
        return self.cleaned_data["key"] or None


class ReplyForm(MessageForm):
    """``seen`` is the id of the newest message that the page showed."""

    seen = forms.IntegerField(required=False)


class NewMessageForm(MessageForm):
    """The recipient's key, beside what the picker was set to."""

    recipient = TypedField()


class FindForm(TypedForm):
    """What the picker of recipients is set to."""

    q = SearchField()
    filter = TypedField()
    recipient = TypedField()
    show = forms.IntegerField(required=False, min_value=1, max_value=10_000)
    more = forms.IntegerField(required=False, min_value=1, max_value=10_000)


class ListForm(TypedForm):
    """What the list of conversations is narrowed to."""

    q = SearchField()
    unread = forms.BooleanField(required=False)
    before = forms.IntegerField(required=False, min_value=1)


class ConversationForm(TypedForm):
    """Which part of a thread is asked for: what stands before a message, or what came after it."""

    before = forms.IntegerField(required=False, min_value=1)
    after = forms.IntegerField(required=False, min_value=0)


class ReadForm(forms.Form):
    """The newest message that was read."""

    message = forms.IntegerField(min_value=1)
