"""Quick replies: short texts that staff insert into a message and change before sending."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from vclinic_messages.models.folded import FoldedField
from vclinic_messages.models.mailboxes import Mailbox, Team
from vclinic_messages.models.roles import Role
from vclinic_messages.models.user_references import NAME_MAX_LENGTH
from vclinic_messages.tenancy import ClinicManager

#: The longest name of a quick reply, in code points.
TITLE_MAX_LENGTH = 100


class QuickReply(models.Model):
    """A text to insert. It belongs to the clinic, or to one person of its staff (``owner``).

    One of the clinic is for all staff, for one role or for one team. ``language`` is that of the text; empty
    if it does not matter.
    """

    id = models.BigAutoField(primary_key=True)
    owner = models.ForeignKey(
        Mailbox, null=True, on_delete=models.PROTECT, related_name="+", db_index=False, editable=False
    )
    title = models.CharField(pgettext_lazy("vclinic_messages", "name"), max_length=TITLE_MAX_LENGTH)
    body = models.TextField(pgettext_lazy("vclinic_messages", "text"))
    folded = FoldedField(of="searched")
    role = models.CharField(max_length=16, choices=Role.choices, blank=True)
    team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    language = models.CharField(pgettext_lazy("vclinic_messages", "language"), max_length=15, blank=True)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_by_name = models.CharField(max_length=NAME_MAX_LENGTH, blank=True, editable=False)

    objects = ClinicManager()

    class Meta:
        base_manager_name = "objects"
        default_permissions = ()
        permissions = [("change_quickreply", "Can change the quick replies of Messages")]
        verbose_name = pgettext_lazy("vclinic_messages", "quick reply")
        verbose_name_plural = pgettext_lazy("vclinic_messages", "quick replies")
        constraints = [
            models.CheckConstraint(
                condition=Q(role="") | Q(team__isnull=True), name="vcm_quick_reply_audience"
            ),
        ]
        indexes = [
            # The replies of the clinic, and those of one person.
            models.Index(fields=["owner", "title"], name="vcm_quick_reply_owner"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def searched(self) -> str:
        """Return what a search reads."""
        return f"{self.title}\n{self.body}"
