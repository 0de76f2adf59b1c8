"""Remove a conversation from the clinic's waiting list, and put it back."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from vclinic_messages.actions.auditing import name_of, record
from vclinic_messages.actions.locked_conversations import locked_conversation
from vclinic_messages.actions.mailboxes import bump_versions, lock_mailboxes
from vclinic_messages.clinic_switch import enabled_settings
from vclinic_messages.database_errors import coded_database_errors
from vclinic_messages.directory import describe_by_key
from vclinic_messages.errors import (
    AnsweredMeanwhile,
    ConversationNotFound,
    InvalidInput,
    NotAMember,
    NotForThisRole,
)
from vclinic_messages.models import AuditEvent, Conversation, Mailbox, Participant, Role
from vclinic_messages.policies import may_decide, may_remove_from_waiting_list
from vclinic_messages.selectors.report_rows import unanswerable
from vclinic_messages.tenancy import clinic_transaction, verify_clinic
from vclinic_messages.user_types import User


@coded_database_errors()
def no_answer_needed(*, conversation: Conversation | UUID, actor: User) -> None:
    """Remove a conversation from the waiting list until the patient writes again. For staff who take part.

    Raises MessagesDisabled, NotAMember, ConversationNotFound, NotForThisRole (for a patient, and for staff
    whose role has changed), Unavailable or ClinicMismatch.
    """
    with clinic_transaction():
        participants, name = _deciding(conversation, actor)
        _clear_waiting(participants, actor, name)


@coded_database_errors()
def undo_no_answer_needed(*, conversation: Conversation | UUID, actor: User) -> None:
    """Put a conversation back on the waiting list, with the time since when it waited before.

    It is possible until somebody writes. A repeat changes nothing.

    Raises AnsweredMeanwhile, and what ``no_answer_needed`` raises.
    """
    with clinic_transaction():
        participants, name = _deciding(conversation, actor)
        mailboxes = _lock_staff(participants)
        own = Participant.objects.filter(conversation=participants[0].conversation_id)
        removed = own.filter(removed_waiting_since__isnull=False)
        if removed.filter(waiting_since=None).update(waiting_since=F("removed_waiting_since")):
            bump_versions(mailboxes)
            _record(AuditEvent.Action.ANSWER_NEEDED, participants, actor, name)
        elif not removed.exists():
            raise AnsweredMeanwhile


@coded_database_errors()
def remove_from_waiting_list(*, conversation: Conversation | UUID, actor: User) -> None:
    """Remove a conversation that no clinic participant can answer from the waiting list. For clinic admins.

    It works while Messages is off, as the reports do.

    Raises PermissionDenied, ConversationNotFound, InvalidInput (``conversation``, ``can_be_answered``),
    Unavailable or ClinicMismatch.
    """
    with clinic_transaction():
        verify_clinic()
        if not may_remove_from_waiting_list(actor):
            raise PermissionDenied
        participants = locked_conversation(conversation).participants
        if not participants:
            raise ConversationNotFound
        if not unanswerable([participants[0].conversation_id]):
            detail = _("A participant can still answer this conversation, or mark it as needing no answer.")
            raise InvalidInput.on("conversation", "can_be_answered", detail)
        _clear_waiting(participants, actor, name_of(actor))


def _deciding(conversation: Conversation | UUID, actor: User) -> tuple[list[Participant], str]:
    """Lock a conversation for staff who decide whether it needs an answer.

    Returns its participants, and the actor's name. Raises MessagesDisabled, NotAMember, ConversationNotFound
    or NotForThisRole.
    """
    enabled_settings()
    person = describe_by_key([actor.pk]).get(actor.pk)
    if person is None or person.role is None:
        raise NotAMember
    locked = locked_conversation(conversation)
    mine = locked.readable_by(actor, person.role)
    if not may_decide(Role(mine.role), person.role, team=mine.mailbox.team):
        raise NotForThisRole
    return locked.participants, person.name


def _clear_waiting(participants: list[Participant], actor: User, name: str) -> None:
    """Clear the waiting time of all staff participants.

    If nobody was waiting, change and record nothing.
    """
    mailboxes = _lock_staff(participants)
    # Read again now that the mailboxes are locked: somebody may have answered in the meantime.
    own = Participant.objects.filter(conversation=participants[0].conversation_id)
    waiting = own.filter(waiting_since__isnull=False)
    if waiting.update(removed_waiting_since=F("waiting_since"), waiting_since=None):
        bump_versions(mailboxes)
        _record(AuditEvent.Action.NO_ANSWER_NEEDED, participants, actor, name)


def _lock_staff(participants: list[Participant]) -> list[Mailbox]:
    return lock_mailboxes(each.mailbox_id for each in participants if Role(each.role).is_staff)


def _record(action: AuditEvent.Action, participants: list[Participant], actor: User, name: str) -> None:
    record(action, actor=actor, actor_name=name, conversation=participants[0].conversation_id)
