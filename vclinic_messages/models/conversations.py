"""Conversations and the people and teams who take part in them."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from vclinic_messages.models.folded import FoldedField
from vclinic_messages.models.mailboxes import Mailbox
from vclinic_messages.models.roles import Role
from vclinic_messages.models.user_references import NAME_MAX_LENGTH, user_reference
from vclinic_messages.tenancy import ClinicManager


class Conversation(models.Model):
    """A threaded exchange between one patient and clinic staff, or between staff."""

    # A UUID of one clinic exists in no other, and tells nobody how many conversations there are.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = user_reference()
    last_message = models.ForeignKey(
        "vclinic_messages.Message", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    message_count = models.PositiveIntegerField(default=0)
    # The participants see these for as long as the conversation exists; the audit trail may be pruned.
    exported_at = models.DateTimeField(null=True, editable=False)
    exported_by_name = models.CharField(max_length=NAME_MAX_LENGTH, null=True, editable=False)
    # While a conversation is on hold, for example for a court case, nothing of it may be erased.
    held_since = models.DateTimeField(null=True, editable=False)
    # When a mark replaced all its texts.
    erased_at = models.DateTimeField(null=True, editable=False)

    objects = ClinicManager()

    class Meta:
        base_manager_name = "objects"
        default_permissions = ()
        permissions = [
            ("report_conversation", "Can see the reports of Messages"),
            ("export_conversation", "Can export a conversation, with its text"),
        ]
        verbose_name = pgettext_lazy("vclinic_messages", "conversation")
        verbose_name_plural = pgettext_lazy("vclinic_messages", "conversations")

    def __str__(self) -> str:
        return str(self.pk)


def conversation_id_of(conversation: Conversation | uuid.UUID) -> uuid.UUID:
    """Return the id of a conversation that is given as an object or by its id."""
    return conversation.pk if isinstance(conversation, Conversation) else conversation


class Participant(models.Model):
    """A mailbox in a conversation: its unread count, read mark and waiting time.

    ``name`` and ``role`` are as they were when the conversation began. ``last_message`` is the conversation's
    last message once more: it orders the inbox, pages it, and is the cursor of the notifications.
    """

    conversation = models.ForeignKey(
        Conversation, on_delete=models.PROTECT, related_name="participants", db_index=False
    )
    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=NAME_MAX_LENGTH)
    folded_name = FoldedField(of="name")
    role = models.CharField(max_length=16, choices=Role.choices)
    last_message = models.ForeignKey(
        "vclinic_messages.Message", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    waiting_since = models.DateTimeField(
        null=True,
        help_text=_("When the patient wrote what this participant has not answered; empty if nobody waits."),
    )
    # What ``waiting_since`` goes back to when "No answer needed" is undone. A message clears it; undoing does
    # not, so that a repeat is no error.
    removed_waiting_since = models.DateTimeField(null=True, editable=False)
    unread_count = models.PositiveIntegerField(default=0)
    last_read_message = models.ForeignKey(
        "vclinic_messages.Message", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    last_read_at = models.DateTimeField(null=True)
    # Of a team only: the own mailbox of the member who has taken the conversation.
    assigned_to = models.ForeignKey(
        Mailbox, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    objects = ClinicManager()

    class Meta:
        base_manager_name = "objects"
        default_permissions = ()
        verbose_name = pgettext_lazy("vclinic_messages", "participant")
        verbose_name_plural = pgettext_lazy("vclinic_messages", "participants")
        constraints = [
            # A mailbox takes part once. Also finds the participants of a conversation, so it covers all rows.
            # Expressions make it a named index, which survives the cloning of a schema.
            models.UniqueConstraint(F("conversation"), F("mailbox"), name="vcm_participant_once"),
            models.UniqueConstraint(
                fields=["conversation"], condition=Q(role="patient"), name="vcm_one_patient"
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="vcm_participant_role"),
        ]
        indexes = [
            # The inbox, its pages and the notifications: the conversations of a mailbox, newest first.
            models.Index(F("mailbox"), F("last_message").desc(), name="vcm_participant_inbox"),
            # The badge: how many conversations of a mailbox have unread messages.
            models.Index(fields=["mailbox"], condition=Q(unread_count__gt=0), name="vcm_participant_unread"),
            # The waiting list of a mailbox and of the clinic, longest wait first.
            models.Index(
                fields=["mailbox", "waiting_since"],
                condition=Q(waiting_since__isnull=False),
                name="vcm_participant_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.mailbox_id}"

    @property
    def changed_name(self) -> str:
        """Return the present name where it differs from ``name``; otherwise an empty string."""
        return self.mailbox.name if self.mailbox.name != self.name else ""
