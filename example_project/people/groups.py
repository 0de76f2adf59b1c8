"""The groups of a clinic: one for each role, and one for those who manage its pages and settings."""

from django.contrib.auth.models import Group, Permission
from django.db.models import Q
from wagtail.models import GroupPagePermission, Page

ROLES = {"patient": "Patients", "doctor": "Doctors", "admin": "Clinic staff"}
ADMINISTRATORS = "Clinic administrators"
PAGE_PERMISSIONS = ("add_page", "change_page", "publish_page", "lock_page", "unlock_page")


def ensure_groups() -> None:
    """Create the groups in the current clinic, and update the administrators' permissions."""
    for name in ROLES.values():
        Group.objects.get_or_create(name=name)
    administrators, _ = Group.objects.get_or_create(name=ADMINISTRATORS)
    administrators.permissions.set(_administrators_permissions())
    root = Page.get_first_root_node()
    for codename in PAGE_PERMISSIONS:
        permission = Permission.objects.get(content_type__app_label="wagtailcore", codename=codename)
        GroupPagePermission.objects.get_or_create(group=administrators, page=root, permission=permission)


def _administrators_permissions() -> list[Permission]:
    """Return the permission to enter the Wagtail admin and all permissions of Messages."""
    enter = Q(content_type__app_label="wagtailadmin", codename="access_admin")
    return list(Permission.objects.filter(enter | Q(content_type__app_label="vclinic_messages")))
