"""Conversations and the participants in them."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from vclinic_messages.models.users import NAME_MAX_LENGTH, user_reference
from vclinic_messages.tenancy import ClinicManager


class Role(models.TextChoices):
    """What a person is in a clinic, for Messages."""

    PATIENT = "patient", _("Patient")
    DOCTOR = "doctor", _("Doctor")
    ADMIN = "admin", _("Clinic staff")

    @property
    def is_staff(self) -> bool:
        return self is not Role.PATIENT


class Conversation(models.Model):
    """A threaded exchange between one patient and clinic staff, or between staff."""

    # A UUID exists in one clinic only and tells nobody how many conversations there are.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = user_reference()
    last_message = models.ForeignKey(
        "vclinic_messages.Message", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    message_count = models.PositiveIntegerField(default=0)
    waiting_since = models.DateTimeField(
        null=True,
        help_text=_("Since when a patient's message waits for an answer; empty if none does."),
    )
    # The participants see it for as long as there is the conversation; the audit trail may be pruned.
    exported_at = models.DateTimeField(null=True, editable=False)
    exported_by_name = models.CharField(max_length=NAME_MAX_LENGTH, null=True, editable=False)

    objects: ClassVar[ClinicManager[Conversation]] = ClinicManager()

    class Meta:
        base_manager_name = "objects"
        default_permissions = ()
        permissions = [
            ("report_conversation", "Can see the reports of Messages"),
            ("export_conversation", "Can export a conversation, with its text"),
        ]
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        indexes = [
            # The clinic's waiting list, oldest first.
            models.Index(
                fields=["waiting_since"], condition=Q(waiting_since__isnull=False), name="vcm_conv_waiting"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


def conversation_id_of(conversation: Conversation | uuid.UUID) -> uuid.UUID:
    """Return the id of a conversation that may be given as an object or by its id."""
    return conversation.pk if isinstance(conversation, Conversation) else conversation


class Participant(models.Model):
    """A person's participant in a conversation, with their unread count and read mark."""

    conversation = models.ForeignKey(
        Conversation, on_delete=models.PROTECT, related_name="participants", db_index=False
    )
    user = user_reference()
    name = models.CharField(max_length=NAME_MAX_LENGTH)
    role = models.CharField(max_length=16, choices=Role.choices)
    seq = models.BigIntegerField(
        default=0, help_text=_("The number of the conversation's last message in this person's mailbox.")
    )
    unread_count = models.PositiveIntegerField(default=0)
    last_read_message = models.ForeignKey(
        "vclinic_messages.Message", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    last_read_at = models.DateTimeField(null=True)

    objects: ClassVar[ClinicManager[Participant]] = ClinicManager()

    class Meta:
        base_manager_name = "objects"
        default_permissions = ()
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        constraints = [
            # A person takes part once. The index also finds the participants of a conversation, so it covers
            # all rows. Expressions make it a named index, which survives the cloning of a schema.
            models.UniqueConstraint(F("conversation"), F("user"), name="vcm_participant_once"),
            models.UniqueConstraint(
                fields=["conversation"], condition=Q(role="patient"), name="vcm_one_patient"
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="vcm_participant_role"),
        ]
        indexes = [
            # The inbox, its pages and the notifications: this person's participants, newest first.
            models.Index(F("user"), F("seq").desc(), name="vcm_participant_inbox"),
            # The badge: how many of this person's conversations hold something unread.
            models.Index(fields=["user"], condition=Q(unread_count__gt=0), name="vcm_participant_unread"),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.user_id}"
