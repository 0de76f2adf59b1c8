"""Save the settings form through the action, which records who changed what."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.forms import WagtailAdminModelForm

from vclinic_messages import actions
from vclinic_messages.errors import ChangedMeanwhile
from vclinic_messages.models import MessagesSettings
from vclinic_messages.reminders.addresses import base_url
from vclinic_messages.wagtail_admin.hours_fields import ClosedDaysField, HoursField, RowsField, zone_choices
from vclinic_messages.wagtail_admin.translated_text import TranslatedTextField


def _translated(name: str) -> TranslatedTextField:
    """Return the field for this setting in other languages."""
    field = MessagesSettings._meta.get_field(f"{name}_translations")
    limit = MessagesSettings._meta.get_field(name).max_length
    label = capfirst(field.verbose_name)
    return TranslatedTextField(label=label, help_text=field.help_text, max_length=limit)


class MessagesSettingsForm(WagtailAdminModelForm):
    """Save only the fields that were changed in this form.

    So two admins who change different settings at the same time do not undo each other's change. What was
    changed is known from hidden fields, which contain the values that the form was shown with. If somebody
    else has changed the same field meanwhile, the form is refused and says so.
    """

    emergency_notice_translations = _translated("emergency_notice")
    response_time_translations = _translated("response_time")
    time_zone = forms.ChoiceField(
        label=pgettext_lazy("vclinic_messages", "Time zone"),
        choices=zone_choices,
        required=False,
        help_text=_("Opening hours and absences are days and times of this zone."),
    )
    opening_hours = HoursField(
        required=False,
        label=pgettext_lazy("vclinic_messages", "Weekly hours"),
        help_text=_(
            "Outside these hours patients read, before they send, when messages are read again. Nothing is "
            "blocked. Leave a day empty if the clinic is closed. Without any hours nothing is shown."
        ),
    )
    closed_days = ClosedDaysField(
        required=False,
        label=pgettext_lazy("vclinic_messages", "Closed days"),
        help_text=_("Public holidays and days on which nobody reads messages. Save to get more rows."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: The present values of what somebody else has changed since the form was opened.
        self._meanwhile: dict[str, object] = {}
        for name in ("emergency_notice", "response_time"):
            self.fields[name].widget.attrs["dir"] = "auto"
        for name, field in self.fields.items():
            # A script that posts no hidden fields is compared with what is saved now.
            field.show_hidden_initial = self.add_initial_prefix(name) in self.data or not self.is_bound
            # What a script does not post at all stays as it is.
            is_omitted = field.widget.value_omitted_from_data(self.data, self.files, self.add_prefix(name))
            may_stay = field.required or isinstance(field, (RowsField, forms.ChoiceField))
            field.disabled = self.is_bound and may_stay and is_omitted

    def clean_reminders(self) -> bool:
        """Refuse to switch reminders on where nobody has prepared the portal for it."""
        is_on: bool = self.cleaned_data["reminders"]
        if is_on and "reminders" in self.changed_data and not base_url():
            raise ValidationError(
                _("This portal cannot send reminders yet. Ask whoever manages it to set its address.")
            )
        return is_on

    def save(self, commit: bool = True) -> MessagesSettings:
        """Save what was changed. Raises ChangedMeanwhile, Unavailable or ClinicMismatch."""
        self.instance = self._change_settings()
        return self.instance

    def refuse(self, refusal: ChangedMeanwhile) -> None:
        """Show what somebody else has saved, and take it as known from now on."""
        self._meanwhile = refusal.now
        for name, problems in refusal.errors.items():
            self.add_error(name, [str(problem.detail) for problem in problems])

    def _change_settings(self) -> MessagesSettings:
        changes = {name: self.cleaned_data[name] for name in self.changed_data}
        shown = {name: self._shown(name) for name in changes if self.fields[name].show_hidden_initial}
        return actions.change_settings(actor=self.for_user, shown=shown, **changes)

    def shown_values(self) -> SafeString:
        """Render the hidden fields with the values that the form was shown with."""
        return mark_safe("".join(self._hidden_field(name) for name in self.fields))  # noqa: S308 - widgets escape

    def _hidden_field(self, name: str) -> str:
        value = self._meanwhile.get(name, self._shown(name))
        hidden: str = self.fields[name].hidden_widget().render(self.add_initial_prefix(name), value)
        return hidden

    def _shown(self, name: str) -> object:
        field = self.fields[name]
        if self.is_bound and field.show_hidden_initial:
            # What somebody has broken by hand counts as not posted.
            with suppress(ValidationError):
                return field.to_python(self.data[self.add_initial_prefix(name)])
        return self._saved(name)

    def _saved(self, name: str) -> object:
        return self.get_initial_for_field(self.fields[name], name)
