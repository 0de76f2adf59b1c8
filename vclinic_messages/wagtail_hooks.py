"""Register what ``wagtail_admin`` offers with Wagtail's hooks."""

from __future__ import annotations

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, include, path
from django.utils.html import format_html
from wagtail import hooks
from wagtail.contrib.settings.registry import register_setting
from wagtail.log_actions import LogActionRegistry

from vclinic_messages.models import MessagesSettings
from vclinic_messages.wagtail_admin import dashboard, menu
from vclinic_messages.wagtail_admin.settings_panels import edit_handler
from vclinic_messages.wagtail_admin.settings_policy import settings_policy
from vclinic_messages.wagtail_admin.settings_view import MODEL, SettingsView

MessagesSettings.edit_handler = edit_handler
MessagesSettings.get_permission_policy = settings_policy
register_setting(MessagesSettings, icon="mail")


def admin_urls() -> list[URLResolver | URLPattern]:
    settings = "settings/{app_name}/{model_name}/<int:pk>/".format(**MODEL)
    return [
        path("messages/", include("vclinic_messages.wagtail_admin.urls")),
        path(settings, SettingsView.as_view(), MODEL),
    ]


def skip_log_of_settings(registry: LogActionRegistry) -> None:
    """Keep Wagtail from logging changes of our settings: the audit trail already records them.

    Wagtail's entry could also name the wrong model. It stores the number of the model's content type, and
    Django caches that number for all clinics although it differs between their schemas. Wagtail logs no
    change of a model that is registered without a log model.
    """
    registry.log_entry_models_by_type.register(MessagesSettings)


def permissions() -> QuerySet[Permission]:
    """Return the permissions that Wagtail offers in its group form, besides that of the settings."""
    names = [
        "report_conversation",
        "export_conversation",
        "view_auditevent",
        "change_team",
        "change_absence",
        "change_quickreply",
    ]
    return Permission.objects.filter(content_type__app_label="vclinic_messages", codename__in=names)


def menu_style() -> str:
    return format_html('<link rel="stylesheet" href="{}">', static("vclinic_messages/wagtail_admin/menu.css"))


# Before Wagtail's own, so that the address of the settings leads to our view.
hooks.register("register_admin_urls", admin_urls, order=-1)
hooks.register("register_admin_menu_item", menu.MessagesItem)
hooks.register("register_settings_menu_item", menu.TeamsItem)
hooks.register("register_settings_menu_item", menu.AbsencesItem)
hooks.register("register_settings_menu_item", menu.QuickRepliesItem)
hooks.register("construct_reports_menu", menu.add_reports)
hooks.register("construct_homepage_panels", dashboard.add_panel)
hooks.register("register_log_actions", skip_log_of_settings)
hooks.register("register_permissions", permissions)
hooks.register("insert_global_admin_css", menu_style)
