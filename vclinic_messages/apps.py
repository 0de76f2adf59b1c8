"""The app's configuration: connects checks and signal receivers when Django starts."""

from django.apps import AppConfig
from django.utils.translation import pgettext_lazy


class MessagesConfig(AppConfig):
    name = "vclinic_messages"
    label = "vclinic_messages"
    verbose_name = pgettext_lazy("vclinic_messages", "Messages")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks and connect the receivers. Models are loaded by now."""
        from django.apps import apps
        from django.contrib.auth import get_user_model
        from django.contrib.auth.signals import user_logged_out
        from django.db.models.signals import post_delete, post_migrate

        from vclinic_messages import checks  # noqa: F401  # importing registers them
        from vclinic_messages.actions.ending_streams import end_streams_of_session
        from vclinic_messages.actions.severing import sever_deleted_account
        from vclinic_messages.cloned_schemas import repair_after_migrate

        post_migrate.connect(repair_after_migrate, sender=self, dispatch_uid="vclinic_messages")
        # Django sends the model through which a user was deleted, which may be a proxy. Listening to all
        # models instead would take the fast deletion from every table of the portal.
        for model in apps.get_models():
            if model._meta.concrete_model is get_user_model():
                post_delete.connect(sever_deleted_account, sender=model, dispatch_uid="vclinic_messages")
        user_logged_out.connect(end_streams_of_session, dispatch_uid="vclinic_messages")
