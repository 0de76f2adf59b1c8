"""The portal's directory: roles from groups, titles and specialities from profiles."""

from typing import Any

from vclinic_messages.directory import GroupDirectory

from .models import Profile


class PortalDirectory(GroupDirectory):
    select_related = ("profile",)
    search_fields = ("profile__title", "profile__description")

    def name(self, user: Any) -> str:
        profile = self._profile(user)
        return (profile.full_name if profile else "") or super().name(user)

    def description(self, user: Any) -> str:
        profile = self._profile(user)
        return profile.description if profile else ""

    def _profile(self, user: Any) -> Profile | None:
        return getattr(user, "profile", None)
