"""Save the settings form through the action, which records who changed what."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from wagtail.admin.forms import WagtailAdminModelForm

from vclinic_messages import actions
from vclinic_messages.models import MessagesSettings


class MessagesSettingsForm(WagtailAdminModelForm):
    """Save only the fields that were changed in this form.

    So two admins who change different settings at the same time do not undo each other's change. What was
    changed is known from hidden fields, which contain the values that the form was shown with. If somebody
    else has changed the same field meanwhile, the form is refused and says so.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            # A script that posts no hidden fields is compared with what is saved now.
            field.show_hidden_initial = self.add_initial_prefix(name) in self.data or not self.is_bound

    def clean(self) -> dict[str, Any]:
        """Refuse a change of what somebody else has changed to another value meanwhile."""
        cleaned: dict[str, Any] = super().clean()
        for name in self.changed_data:
            now = self._saved(name)
            if name in cleaned and _differ(now, self._shown(name)) and _differ(now, cleaned[name]):
                text = gettext("Someone else has changed this to “%(value)s”. Save again to replace it.")
                self.add_error(name, ValidationError(text % {"value": now}, code="changed_meanwhile"))
        return cleaned

    def save(self, commit: bool = True) -> MessagesSettings:
        """Save through ``actions.change_settings`` and return what is saved now."""
        changes = {name: self.cleaned_data[name] for name in self.changed_data}
        return actions.change_settings(actor=self.for_user, **changes)

    def shown_values(self) -> SafeString:
        """Render the hidden fields with the values that the form was shown with."""
        return mark_safe("".join(self._hidden_field(name) for name in self.fields))  # noqa: S308 - widgets escape

    def _hidden_field(self, name: str) -> str:
        value = self._saved(name) if self.has_error(name, "changed_meanwhile") else self._shown(name)
        hidden: str = self.fields[name].hidden_widget().render(self.add_initial_prefix(name), value)
        return hidden

    def _shown(self, name: str) -> object:
        field = self.fields[name]
        if self.is_bound and field.show_hidden_initial:
            return field.to_python(self.data[self.add_initial_prefix(name)])
        return self._saved(name)

    def _saved(self, name: str) -> object:
        return self.get_initial_for_field(self.fields[name], name)


def _differ(one: object, other: object) -> bool:
    """Compare as browsers send texts: with other line ends, and without white space around them."""
    return str(one).split() != str(other).split()
