"""A person's own choice about reminders."""

from __future__ import annotations

from vclinic_messages.directory import get_directory
from vclinic_messages.models import Reminder
from vclinic_messages.viewer import Viewer


def wants_reminders(viewer: Viewer) -> bool:
    """Return whether the viewer has not switched reminders off. One statement."""
    return not Reminder.objects.filter(mailbox=viewer.own_mailbox, by_email=False).exists()


def reminder_address(viewer: Viewer) -> str:
    """Return the address to which the viewer's reminders go; an empty string for none."""
    return get_directory().email(viewer.user)
