"""Marking as read."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q
from django.utils import timezone

from vclinic_messages import signals
from vclinic_messages.actions.delivery import is_message_of, unread_after
from vclinic_messages.actions.mailbox_locks import bump_versions, lock_mailboxes
from vclinic_messages.clinic_switch import require_enabled
from vclinic_messages.database_errors import coded_database_errors
from vclinic_messages.directory import get_directory
from vclinic_messages.errors import ConversationNotFound, NotAMember
from vclinic_messages.models import Conversation, Participant
from vclinic_messages.models.conversations import conversation_id_of
from vclinic_messages.policies import unknown_message
from vclinic_messages.tenancy import after_commit, clinic_transaction, verify_clinic
from vclinic_messages.viewer import unread_conversations


@coded_database_errors()
def mark_read(*, conversation: Conversation | UUID, reader: Any, up_to: int) -> int:
    """Mark the reader's conversation as read up to and including the message with the id ``up_to``.

    The mark only moves forward. Returns how many of the reader's conversations hold something unread. Where
    the clinic shows read receipts, the browsers of the other participants are told.

    Raises MessagesDisabled, NotAMember, ConversationNotFound, InvalidInput (``message``: not one of this
    conversation), Unavailable or ClinicMismatch.
    """
    conversation_id = conversation_id_of(conversation)
    with clinic_transaction():
        settings = require_enabled()
        if get_directory().role(reader) is None:
            raise NotAMember
        _check(conversation_id, reader, up_to)
        # A statement of its own, before the count: a send in between would leave 0 where the truth is 1.
        told = _participants(conversation_id) if settings.read_receipts else [reader.pk]
        mailboxes = lock_mailboxes(told)
        if _move_mark(conversation_id, reader, up_to):
            bump_versions(mailboxes, messages=0)
            _announce(conversation_id, reader, up_to)
        return unread_conversations(reader)


def _check(conversation_id: UUID, reader: Any, up_to: int) -> None:
    participants = Participant.objects.filter(conversation=conversation_id, user=reader)
    known = list(
        participants.annotate(known=is_message_of(OuterRef("conversation"), up_to)).values_list(
            "known", flat=True
        )
    )
    if not known:
        verify_clinic()
        raise ConversationNotFound
    if not known[0]:
        raise unknown_message("message")


def _participants(conversation_id: UUID) -> list[Any]:
    participants = Participant.objects.filter(conversation=conversation_id).exclude(user=None)
    return list(participants.values_list("user", flat=True))


def _move_mark(conversation_id: UUID, reader: Any, up_to: int) -> bool:
    participant = Participant.objects.filter(conversation=conversation_id, user=reader)
    behind = participant.filter(Q(last_read_message=None) | Q(last_read_message__lt=up_to))
    moved = behind.update(
        last_read_message=up_to,
        last_read_at=timezone.now(),
        unread_count=unread_after(conversation_id, reader, up_to),
    )
    return bool(moved)


def _announce(conversation_id: UUID, reader: Any, up_to: int) -> None:
    conversation = Conversation.objects.get(pk=conversation_id)
    after_commit(
        partial(
            signals.conversation_read.send_robust,
            Conversation,
            conversation=conversation,
            reader=reader,
            up_to=up_to,
        )
    )
