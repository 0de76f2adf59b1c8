"""Mailboxes: what numbers a person's view of their conversations."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from vclinic_messages.tenancy import ClinicManager


class Mailbox(models.Model):
    """One person's counters. Both rise under the row's lock, in the transaction of the change.

    ``seq`` counts the messages in this person's conversations: within a mailbox it rises in commit order,
    which makes it a safe cursor. ``version`` counts every change, reading included.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        primary_key=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
    )
    seq = models.BigIntegerField(default=0)
    version = models.BigIntegerField(default=0)

    objects: ClassVar[ClinicManager[Mailbox]] = ClinicManager()

    class Meta:
        base_manager_name = "objects"
        default_permissions = ()
        verbose_name = _("mailbox")
        verbose_name_plural = _("mailboxes")

    def __str__(self) -> str:
        return str(self.pk)
