"""Registration only."""

from wagtail.contrib.settings.registry import register_setting

from vclinic_messages.models import MessagesSettings
from vclinic_messages.wagtail_admin.settings_panels import edit_handler

MessagesSettings.edit_handler = edit_handler
register_setting(MessagesSettings, icon="mail")
