"""Adding, changing and deleting quick replies: the clinic's by clinic admins, their own by staff."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from vclinic_messages.actions.auditing import name_of, record
from vclinic_messages.actions.mailboxes import open_mailboxes
from vclinic_messages.database_errors import coded_database_errors, redacted_database_errors
from vclinic_messages.directory import describe_by_key
from vclinic_messages.errors import InvalidInput, NotAMember, NotForThisRole
from vclinic_messages.message_text import clean_body, has_forbidden_characters, is_blank
from vclinic_messages.models import AuditEvent, Mailbox, QuickReply, Role, Team
from vclinic_messages.models.quick_replies import TITLE_MAX_LENGTH
from vclinic_messages.models.user_references import snapshot_name
from vclinic_messages.policies import may_change_quick_replies
from vclinic_messages.tenancy import clinic_transaction, verify_clinic
from vclinic_messages.user_types import User
from vclinic_messages.viewer import Viewer

#: How many quick replies a person may keep for themselves, and a clinic for its staff.
MOST_OWN = 200
MOST_OF_CLINIC = 500

Action = AuditEvent.Action


@sensitive_variables()
@coded_database_errors()
@redacted_database_errors()
def change_quick_reply(
    *,
    actor: User | None = None,
    reply: QuickReply | None = None,
    title: str,
    body: str,
    role: Role | str = "",
    team: Team | None = None,
    language: str = "",
) -> QuickReply:
    """Add a quick reply of the clinic, or change ``reply``. It is for everybody, a role of staff or a team.

    ``actor`` is None for a command. Raises PermissionDenied if the actor may not change them, NotForThisRole
    for somebody's own quick reply, InvalidInput
    (``title``, ``body``, ``role``, ``language``), Unavailable or ClinicMismatch.
    """
    with clinic_transaction():
        verify_clinic()
        _check_permission(actor)
        if role and (role not in Role.values or not Role(role).is_staff or team is not None):
            raise InvalidInput.on("role", "invalid_choice", _("Choose a role of staff, or a team."))
        if reply is None and QuickReply.objects.filter(owner=None).count() >= MOST_OF_CLINIC:
            detail = _("The clinic has very many quick replies already. Delete one that is not used.")
            raise InvalidInput.on("title", "max_length", detail)
        found = reply or QuickReply()
        _check_owner(found, None)
        is_new = found._state.adding
        found.role, found.team, found.language = role, team, _clean_language(language)
        _write(found, title, body, name_of(actor))
        _record(Action.QUICK_REPLY_ADDED if is_new else Action.QUICK_REPLY_CHANGED, found, actor)
        return found


@coded_database_errors()
def delete_quick_reply(*, actor: User | None = None, reply: QuickReply) -> None:
    """Delete a quick reply of the clinic. What was inserted from it stays in the messages.

    Raises PermissionDenied, NotForThisRole for somebody's own, Unavailable or ClinicMismatch.
    """
    with clinic_transaction():
        verify_clinic()
        _check_permission(actor)
        _check_owner(reply, None)
        _record(Action.QUICK_REPLY_DELETED, reply, actor)
        QuickReply.objects.filter(pk=reply.pk, owner__isnull=True).delete()


@sensitive_variables()
@coded_database_errors()
@redacted_database_errors()
def change_own_quick_reply(
    *, viewer: Viewer, reply: QuickReply | None = None, title: str, body: str
) -> QuickReply:
    """Add a quick reply that only the viewer sees, or change ``reply``, which must be theirs.

    Raises NotForThisRole for a patient, InvalidInput (``title``, ``body``), NotAMember, Unavailable or
    ClinicMismatch.
    """
    with clinic_transaction():
        verify_clinic()
        owner = _own_mailbox(viewer)
        if reply is None and QuickReply.objects.filter(owner=owner).count() >= MOST_OWN:
            detail = _("You have very many quick replies already. Delete one that you do not use.")
            raise InvalidInput.on("title", "max_length", detail)
        found = reply or QuickReply(owner=owner)
        _check_owner(found, owner.pk)
        _write(found, title, body, "")
        return found


@coded_database_errors()
def delete_own_quick_reply(*, viewer: Viewer, reply: QuickReply) -> None:
    """Delete a quick reply of the viewer's own. Raises NotForThisRole, Unavailable or ClinicMismatch."""
    with clinic_transaction():
        verify_clinic()
        if not QuickReply.objects.filter(pk=reply.pk, owner=_own_mailbox(viewer)).delete()[0]:
            raise NotForThisRole


def _check_owner(reply: QuickReply, owner: int | None) -> None:
    """Raise NotForThisRole unless the quick reply belongs to this mailbox; None stands for the clinic."""
    if reply.owner_id != owner:
        raise NotForThisRole


def _own_mailbox(viewer: Viewer) -> Mailbox:
    """Return the viewer's mailbox, opening it if it is missing."""
    if not viewer.role.is_staff:
        raise NotForThisRole
    if viewer.own_mailbox is None:
        open_mailboxes(describe_by_key([viewer.key]))
    found = Mailbox.objects.filter(user=viewer.key).first()
    if found is None:
        raise NotAMember
    return found


@sensitive_variables()
def _write(reply: QuickReply, title: str, body: str, changed_by: str) -> None:
    problems: dict[str, Any] = {}
    for clean in (_clean_title, _clean_body):
        try:
            clean(title if clean is _clean_title else body)
        except InvalidInput as refusal:
            problems |= refusal.errors
    if problems:
        raise InvalidInput(problems)
    if not reply._state.adding and not QuickReply.objects.select_for_update().filter(pk=reply.pk).exists():
        raise InvalidInput.on("title", "not_found", _("Someone else has deleted this quick reply."))
    reply.title, reply.body = _clean_title(title), _clean_body(body)
    reply.changed_at, reply.changed_by_name = timezone.now(), snapshot_name(changed_by)
    reply.save()


def _clean_title(title: str) -> str:
    text = " ".join(title.split()) if not has_forbidden_characters(title) else ""
    if is_blank(text):
        raise InvalidInput.on("title", "blank", _("Give it a name."))
    if len(text) > TITLE_MAX_LENGTH:
        raise InvalidInput.on("title", "max_length", _("The name is too long. Shorten it."))
    return text


def _clean_body(body: str) -> str:
    if is_blank(body):
        raise InvalidInput.on("body", "blank", _("Enter the text."))
    return clean_body(body)


def _clean_language(language: str) -> str:
    if language and not translation.check_for_language(language):
        raise InvalidInput.on("language", "invalid_choice", _("Choose a language of the portal."))
    return language


def _check_permission(actor: User | None) -> None:
    if actor is not None and not may_change_quick_replies(actor):
        raise PermissionDenied


def _record(action: AuditEvent.Action, reply: QuickReply, actor: User | None) -> None:
    """Record which one, by its number and name. Its text may quote a patient, so it is not recorded."""
    details = {"quick_reply": reply.pk, "name": reply.title}
    record(action, actor=actor, actor_name=name_of(actor), details=details)
