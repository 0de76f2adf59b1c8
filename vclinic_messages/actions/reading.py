"""Mark conversations as read."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from vclinic_messages import signals
from vclinic_messages.actions.delivery import is_message_of, unread_after
from vclinic_messages.actions.mailboxes import bump_versions, lock_mailboxes
from vclinic_messages.clinic_switch import enabled_settings
from vclinic_messages.database_errors import coded_database_errors
from vclinic_messages.directory import describe_by_key
from vclinic_messages.errors import ConversationNotFound, NotAMember
from vclinic_messages.models import Conversation, Participant, Role, TeamMember
from vclinic_messages.models.conversations import conversation_id_of
from vclinic_messages.policies import unknown_message
from vclinic_messages.tenancy import after_commit, clinic_transaction, verify_clinic
from vclinic_messages.user_types import User
from vclinic_messages.viewer import mailboxes_read_by, unread_conversations


@coded_database_errors()
def mark_read(*, conversation: Conversation | UUID, reader: User, up_to: int) -> int:
    """Mark the reader's conversation as read up to and including the message with the id ``up_to``.

    The mark only moves forward. Returns how many of the reader's conversations have unread messages. Where
    the clinic shows read receipts, the browsers of the other participants are told.

    Raises MessagesDisabled, NotAMember, ConversationNotFound, InvalidInput (``message``: not one of this
    conversation), Unavailable or ClinicMismatch.
    """
    conversation_id = conversation_id_of(conversation)
    with clinic_transaction():
        settings = enabled_settings()
        described = describe_by_key([reader.pk])
        role = described[reader.pk].role if reader.pk in described else None
        if role is None:
            raise NotAMember
        mine, others = _mailboxes(conversation_id, reader, role, up_to)
        # The lock is a statement of its own, before the count. A statement sees what was committed before it
        # began: if it waited for the lock, it would miss the message whose send it waited for, and leave 0
        # unread where the truth is 1.
        mailboxes = lock_mailboxes([*mine, *others] if settings.read_receipts else mine)
        moved = [_move_mark(conversation_id, each, up_to) for each in mine]
        if any(moved):
            own = {each.pk: described[reader.pk].name for each in mailboxes if each.user_id == reader.pk}
            bump_versions(mailboxes, own)
            _announce(conversation_id, reader, up_to)
        return unread_conversations(mailboxes_read_by(reader, role), role)


def _mailboxes(conversation_id: UUID, reader: User, role: Role, up_to: int) -> tuple[list[int], list[int]]:
    """Return the mailboxes through which the reader reads the conversation, and those of the others.

    A person and a team of theirs may both take part. Then the reader's mark moves for both.

    Raises ConversationNotFound, InvalidInput on ``message`` or ClinicMismatch.
    """
    membership = TeamMember.objects.filter(team=OuterRef("mailbox__team"), mailbox__user=reader.pk)
    rows = list(
        Participant.objects.filter(conversation=conversation_id)
        .annotate(known=is_message_of(OuterRef("conversation"), up_to), is_member=Exists(membership))
        .values_list("mailbox", "mailbox__user", "role", "is_member", "known")
    )
    mine = [
        mailbox
        for mailbox, user, before, is_member, _known in rows
        if role.reads_as(Role(before)) and (user == reader.pk or (is_member and role.is_staff))
    ]
    if not mine:
        verify_clinic()
        raise ConversationNotFound
    if not rows[0][-1]:
        raise unknown_message("message")
    return mine, [mailbox for mailbox, *_rest in rows if mailbox not in mine]


def _move_mark(conversation_id: UUID, mailbox: int, up_to: int) -> bool:
    """Move the read mark forward. Returns whether it moved."""
    mine = Participant.objects.filter(conversation=conversation_id, mailbox=mailbox)
    behind = mine.filter(Q(last_read_message=None) | Q(last_read_message__lt=up_to))
    moved = behind.update(
        last_read_message=up_to,
        last_read_at=timezone.now(),
        unread_count=unread_after(conversation_id, mailbox, up_to),
    )
    return bool(moved)


def _announce(conversation_id: UUID, reader: User, up_to: int) -> None:
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
