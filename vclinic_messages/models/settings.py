"""The clinic's own settings of Messages: the switch and what it tells its patients."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import ClassVar, NamedTuple
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.contrib.settings.models import BaseGenericSetting

from vclinic_messages.conf import default_language
from vclinic_messages.languages import language
from vclinic_messages.opening_hours import (
    OpeningHours,
    find_zone,
    validate_closed_days,
    validate_hours,
    validate_zone,
)
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


class ClinicText(NamedTuple):
    """A text that the clinic tells its patients, and its language."""

    text: str
    language: str


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
        pgettext_lazy("vclinic_messages", "emergency notice"),
        blank=True,
        max_length=300,
        help_text=_("Shown after the words “Not for emergencies.” wherever a patient writes."),
    )
    emergency_notice_translations = models.JSONField(
        _("emergency notice in other languages"),
        blank=True,
        default=dict,
        help_text=_("Shown on pages in this language. Where there is none, the notice above is shown."),
    )
    response_time = models.CharField(
        pgettext_lazy("vclinic_messages", "response time"),
        blank=True,
        max_length=200,
        help_text=_("What patients may expect, for example “Usually answered within 2 working days.”"),
    )
    response_time_translations = models.JSONField(
        _("response time in other languages"),
        blank=True,
        default=dict,
        help_text=_("Shown on pages in this language. Where there is none, the text above is shown."),
    )
    phone = models.CharField(
        pgettext_lazy("vclinic_messages", "phone number"),
        blank=True,
        max_length=50,
        validators=[validate_phone],
        help_text=_("The number to call instead, shown when Messages is off or a message cannot be sent."),
    )
    link = models.CharField(
        pgettext_lazy("vclinic_messages", "link"),
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
        pgettext_lazy("vclinic_messages", "read receipts"),
        default=False,
        help_text=_(
            "Whether the writer of a message sees when it was read: “Seen” and the time, below their last "
            "message. This applies to patients, doctors and clinic staff alike."
        ),
    )
    reminders = models.BooleanField(
        _("reminders by e-mail"),
        default=False,
        help_text=_(
            "People get an e-mail if they have not read a message. It says that there is one, never who "
            "wrote it or what it says. Everybody can switch theirs off."
        ),
    )
    reminder_minutes = models.PositiveSmallIntegerField(
        _("minutes until a reminder"),
        default=15,
        validators=[MaxValueValidator(7 * 24 * 60)],
        help_text=_("Who reads the message in these minutes gets no e-mail."),
    )
    quiet_from = models.PositiveSmallIntegerField(
        _("no reminders from"), default=21, choices=[(hour, f"{hour}:00") for hour in range(24)]
    )
    quiet_until = models.PositiveSmallIntegerField(
        _("no reminders until"),
        default=7,
        choices=[(hour, f"{hour}:00") for hour in range(24)],
        help_text=_("Reminders that become due in these hours are sent at their end."),
    )
    reminders_name_clinic = models.BooleanField(
        _("reminders name the clinic"),
        default=True,
        help_text=_(
            "Switch this off if the name of your clinic tells too much: other people may see an e-mail."
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
    time_zone = models.CharField(
        pgettext_lazy("vclinic_messages", "time zone"),
        blank=True,
        max_length=64,
        default="",
        validators=[validate_zone],
        help_text=_("Opening hours and absences are days and times of this zone."),
    )
    opening_hours = models.JSONField(
        pgettext_lazy("vclinic_messages", "opening hours"),
        blank=True,
        default=list,
        validators=[validate_hours],
        help_text=_(
            "Outside these hours patients read, before they send, when messages are read again. Nothing is "
            "blocked. Without any hours nothing is shown."
        ),
    )
    closed_days = models.JSONField(
        pgettext_lazy("vclinic_messages", "closed days"),
        blank=True,
        default=list,
        validators=[validate_closed_days],
        help_text=_("Public holidays and other days on which nobody reads messages."),
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[ClinicManager[MessagesSettings]] = ClinicManager()

    class Meta:
        base_manager_name = "objects"
        default_permissions = ("change",)
        verbose_name = pgettext_lazy("vclinic_messages", "Messages")
        verbose_name_plural = pgettext_lazy("vclinic_messages", "Messages")

    @property
    def emergency(self) -> ClinicText:
        """What to do in an emergency: the clinic's own words, or ours where it has written none."""
        return self._clinic_text("emergency_notice") or ClinicText(
            gettext("In an emergency call your local emergency number."), language()
        )

    @property
    def answering(self) -> ClinicText:
        """When patients may expect an answer: the clinic's own words, or ours where it has written none."""
        return self._clinic_text("response_time") or ClinicText(
            gettext("There is no promised response time."), language()
        )

    def _clinic_text(self, name: str) -> ClinicText | None:
        """Return what the clinic has written, in the active language if it can; None if it is nothing."""
        active = get_language() or ""
        translations = getattr(self, f"{name}_translations")
        for code in (active, active.split("-")[0]):
            if translations.get(code):
                return ClinicText(translations[code], code)
        text = getattr(self, name)
        return ClinicText(text, default_language()) if text else None

    @cached_property
    def zone(self) -> ZoneInfo:
        """The clinic's time zone; the portal's where the clinic has none, or one that is not known here."""
        zone = find_zone(self.time_zone) if self.time_zone else None
        return zone or ZoneInfo(timezone.get_default_timezone_name())

    @property
    def today(self) -> date:
        """The present day in the clinic's time zone."""
        return timezone.now().astimezone(self.zone).date()

    @cached_property
    def hours(self) -> OpeningHours | None:
        """When the clinic is open; None if it has no opening hours."""
        if not self.opening_hours:
            return None
        return OpeningHours(self.opening_hours, self.closed_days, self.zone)
