"""Taking a conversation off the clinic's waiting list."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from vclinic_messages.actions.audit import record
from vclinic_messages.actions.delivery import locked_seats
from vclinic_messages.actions.mailboxes import bump, lock_mailboxes
from vclinic_messages.directory import get_directory
from vclinic_messages.errors import ConversationNotFound, NotAMember
from vclinic_messages.faults import coded_faults
from vclinic_messages.feature import require_enabled
from vclinic_messages.models import AuditEvent, Conversation, Role
from vclinic_messages.policies import check_may_close_waiting
from vclinic_messages.tenancy import clinic_transaction, verify_clinic


@coded_faults()
def no_answer_needed(*, conversation: Conversation | UUID, actor: Any) -> None:
    """Staff say that a patient's message needs no answer: it waits no more, until the patient writes again.

    Raises MessagesDisabled, NotAMember, ConversationNotFound, NotForThisRole (for a patient, and for staff
    whose role has changed), Unavailable or ClinicMismatch.
    """
    conversation_id = conversation.pk if isinstance(conversation, Conversation) else conversation
    with clinic_transaction():
        require_enabled()
        role = get_directory().role(actor)
        if role is None:
            raise NotAMember
        seats = locked_seats(conversation_id, None)
        if actor.pk not in seats:
            verify_clinic()
            raise ConversationNotFound
        mine = seats[actor.pk]
        check_may_close_waiting(seat_role=Role(mine.role), role=role)
        if mine.conversation.waiting_since is not None:
            _close(mine, seats, actor)


def _close(mine: Any, seats: Any, actor: Any) -> None:
    conversation = mine.conversation
    mailboxes = lock_mailboxes([key for key, seat in seats.items() if Role(seat.role).is_staff])
    conversation.waiting_since = None
    conversation.save(update_fields=["waiting_since"])
    bump(mailboxes, messages=0)
    record(
        AuditEvent.Action.NO_ANSWER_NEEDED, actor=actor, actor_name=mine.name, conversation=conversation.pk
    )
