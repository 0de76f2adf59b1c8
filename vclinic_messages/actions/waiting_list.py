"""Taking a conversation off the clinic's waiting list."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _

from vclinic_messages.actions.auditing import name_of, record
from vclinic_messages.actions.delivery import Participants, locked_participants
from vclinic_messages.actions.mailbox_locks import bump_versions, lock_mailboxes
from vclinic_messages.clinic_switch import require_enabled
from vclinic_messages.database_errors import coded_database_errors
from vclinic_messages.directory import get_directory
from vclinic_messages.errors import ConversationNotFound, InvalidInput, NotAMember
from vclinic_messages.models import AuditEvent, Conversation, Role
from vclinic_messages.models.conversations import conversation_id_of
from vclinic_messages.policies import check_may_close_waiting, may_close_for_others
from vclinic_messages.selectors.report_rows import unanswerable
from vclinic_messages.tenancy import clinic_transaction, verify_clinic


@coded_database_errors()
def no_answer_needed(*, conversation: Conversation | UUID, actor: Any) -> None:
    """Staff say that a patient's message needs no answer: it waits no more, until the patient writes again.

    Raises MessagesDisabled, NotAMember, ConversationNotFound, NotForThisRole (for a patient, and for staff
    whose role has changed), Unavailable or ClinicMismatch.
    """
    conversation_id = conversation_id_of(conversation)
    with clinic_transaction():
        require_enabled()
        role = get_directory().role(actor)
        if role is None:
            raise NotAMember
        participants = locked_participants(conversation_id)
        if actor.pk not in participants:
            verify_clinic()
            raise ConversationNotFound
        mine = participants[actor.pk]
        check_may_close_waiting(participant_role=Role(mine.role), role=role)
        _close(mine.conversation, participants, actor, mine.name)


@coded_database_errors()
def close_for_others(*, conversation: Conversation | UUID, actor: Any) -> None:
    """A clinic admin says it of a conversation in which nobody of the clinic can answer any more.

    It works while Messages is off, as the reports do.

    Raises PermissionDenied, ConversationNotFound, InvalidInput (``conversation``, ``can_be_answered``),
    Unavailable or ClinicMismatch.
    """
    conversation_id = conversation_id_of(conversation)
    with clinic_transaction():
        verify_clinic()
        if not may_close_for_others(actor):
            raise PermissionDenied
        participants = locked_participants(conversation_id)
        if not participants:
            raise ConversationNotFound
        found = next(iter(participants.values())).conversation
        if not unanswerable([found.pk]):
            detail = _("Somebody who takes part can answer it, or say that no answer is needed.")
            raise InvalidInput.on("conversation", "can_be_answered", detail)
        _close(found, participants, actor, name_of(actor))


def _close(conversation: Conversation, participants: Participants, actor: Any, name: str) -> None:
    if conversation.waiting_since is None:
        return
    mailboxes = lock_mailboxes(
        [key for key, participant in participants.items() if Role(participant.role).is_staff]
    )
    conversation.waiting_since = None
    conversation.save(update_fields=["waiting_since"])
    bump_versions(mailboxes, messages=0)
    record(AuditEvent.Action.NO_ANSWER_NEEDED, actor=actor, actor_name=name, conversation=conversation.pk)
