"""Messages: sent texts that nobody can change afterwards, and their searchable form."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import Range
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from vclinic_messages.models.conversations import Conversation
from vclinic_messages.models.mailboxes import Mailbox
from vclinic_messages.models.roles import Role
from vclinic_messages.models.user_references import NAME_MAX_LENGTH
from vclinic_messages.tenancy import ClinicManager

#: The longest text of a message, in Unicode code points, counted after line ends have become ``\n``.
BODY_MAX_LENGTH = 5000

#: The longest idempotency key, in characters.
KEY_MAX_LENGTH = 128


class Message(models.Model):
    """One sent text. Triggers in the database refuse to change, delete or truncate it.

    ``sender`` is the writer's own mailbox. ``mailbox`` is the participant's mailbox that it was written from:
    the same for a person, the team's for a member of a team. ``sender_name`` and ``sender_role`` are as they
    were when it was sent.
    """

    id = models.BigAutoField(primary_key=True)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="+", db_index=False)
    sender = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="+", db_index=False)
    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="+", db_index=False)
    sender_name = models.CharField(max_length=NAME_MAX_LENGTH)
    sender_role = models.CharField(max_length=16, choices=Role.choices)
    body = models.TextField()
    sent_at = models.DateTimeField(default=timezone.now, editable=False)
    client_key = models.CharField(max_length=KEY_MAX_LENGTH, null=True, editable=False)

    objects = ClinicManager()

    class Meta:
        base_manager_name = "objects"
        default_permissions = ()
        verbose_name = pgettext_lazy("vclinic_messages", "message")
        verbose_name_plural = pgettext_lazy("vclinic_messages", "messages")
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


class MessageWords(models.Model):
    """The searchable form of a message: its text, folded by the function that folds the question.

    A table of its own, because the message can never change while the folding may: ``fold_version`` tells by
    which version of the function a row was folded.
    """

    message = models.OneToOneField(Message, primary_key=True, on_delete=models.PROTECT, related_name="+")
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="+", db_index=False)
    folded = models.TextField()
    fold_version = models.PositiveSmallIntegerField()

    objects = ClinicManager()

    class Meta:
        base_manager_name = "objects"
        default_permissions = ()
        verbose_name = _("words of a message")
        verbose_name_plural = _("words of messages")
        indexes = [
            # A search among somebody's conversations.
            models.Index(fields=["conversation"], name="vcm_words_conversation"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
