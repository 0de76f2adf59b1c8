"""Drafts: texts that their authors have not sent."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Length
from django.db.models.lookups import LessThanOrEqual
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from vclinic_messages.models.conversations import Conversation
from vclinic_messages.models.mailboxes import Mailbox
from vclinic_messages.tenancy import ClinicManager

#: The longest draft, in Unicode code points. It may be longer than a message, so that nothing is lost.
DRAFT_MAX_LENGTH = 10_000


class Draft(models.Model):
    """A text that its author has not sent, seen by nobody else.

    It belongs to a conversation, or to a new message: then there is one for each recipient and one without a
    recipient. ``version`` only rises: sending, discarding and pruning empty the body and raise the version,
    so a save that arrives late cannot bring the text back. So the row stays for as long as the mailbox has an
    account.

    ``other`` is a second text, of a form whose save was refused because a newer draft is stored. The author
    is asked which of the two they want. ``other_version`` is the version that it was typed from. Without
    another text, it is the version from which a text was sent while a newer draft stayed: a late save of that
    text is not kept.
    ``origin`` is the conversation in which the text of a new message was typed, if it was taken along to
    somebody else.

    ``counted_saves`` is how often the draft was saved since ``counted_from``, for the limit of saves.
    """

    author = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="+", db_index=False)
    conversation = models.ForeignKey(
        Conversation, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    recipient = models.ForeignKey(
        Mailbox, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    origin = models.ForeignKey(
        Conversation, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    body = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField(default=timezone.now)
    other = models.TextField(blank=True, default="")
    other_version = models.PositiveIntegerField(null=True)
    counted_from = models.DateTimeField(default=timezone.now)
    counted_saves = models.PositiveSmallIntegerField(default=0)

    objects = ClinicManager()

    class Meta:
        base_manager_name = "objects"
        default_permissions = ()
        verbose_name = pgettext_lazy("vclinic_messages", "draft")
        verbose_name_plural = pgettext_lazy("vclinic_messages", "drafts")
        constraints = [
            models.CheckConstraint(
                condition=Q(conversation__isnull=True) | Q(recipient__isnull=True), name="vcm_draft_target"
            ),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("body"), DRAFT_MAX_LENGTH), name="vcm_draft_length"
            ),
            # If there is one text, it is in ``body``, where every list looks for it.
            models.CheckConstraint(
                condition=Q(other="") | (~Q(body="") & Q(LessThanOrEqual(Length("other"), DRAFT_MAX_LENGTH))),
                name="vcm_draft_other",
            ),
            # One draft for each conversation of an author.
            models.UniqueConstraint(
                fields=["author", "conversation"],
                condition=Q(conversation__isnull=False),
                name="vcm_draft_of_conversation",
            ),
            # One draft of a new message for each recipient, and one without a recipient.
            models.UniqueConstraint(
                F("author"),
                Coalesce(F("recipient"), 0),
                condition=Q(conversation__isnull=True),
                name="vcm_draft_of_new_message",
            ),
        ]
        indexes = [
            # Pruning, by age.
            models.Index(fields=["saved_at"], condition=~Q(body=""), name="vcm_draft_saved_at"),
            # The drafts of new messages of an author, the last saved first. Most rows are empty.
            models.Index(
                fields=["author", "saved_at"],
                condition=Q(conversation__isnull=True) & ~Q(body=""),
                name="vcm_draft_unsent",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
