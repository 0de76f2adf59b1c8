"""The record of who did what, and when."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from vclinic_messages.models.user_references import NAME_MAX_LENGTH, user_reference
from vclinic_messages.tenancy import ClinicManager


class AuditEvent(models.Model):
    """One thing that a person did. It never contains the text of a message, and it cannot be changed."""

    class Action(models.TextChoices):
        STARTED = "started", _("started a conversation")
        SENT = "sent", _("sent a message")
        OPENED = "opened", _("opened a conversation")
        NO_ANSWER_NEEDED = "no_answer_needed", _("marked a conversation as needing no answer")
        ANSWER_NEEDED = "answer_needed", _("put a conversation back on the waiting list")
        SWITCHED = "switched", _("changed the settings of Messages")
        EXPORTED = "exported", _("exported a conversation")
        DOWNLOADED = "downloaded", _("downloaded their own conversation")
        PRINTED = "printed", _("printed their own conversation")
        REPORTED = "reported", _("downloaded a report")
        PRUNED = "pruned", _("removed old events")
        SEVERED = "severed", _("disconnected a deleted account")
        ASSIGNED = "assigned", _("took or handed over a conversation")
        ERASED = "erased", _("erased texts or conversations")
        HELD = "held", _("put a conversation on hold")
        RELEASED = "released", _("released a conversation from hold")
        TEAM_CREATED = "team_created", _("made a team")
        TEAM_CHANGED = "team_changed", _("changed a team")
        TEAM_JOINED = "team_joined", _("added a person to a team")
        TEAM_LEFT = "team_left", _("removed a person from a team")
        TEAM_CLOSED = "team_closed", _("closed a team")
        ABSENCE_SET = "absence_set", _("set an absence")
        ABSENCE_ENDED = "absence_ended", _("ended an absence")
        QUICK_REPLY_ADDED = "quick_reply_added", _("added a quick reply")
        QUICK_REPLY_CHANGED = "quick_reply_changed", _("changed a quick reply")
        QUICK_REPLY_DELETED = "quick_reply_deleted", _("deleted a quick reply")

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(default=timezone.now, editable=False)
    actor = user_reference()
    actor_name = models.CharField(max_length=NAME_MAX_LENGTH)
    action = models.CharField(max_length=32, choices=Action.choices)
    conversation_id = models.UUIDField(null=True)
    message_id = models.BigIntegerField(null=True)
    details = models.JSONField(default=dict)
    # Identifies the session in which a conversation was opened, without revealing its key.
    session = models.CharField(max_length=24, null=True, editable=False)

    objects = ClinicManager()

    class Meta:
        base_manager_name = "objects"
        default_permissions = ("view",)
        verbose_name = pgettext_lazy("vclinic_messages", "audit event")
        verbose_name_plural = pgettext_lazy("vclinic_messages", "audit events")
        indexes = [
            # The audit trail of the clinic and its pruning, by time.
            models.Index(fields=["at"], name="vcm_audit_at"),
            # Who has lately joined or left a team, which its members see.
            models.Index(
                fields=["at"], condition=Q(action__in=("team_joined", "team_left")), name="vcm_audit_members"
            ),
        ]
        constraints = [
            # An opening is recorded once per person, conversation and session. Reads use this index too.
            models.UniqueConstraint(
                fields=["actor", "conversation_id", "session"],
                condition=Q(action="opened"),
                name="vcm_opened_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.at:%Y-%m-%d %H:%M}"
