"""Taking a conversation off the clinic's waiting list."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _

from vclinic_messages.actions.audit import name_of, record
from vclinic_messages.actions.delivery import Seats, locked_seats
from vclinic_messages.actions.mailboxes import bump, lock_mailboxes
from vclinic_messages.directory import get_directory
from vclinic_messages.errors import ConversationNotFound, InvalidInput, NotAMember
from vclinic_messages.faults import coded_faults
from vclinic_messages.feature import require_enabled
from vclinic_messages.models import AuditEvent, Conversation, Role
from vclinic_messages.policies import check_may_close_waiting, may_close_for_others
from vclinic_messages.selectors.reports import unanswerable
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
        _close(mine.conversation, seats, actor, mine.name)


@coded_faults()
def close_for_others(*, conversation: Conversation | UUID, actor: Any) -> None:
    """A clinic admin says it of a conversation in which nobody of the clinic can answer any more.

    It works while Messages is off, as the reports do.

    Raises PermissionDenied, ConversationNotFound, InvalidInput (``conversation``, ``can_be_answered``),
    Unavailable or ClinicMismatch.
    """
    conversation_id = conversation.pk if isinstance(conversation, Conversation) else conversation
    with clinic_transaction():
        verify_clinic()
        if not may_close_for_others(actor):
            raise PermissionDenied
        seats = locked_seats(conversation_id, None)
        if not seats:
            raise ConversationNotFound
        found = next(iter(seats.values())).conversation
        if not unanswerable([found.pk]):
            detail = _("Somebody who takes part can answer it, or say that no answer is needed.")
            raise InvalidInput.on("conversation", "can_be_answered", detail)
        _close(found, seats, actor, name_of(actor))


def _close(conversation: Conversation, seats: Seats, actor: Any, name: str) -> None:
    if conversation.waiting_since is None:
        return
    mailboxes = lock_mailboxes([key for key, seat in seats.items() if Role(seat.role).is_staff])
    conversation.waiting_since = None
    conversation.save(update_fields=["waiting_since"])
    bump(mailboxes, messages=0)
    record(AuditEvent.Action.NO_ANSWER_NEEDED, actor=actor, actor_name=name, conversation=conversation.pk)
