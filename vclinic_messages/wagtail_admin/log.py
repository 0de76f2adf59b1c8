"""Changes of the settings in Wagtail's own log, beside ours."""

from __future__ import annotations

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.log_actions import LogActionRegistry, LogFormatter
from wagtail.models import ModelLogEntry

from vclinic_messages.models import MessagesSettings
from vclinic_messages.wagtail_admin.words import changes

ACTION = "vclinic_messages.change_settings"


class SettingsFormatter(LogFormatter):
    label = _("Change the settings of Messages")

    def format_message(self, log_entry: Any) -> str:
        found = "; ".join(changes(log_entry.data.get("changes", {})))
        return gettext("Settings of Messages changed. %(changes)s") % {"changes": found}


def register(actions: LogActionRegistry) -> None:
    actions.register_action(ACTION)(SettingsFormatter)


def log_changes(settings: MessagesSettings, user: Any, found: dict[str, Any]) -> None:
    """Note these changes, ``{field: {"from": …, "to": …}}``.

    The content type is asked from this clinic's table: Django's cache of them is one for all clinics, while
    their numbers differ. What Wagtail itself notes after this in the same request finds an empty cache.
    """
    kind = ContentType.objects.filter(app_label="vclinic_messages", model="messagessettings").get()
    ModelLogEntry.objects.create(
        content_type=kind,
        object_id=str(settings.pk),
        label=str(MessagesSettings._meta.verbose_name),
        action=ACTION,
        timestamp=timezone.now(),
        data={"changes": found},
        user=user,
        content_changed=True,
    )
    ContentType.objects.clear_cache()
