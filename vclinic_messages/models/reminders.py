"""Who has been reminded of unread messages, and who does not want to be."""

from __future__ import annotations

from django.db import models
from django.db.models import F
from django.utils.translation import pgettext_lazy

from vclinic_messages.models.mailboxes import Mailbox
from vclinic_messages.tenancy import ClinicManager


class Reminder(models.Model):
    """What a person has been reminded of. Without a row: of nothing yet.

    A send writes nothing here: what is due is read from the unread counters. ``by_email`` is the person's own
    choice. ``sent_at`` is when they were last reminded, ``up_to`` the newest message at that time.
    ``not_before`` delays the next try. The process that sends a reminder has it until ``claimed_until``; if
    it dies, another one sends the reminder after that.
    """

    id = models.BigAutoField(primary_key=True)
    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="+", db_index=False)
    by_email = models.BooleanField(default=True)
    sent_at = models.DateTimeField(null=True, editable=False)
    up_to = models.BigIntegerField(default=0, editable=False)
    not_before = models.DateTimeField(null=True, editable=False)
    failures = models.PositiveSmallIntegerField(default=0, editable=False)
    claimed_until = models.DateTimeField(null=True, editable=False)

    objects = ClinicManager()

    class Meta:
        base_manager_name = "objects"
        default_permissions = ()
        verbose_name = pgettext_lazy("vclinic_messages", "reminder")
        verbose_name_plural = pgettext_lazy("vclinic_messages", "reminders")
        constraints = [
            # One for each person. Expressions make it a named index, which survives the cloning of a schema.
            models.UniqueConstraint(F("mailbox"), name="vcm_reminder_once"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
