"""Wiring only."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MessagesConfig(AppConfig):
    name = "vclinic_messages"
    label = "vclinic_messages"
    verbose_name = _("Messages")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_out

        from vclinic_messages.actions.streams import end_streams_of_session
        from vclinic_messages.checks import register_checks

        register_checks()
        user_logged_out.connect(end_streams_of_session, dispatch_uid="vclinic_messages")
