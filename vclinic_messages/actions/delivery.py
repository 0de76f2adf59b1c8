"""Write a message and every counter that it changes, under the locks that keep them right."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import (
    BigIntegerField,
    BooleanField,
    Count,
    DateTimeField,
    Exists,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from vclinic_messages.actions.mailboxes import lock_mailboxes, open_mailboxes, poke_owners
from vclinic_messages.actions.spent_drafts import SpentDraft
from vclinic_messages.directory import Person
from vclinic_messages.models import (
    Conversation,
    Mailbox,
    Message,
    MessagesSettings,
    Role,
    TeamMember,
)
from vclinic_messages.models.user_references import snapshot_name
from vclinic_messages.policies import oldest_counted_send
from vclinic_messages.search.folding import FOLD_VERSION, searchable_text
from vclinic_messages.tenancy import run_in_clinic, verify_clinic
from vclinic_messages.user_types import UserKey


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message that is about to be written. ``repr`` leaves the text out, because it may end in a log.

    ``sender`` is the writer's own mailbox, ``written_from`` the participant's: the team's mailbox if they
    write for a team. ``key`` is the idempotency key. ``seen`` is the id of the newest message that the writer
    was shown.
    """

    sender: int
    written_from: int
    name: str
    role: Role
    text: str = field(repr=False)
    key: str | None = None
    seen: int | None = None
    draft: SpentDraft = field(default_factory=SpentDraft)


@dataclass(frozen=True, slots=True)
class SendingState:
    """What decides about a send, read under the lock of the sender's mailbox.

    ``earlier`` is the id of the message that was sent with the same idempotency key. ``oldest_counted`` is
    the time of the message that fills the sending limit, if it is full or nearly so. ``unseen`` is the newest
    message of a colleague that the sender, who writes for a team, has not seen.
    """

    settings: MessagesSettings
    earlier: int | None
    oldest_counted: datetime | None
    unseen: int | None = None


def locked_mailboxes_of(people: Mapping[UserKey, Person], *, team: int | None = None) -> list[Mailbox]:
    """Lock the mailboxes of these people, opening those that are missing, and the mailbox of a team."""
    ids = _mailbox_ids(people)
    if len(ids) < len(people):
        # Opening comes before locking: a new row is locked from its INSERT on, out of order.
        open_mailboxes(people)
        ids = _mailbox_ids(people)
    return lock_mailboxes(ids if team is None else [*ids, team])


def _mailbox_ids(people: Iterable[UserKey]) -> list[int]:
    return list(Mailbox.objects.filter(user__in=list(people)).values_list("pk", flat=True))


def sending_state(
    sender: int | None, key: str | None, unseen: QuerySet[Message, Any] | None = None
) -> SendingState:
    """Return the settings, the message that already has this key, and the sending limit. One statement.

    ``unseen`` are the messages of colleagues that the sender has not seen.

    Call it under the lock of the sender's mailbox, and as a statement of its own: a statement sees what was
    committed before it began, so one that waited for the lock would miss what the other writer has sent. Then
    two sends could both be the last that the limit allows, and a repeat could be sent twice.

    Raises ClinicMismatch.
    """
    same_key = Message.objects.filter(sender=sender, client_key=key) if sender and key else None
    row = MessagesSettings.objects.annotate(
        earlier=Subquery(same_key.values("pk")[:1])
        if same_key is not None
        else Value(None, BigIntegerField()),
        oldest_counted=(Subquery(oldest_counted_send(sender)) if sender else Value(None, DateTimeField())),
        unseen=Value(None, BigIntegerField()) if unseen is None else Subquery(unseen.values("pk")[:1]),
    ).first()
    if row is None:
        verify_clinic()
        return SendingState(MessagesSettings(enabled=False), None, None)
    return SendingState(row, row.earlier, row.oldest_counted, row.unseen)


def is_message_of(conversation: OuterRef | UUID, message_id: int | None) -> Value | Exists:
    """Return an expression: whether the id is one of a message of the conversation. None counts as one."""
    if message_id is None or not 0 < message_id <= BigIntegerField.MAX_BIGINT:
        return Value(message_id is None, output_field=BooleanField())
    return Exists(Message.objects.filter(conversation=conversation, pk=message_id))


def unread_after(conversation: UUID, mailbox: int, message_id: int) -> Coalesce:
    """Return an expression: how many messages from other mailboxes are newer than this one."""
    newer = Message.objects.filter(conversation=conversation, pk__gt=message_id).exclude(mailbox=mailbox)
    counted = newer.order_by().values("conversation").annotate(count=Count("*")).values("count")
    return Coalesce(Subquery(counted), 0)


def deliver(
    new_message: NewMessage,
    conversation: Conversation,
    mailboxes: list[Mailbox],
    names: Mapping[int, str],
    members: Iterable[TeamMember] | None = None,
) -> Message:
    """Write the message and its counters. The conversation and the mailboxes are locked, or new.

    Poke the participants' browsers at commit. ``names`` are their present names, by mailbox. ``members`` are
    the members of the teams that take part; they are read from the database if it is None.
    """
    message = Message.objects.create(
        conversation=conversation,
        sender_id=new_message.sender,
        mailbox_id=new_message.written_from,
        sender_name=snapshot_name(new_message.name),
        sender_role=new_message.role,
        body=new_message.text,
        sent_at=timezone.now(),
        client_key=new_message.key,
    )
    _update_counters(new_message, message, mailboxes, names)
    conversation.last_message = message
    conversation.message_count += 1
    poke_owners(mailboxes, members)
    return message


