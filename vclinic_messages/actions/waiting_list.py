"""Removing a conversation from the clinic's waiting list."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _

from vclinic_messages.actions.auditing import name_of, record
from vclinic_messages.actions.delivery import locked_conversation
from vclinic_messages.actions.mailboxes import bump_versions, lock_mailboxes
from vclinic_messages.clinic_switch import enabled_settings
from vclinic_messages.database_errors import coded_database_errors
from vclinic_messages.directory import get_directory
from vclinic_messages.errors import ConversationNotFound, InvalidInput, NotAMember
from vclinic_messages.models import AuditEvent, Conversation, Participant, Role
from vclinic_messages.policies import check_may_mark_no_answer_needed, may_remove_from_waiting_list
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
        enabled_settings()
        role = get_directory().role(actor)
        if role is None:
            raise NotAMember
        locked = locked_conversation(conversation)
        mine = locked.readable_by(actor, role)
        check_may_mark_no_answer_needed(participant_role=Role(mine.role), role=role)
        _clear_waiting(locked.participants, actor, mine.name)


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


def _clear_waiting(participants: list[Participant], actor: User, name: str) -> None:
    """Clear the waiting time of all staff participants.

    If nobody was waiting, change and record nothing.
    """
    staff = [each.mailbox_id for each in participants if Role(each.role).is_staff]
    mailboxes = lock_mailboxes(staff)
    conversation = participants[0].conversation_id
    # Read again now that the mailboxes are locked: somebody may have answered in the meantime.
    waiting = Participant.objects.filter(conversation=conversation, waiting_since__isnull=False)
    if not waiting.update(waiting_since=None):
        return
    bump_versions(mailboxes)
    record(AuditEvent.Action.NO_ANSWER_NEEDED, actor=actor, actor_name=name, conversation=conversation)
