"""Save the settings form through the action, which records who changed what."""

from __future__ import annotations

from wagtail.admin.forms import WagtailAdminModelForm

from vclinic_messages import actions
from vclinic_messages.models import MessagesSettings


class MessagesSettingsForm(WagtailAdminModelForm):
    """Save only the fields that were changed in this form.

    So two admins who change different settings at the same time do not undo each other's change.
    """

    def save(self, commit: bool = True) -> MessagesSettings:
        """Save through ``actions.change_settings`` and return the form's instance."""
        changes = {name: self.cleaned_data[name] for name in self.changed_data}
        saved = actions.change_settings(actor=self.for_user, **changes)
        self.instance.version = saved.version
        return self.instance
