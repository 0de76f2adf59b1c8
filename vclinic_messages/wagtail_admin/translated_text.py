"""A form field for a text of the clinic in the portal's other languages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from vclinic_messages.conf import other_languages
from vclinic_messages.languages import comma
from vclinic_messages.message_text import has_forbidden_characters

Texts = dict[str, str]


class TranslatedTextWidget(forms.Widget):
    """A text field for each language."""

    template_name = "vclinic_messages/wagtail_admin/translated_text.html"

    def use_required_attribute(self, initial: object) -> bool:
        """Return False: a clinic need not translate its texts."""
        return False

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        rows = [
            {
                "code": code,
                "language": language,
                "name": _name(name, code),
                "text": (value or {}).get(code, ""),
            }
            for code, language in other_languages()
        ]
        return {**context, "rows": rows}

    def value_from_datadict(self, data: Mapping[str, Any], files: object, name: str) -> Texts:
        return {code: data.get(_name(name, code), "") for code, _language in other_languages()}

    def value_omitted_from_data(self, data: Mapping[str, Any], files: object, name: str) -> bool:
        return not any(_name(name, code) in data for code, _language in other_languages())

    def id_for_label(self, id_: str) -> str:
        """Return "": every text field has a label of its own."""
        return ""


class HiddenTexts(forms.HiddenInput):
    """The texts that the form was shown with."""

    def format_value(self, value: object) -> str:
        return json.dumps(value or {}, sort_keys=True)


class TranslatedTextField(forms.Field):
    """A text in the portal's other languages, as a dictionary. A language without a text is not in it."""

    widget = TranslatedTextWidget
    hidden_widget = HiddenTexts

    def __init__(self, *, max_length: int, **options: Any) -> None:
        super().__init__(required=False, **options)
        self.max_length = max_length

    def to_python(self, value: object) -> Texts:
        texts = _read(value) if isinstance(value, str) else value or {}
        if not isinstance(texts, dict) or not all(map(_can_be_stored, texts.values())):
            raise ValidationError(_("Remove the characters that cannot be stored."))
        stripped = {code: text.replace("\r\n", "\n").strip() for code, text in texts.items()}
        return {code: text for code, text in stripped.items() if text}

    def validate(self, value: Texts) -> None:
        super().validate(value)
        languages = dict(other_languages())
        too_long = [languages.get(code, code) for code, text in value.items() if len(text) > self.max_length]
        if too_long:
            problem = _("%(languages)s: enter at most %(limit)d characters.")
            values = {"languages": comma().join(map(str, too_long)), "limit": self.max_length}
            raise ValidationError(problem % values)

    def has_changed(self, initial: object, data: object) -> bool:
        try:
            return self.to_python(initial) != self.to_python(data)
        except ValidationError:
            return True


def _can_be_stored(text: object) -> bool:
    return isinstance(text, str) and not has_forbidden_characters(text)


def _read(text: str) -> object:
    """Return what a hidden field contains; None if somebody has broken it."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _name(field: str, language: str) -> str:
    return f"{field}:{language}"
