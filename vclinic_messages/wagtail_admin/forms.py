"""The form of the clinic's settings. It saves through the action, which records who changed what."""

from __future__ import annotations

from typing import Any

from wagtail.admin.forms import WagtailAdminModelForm

from vclinic_messages import actions
from vclinic_messages.wagtail_admin.log import log_changes


class MessagesSettingsForm(WagtailAdminModelForm):
    def save(self, commit: bool = True) -> Any:
        before = {name: self.initial[name] for name in self.changed_data}
        changes = {name: self.cleaned_data[name] for name in self.changed_data}
        saved = actions.change_settings(actor=self.for_user, **changes)
        self.instance.version = saved.version
        if changes:
            found = {name: {"from": before[name], "to": value} for name, value in changes.items()}
            log_changes(saved, self.for_user, found)
        return self.instance