def _update_counters(
    new_message: NewMessage, message: Message, mailboxes: list[Mailbox], names: Mapping[int, str]
) -> None:
    """Write all that follows from a new message: its words, the counters and names, and the spent draft.

    One statement instead of six, because other writers wait for the locks until it is done.
    """
    draft = new_message.draft
    run_in_clinic(
        _UPDATE_COUNTERS.replace("{draft}", draft.sql),
        {
            "author": new_message.sender,
            "draft_version": draft.version,
            "saved_under": draft.saved_under,
            "sent_to": draft.sent_to,
            "text": new_message.text,
            "conversation": message.conversation_id,
            "from": new_message.written_from,
            "from_staff": new_message.role.is_staff,
            "mailboxes": [mailbox.pk for mailbox in mailboxes],
            "message": message.pk,
            "fold_version": FOLD_VERSION,
            "folded": searchable_text(new_message.text),
            "names": json.dumps({str(key): _present_name(name) for key, name in names.items()}),
            "seen": new_message.seen,
            "sent_at": message.sent_at,
        },
    )


def _present_name(name: str) -> dict[str, str]:
    shown = snapshot_name(name)
    return {"name": shown, "folded_name": searchable_text(shown)}


# On Citus it needs the clinic's worker alone. A SELECT without FROM would run on any worker, and what an
# INSERT reads from another part of the statement would be sent to all of them.
#
# A patient's message makes the staff participants wait; any message of staff is an answer. The send marks as
# read what the writer's page had shown. What arrived since stays unread.
#
# The draft that was sent is emptied; the other text of another form then takes its place. A newer draft
# stays, and only the other text of the form that was sent goes. Its version remains, so that a late save of
# that text is not kept.
_UPDATE_COUNTERS = """
    WITH updated_conversation AS (
        UPDATE vclinic_messages_conversation
        SET last_message_id = %(message)s, message_count = message_count + 1
        WHERE id = %(conversation)s AND {in_clinic}
    ), updated_mailboxes AS (
        UPDATE vclinic_messages_mailbox
        SET version = version + 1,
            name = coalesce(%(names)s::jsonb -> id::text ->> 'name', name),
            folded_name = coalesce(%(names)s::jsonb -> id::text ->> 'folded_name', folded_name)
        WHERE id = ANY(%(mailboxes)s) AND {in_clinic}
    ), added_words AS (
        INSERT INTO vclinic_messages_messagewords (message_id, conversation_id, folded, fold_version)
        SELECT %(message)s, id, %(folded)s, %(fold_version)s FROM vclinic_messages_conversation
        WHERE id = %(conversation)s AND {in_clinic}
    ), stopped_writing AS (
        UPDATE vclinic_messages_teammember SET writing_in = NULL, writing_at = NULL
        WHERE mailbox_id = %(author)s AND writing_in = %(conversation)s AND {in_clinic}
    ), {draft}, spent_draft AS (
        UPDATE vclinic_messages_draft draft
        SET body = CASE WHEN NOT is_spent THEN draft.body WHEN is_own THEN '' ELSE draft.other END,
            version = version + is_spent::integer,
            other = CASE WHEN is_spent OR is_own THEN '' ELSE draft.other END,
            other_version = CASE
                WHEN is_spent THEN NULL
                WHEN is_own THEN typed_from
                ELSE draft.other_version
            END
        FROM (
            SELECT id, is_spent, typed_from, %(draft_version)s::numeric IS NULL
                OR other IN ('', %(text)s) OR other_version = typed_from AS is_own
            FROM draft_found
        ) found
        WHERE found.id = draft.id AND {in_clinic}
    )
    UPDATE vclinic_messages_participant participant
    SET last_message_id = %(message)s,
        waiting_since = CASE
            WHEN %(from_staff)s OR role = 'patient' THEN NULL
            ELSE coalesce(waiting_since, %(sent_at)s)
        END,
        removed_waiting_since = NULL,
        unread_count = CASE
            WHEN participant.mailbox_id <> %(from)s THEN unread_count + 1
            WHEN news.is_read THEN news.left_unread
            ELSE unread_count
        END,
        last_read_message_id = CASE WHEN news.is_read THEN %(seen)s::bigint ELSE last_read_message_id END,
        last_read_at = CASE WHEN news.is_read THEN %(sent_at)s ELSE last_read_at END,
        assigned_to_id = nullif(assigned_to_id, %(author)s)
    FROM (
        SELECT mine.id,
            mine.mailbox_id = %(from)s
                AND %(seen)s::bigint > coalesce(mine.last_read_message_id, 0) AS is_read,
            (
                SELECT count(*) FROM vclinic_messages_message newer
                WHERE newer.conversation_id = mine.conversation_id
                    AND newer.id > %(seen)s::bigint AND newer.mailbox_id <> mine.mailbox_id
            ) AS left_unread
        FROM vclinic_messages_participant mine
        WHERE mine.conversation_id = %(conversation)s
    ) news
    WHERE news.id = participant.id AND participant.conversation_id = %(conversation)s AND {in_clinic}
"""
