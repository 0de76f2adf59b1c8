"""Messages: sent texts that nobody can change afterwards."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import Range
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from vclinic_messages.models.conversations import Conversation, Role
from vclinic_messages.models.users import NAME_MAX_LENGTH, user_reference
from vclinic_messages.tenancy import ClinicManager

#: The longest text, in Unicode code points after line ends have become ``\n``.
BODY_MAX_LENGTH = 5000

#: The longest idempotency key, in characters.
KEY_MAX_LENGTH = 128


class Message(models.Model):
    """One sent text. Triggers in the database refuse to change, delete or truncate it."""

    id = models.BigAutoField(primary_key=True)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="+", db_index=False)
    sender = user_reference()
    sender_name = models.CharField(max_length=NAME_MAX_LENGTH)
    sender_role = models.CharField(max_length=16, choices=Role.choices)
    body = models.TextField()
    sent_at = models.DateTimeField(default=timezone.now, editable=False)
    client_key = models.CharField(max_length=KEY_MAX_LENGTH, null=True, editable=False)

    objects: ClassVar[ClinicManager[Message]] = ClinicManager()

    class Meta:
        base_manager_name = "objects"
        default_permissions = ()
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.CheckConstraint(
                condition=Range(Length("body"), (1, BODY_MAX_LENGTH)),
                name="vcm_body_length",
            ),
            models.UniqueConstraint(
                fields=["sender", "client_key"], condition=Q(client_key__isnull=False), name="vcm_key_once"
            ),
        ]
        indexes = [
            # A page of a conversation.
            models.Index(fields=["conversation", "id"], name="vcm_message_page"),
            # The sending limit: a person's newest messages.
            models.Index(fields=["sender", "id"], name="vcm_message_sender"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
