"""Who may open Wagtail's own page for the settings of Messages, and sees it in the menu."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from wagtail.permission_policies import ModelPermissionPolicy

from vclinic_messages.models import MessagesSettings
from vclinic_messages.policies import may_change_settings
from vclinic_messages.user_types import User


class SettingsPolicy(ModelPermissionPolicy):
    """Ask ``policies``: Wagtail knows only the permission, and not whether it applies in this clinic."""

    def user_has_permission(self, user: User | AnonymousUser, action: str) -> bool:
        """Return whether the user may change the settings. There is no other action on them."""
        return action == "change" and may_change_settings(user)


def settings_policy() -> SettingsPolicy:
    """Return the policy that Wagtail registers for the settings."""
    return SettingsPolicy(MessagesSettings)
