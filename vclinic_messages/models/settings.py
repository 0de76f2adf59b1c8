"""The clinic's own settings of Messages: the switch and what it tells its patients."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.contrib.settings.models import BaseGenericSetting

from vclinic_messages.phone_numbers import phone_numbers
from vclinic_messages.tenancy import ClinicManager

#: An address of the web, or a path on this portal.
is_link = RegexValidator(
    r"\A(https?://[^\s/]\S*|/(?![/\\])\S*)\Z",
    _("Enter an address that begins with https:// or with a single /."),
)


def validate_phone(phone: str) -> None:
    """Raise ValidationError for a text without a number that can be called."""
    if not phone_numbers(phone):
        raise ValidationError(_("Enter a phone number with at least 3 digits."))


class MessagesSettings(BaseGenericSetting):
    """One row per clinic, made by the migration and kept single by a unique index.

    Read it with ``clinic_switch.clinic_settings()``, which takes a missing row for off; change it with
    ``actions.change_settings``, which records who did it.
    """

    enabled = models.BooleanField(
        _("Messages is on"),
        default=False,
        help_text=_(
            "While it is off, Messages is not in the navigation and nobody can read or write. "
            "Nothing is deleted: switched on again, every conversation is there."
        ),
    )
    emergency_notice = models.TextField(
        _("emergency notice"),
        blank=True,
        max_length=300,
        help_text=_("Shown after the words “Not for emergencies.” wherever a patient writes."),
    )
    response_time = models.CharField(
        _("response time"),
        blank=True,
        max_length=200,
        help_text=_("What patients may expect, for example “Usually answered within 2 working days.”"),
    )
    phone = models.CharField(
        _("phone number"),
        blank=True,
        max_length=50,
        validators=[validate_phone],
        help_text=_("The number to call instead, shown when Messages is off or a message cannot be sent."),
    )
    link = models.CharField(
        _("link"),
        blank=True,
        max_length=300,
        default="",
        validators=[is_link],
        help_text=_(
            "A page that helps instead, shown next to the phone number: how to reach you, or how to book a "
            "visit. For example https://clinic.example/contact or /contact/."
        ),
    )
    patients_may_start = models.BooleanField(
        _("patients may start conversations"),
        default=True,
        help_text=_("If not, patients can only answer when the clinic has written to them."),
    )
    patients_may_write_to_doctors = models.BooleanField(
        _("patients may write to doctors"),
        default=True,
        help_text=_("If not, patients write to the clinic staff only."),
    )
    read_receipts = models.BooleanField(
        _("read receipts"),
        default=False,
        help_text=_(
            "Whether the writer of a message sees when it was read: “Seen” and the time, below their last "
            "message. This applies to patients, doctors and clinic staff alike."
        ),
    )
    retention_years = models.PositiveSmallIntegerField(
        _("years to keep conversations"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_(
            "How long a conversation is kept after its last message. Leave this empty to keep all. A "
            "conversation in which a patient waits for an answer, or that is on hold, is kept longer."
        ),
    )
    retention_removes_all = models.BooleanField(
        _("remove whole conversations"),
        default=False,
        help_text=_("If not, only the texts are removed then: who wrote when is kept."),
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[ClinicManager[MessagesSettings]] = ClinicManager()

    class Meta:
        base_manager_name = "objects"
        default_permissions = ("change",)
        verbose_name = _("Messages")
        verbose_name_plural = _("Messages")

    @property
    def emergency_text(self) -> str:
        """The clinic's own words, or ours where it has written none."""
        return self.emergency_notice or gettext("In an emergency call your local emergency number.")

    @property
    def response_time_text(self) -> str:
        """The clinic's own words, or ours where it has written none."""
        return self.response_time or gettext("There is no promised response time.")
