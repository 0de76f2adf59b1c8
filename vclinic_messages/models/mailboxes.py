"""Mailboxes, and the teams that can have one."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from vclinic_messages.models.folded import FoldedField
from vclinic_messages.models.user_references import NAME_MAX_LENGTH, user_reference
from vclinic_messages.tenancy import ClinicManager


class Team(models.Model):
    """Staff who share one mailbox. Patients choose the team, not a person of it."""

    # A UUID of one clinic exists in no other, and tells nobody how many teams there are.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(pgettext_lazy("vclinic_messages", "name"), max_length=NAME_MAX_LENGTH)
    description = models.CharField(_("what it is for"), max_length=200, blank=True)
    is_open_to_patients = models.BooleanField(_("patients may write to it"), default=True)
    external_key = models.CharField(max_length=255, null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)

    objects = ClinicManager()

    class Meta:
        base_manager_name = "objects"
        default_permissions = ()
        permissions = [("change_team", "Can make and change the teams of Messages")]
        verbose_name = pgettext_lazy("vclinic_messages", "team")
        verbose_name_plural = pgettext_lazy("vclinic_messages", "teams")
        constraints = [
            # A portal's own team is imported once.
            models.UniqueConstraint(
                fields=["external_key"], condition=Q(external_key__isnull=False), name="vcm_team_external_key"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Mailbox(models.Model):
    """A person's or a team's view of their conversations in this clinic.

    ``version`` rises with every change, reading included, under the row's lock and in the transaction of the
    change. ``name`` is the present name: sends and read marks write it, a GET never does.

    Only this table refers to the account. When the account is deleted, ``user`` becomes NULL, and whoever
    later gets the same key starts with a new mailbox.
    """

    id = models.BigAutoField(primary_key=True)
    user = user_reference()
    team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=NAME_MAX_LENGTH)
    folded_name = FoldedField(of="name")
    version = models.BigIntegerField(default=0)
    opened_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ClinicManager()

    class Meta:
        base_manager_name = "objects"
        default_permissions = ()
        verbose_name = pgettext_lazy("vclinic_messages", "mailbox")
        verbose_name_plural = pgettext_lazy("vclinic_messages", "mailboxes")
        constraints = [
            # A person has one mailbox. Also finds the mailbox of whoever is signed in, on every page.
            models.UniqueConstraint(
                fields=["user"], condition=Q(user__isnull=False), name="vcm_mailbox_of_user"
            ),
            # A team has one mailbox. Also finds the mailboxes of somebody's teams.
            models.UniqueConstraint(
                fields=["team"], condition=Q(team__isnull=False), name="vcm_mailbox_of_team"
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=True) | Q(team__isnull=True), name="vcm_mailbox_owner"
            ),
        ]
        indexes = [
            # Whether several people have the same name, in reports and documents.
            models.Index(fields=["name"], name="vcm_mailbox_name"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class TeamMember(models.Model):
    """A person who reads and answers for a team, by their own mailbox.

    ``writing_in`` is the conversation in which they began to write for the team at ``writing_at``.
    """

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="members", db_index=False)
    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="+", db_index=False)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)
    writing_in = models.UUIDField(null=True, editable=False)
    writing_at = models.DateTimeField(null=True, editable=False)

    objects = ClinicManager()

    class Meta:
        base_manager_name = "objects"
        default_permissions = ()
        verbose_name = pgettext_lazy("vclinic_messages", "team member")
        verbose_name_plural = pgettext_lazy("vclinic_messages", "team members")
        constraints = [
            # A person joins a team once. Also finds the teams of whoever is signed in, on every page.
            # Expressions make it a named index, which survives the cloning of a schema.
            models.UniqueConstraint(F("mailbox"), F("team"), name="vcm_team_member_once"),
        ]
        indexes = [
            # The members of a team.
            models.Index(fields=["team"], name="vcm_team_members"),
        ]

    def __str__(self) -> str:
        return f"{self.mailbox_id} in {self.team_id}"
