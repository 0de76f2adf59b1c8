"""Absences: when somebody is away, and whom to write to instead."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from vclinic_messages.models.mailboxes import Mailbox
from vclinic_messages.models.user_references import NAME_MAX_LENGTH
from vclinic_messages.tenancy import ClinicManager


class Period(NamedTuple):
    """The days of an absence: away from ``first_day`` on, back on ``until``. None: nobody knows when."""

    first_day: date
    until: date | None

    def includes(self, day: date) -> bool:
        """Return whether this is a day of the absence."""
        return self.first_day <= day and not self.is_over(day)

    def is_over(self, day: date) -> bool:
        """Return whether this is the first day back, or a later one."""
        return self.until is not None and self.until <= day


class Absence(models.Model):
    """When a person or a team is away, by the days of the clinic's time zone.

    ``until`` is the first day back; None if nobody knows it yet. Nobody has two: a new one replaces the old
    one. Nothing is refused because of an absence. ``set_at`` is later than the beginning of ``until`` only if
    the absence was ended early, and then it is when.
    """

    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="+", db_index=False)
    first_day = models.DateField(_("first day away"))
    until = models.DateField(_("first day back"), null=True)
    instead = models.ForeignKey(
        Mailbox, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    set_by = models.CharField(max_length=NAME_MAX_LENGTH, editable=False)
    set_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ClinicManager()

    class Meta:
        base_manager_name = "objects"
        default_permissions = ()
        permissions = [("change_absence", "Can set when others are away from Messages")]
        verbose_name = pgettext_lazy("vclinic_messages", "absence")
        verbose_name_plural = pgettext_lazy("vclinic_messages", "absences")
        constraints = [
            # Expressions make it a named index, which survives the cloning of a schema.
            models.UniqueConstraint(F("mailbox"), name="vcm_absence_once"),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("first_day")), name="vcm_absence_days"
            ),
            models.CheckConstraint(
                condition=Q(instead__isnull=True) | ~Q(instead=F("mailbox")), name="vcm_absence_instead"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mailbox_id} from {self.first_day}"

    @property
    def period(self) -> Period:
        """Return the days of the absence."""
        return Period(self.first_day, self.until)

    @staticmethod
    def on(day: date) -> Q:
        """Return the condition for absences that include this day."""
        return Q(first_day__lte=day) & (Q(until__isnull=True) | Q(until__gt=day))
