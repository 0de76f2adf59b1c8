"""Starting conversations and sending messages."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.views.decorators.debug import sensitive_variables

from vclinic_messages import signals
from vclinic_messages.actions.auditing import record
from vclinic_messages.actions.delivery import NewMessage, deliver, locked_participants, new_participants
from vclinic_messages.actions.idempotency import clean_key, sent_before, started_before
from vclinic_messages.clinic_switch import require_enabled
from vclinic_messages.database_errors import coded_database_errors, redacted_database_errors
from vclinic_messages.directory import Person, get_directory
from vclinic_messages.errors import ConversationNotFound, FieldError, InvalidInput, NotAMember, Throttled
from vclinic_messages.message_text import clean_body
from vclinic_messages.models import AuditEvent, Conversation, Message, Role
from vclinic_messages.models.conversations import conversation_id_of
from vclinic_messages.policies import check_recipient, reply_refusal, start_refusal, unknown_message, user_key
from vclinic_messages.tenancy import after_commit, clinic_transaction, verify_clinic


@sensitive_variables()
@coded_database_errors()
@redacted_database_errors()
def start_conversation(*, sender: Any, recipient: Any, body: str, key: str | None = None) -> Conversation:
    """Start a conversation with its first message.

    ``recipient`` is a user or a user's primary key as a string. ``key`` is the client's idempotency key (1 to
    128 visible ASCII characters): a repeat with it gives the first conversation again and sends nothing.

    Raises MessagesDisabled, NotAMember, SendingNotAllowed (``starting_disabled``), InvalidInput (``body``,
    ``recipient``, ``idempotency_key``), IdempotencyConflict, Throttled, Unavailable or ClinicMismatch.
    """
    conversation: Conversation = _once(
        lambda: _start(sender, recipient, body, key),
        lambda: started_before(sender, key, recipient=recipient, body=body),
    )
    return conversation


@sensitive_variables()
@coded_database_errors()
@redacted_database_errors()
def send_message(
    *,
    conversation: Conversation | UUID,
    sender: Any,
    body: str,
    key: str | None = None,
    seen: int | None = None,
) -> Message:
    """Send a message in a conversation in which the sender holds a participant.

    ``key`` is as for ``start_conversation``. ``seen`` is the id of the newest message that the sender was
    shown: up to it the conversation becomes read with the send, what arrived since stays unread.

    Raises MessagesDisabled, NotAMember, ConversationNotFound, SendingNotAllowed, InvalidInput (``body``,
    ``seen``, ``idempotency_key``), IdempotencyConflict, Throttled, Unavailable or ClinicMismatch.
    """
    conversation_id = conversation_id_of(conversation)
    message: Message = _once(
        lambda: _send(conversation_id, sender, body, key, seen),
        lambda: sent_before(sender, key, conversation_id=conversation_id, body=body),
    )
    return message


def _once(send: Callable[[], Any], again: Callable[[], Any]) -> Any:
    """Send; if another request with the same key was faster, answer as that one was answered.

    The faster one may have taken the key, or with it the last send that the limit allows.
    """
    try:
        with clinic_transaction():
            return send()
    except (IntegrityError, Throttled):
        with clinic_transaction():
            before = again()
        if before is None:
            raise
        return before


@sensitive_variables()
def _start(sender: Any, recipient: Any, body: str, key: str | None) -> Conversation:
    settings = require_enabled()
    people = _describe([sender.pk, user_key(recipient)])
    role = _role_of(people.get(sender.pk))
    before = started_before(sender, key, recipient=recipient, body=body)
    if before is not None:
        return before
    if refusal := start_refusal(role, settings):
        raise refusal.error()
    other = people.get(user_key(recipient))
    text, _checked, user = _valid(
        lambda: clean_body(body),
        lambda: clean_key(key),
        lambda: check_recipient(sender, recipient, other, role=role, settings=settings),
    )
    conversation = Conversation.objects.create(created_by=sender)
    participants = new_participants(conversation, {each: people[each] for each in (sender.pk, user.pk)})
    new_message = NewMessage(sender=sender, name=people[sender.pk].name, role=role, text=text, key=key)
    message = deliver(new_message, conversation, participants)
    _record(AuditEvent.Action.STARTED, new_message, message)
    _announce(signals.conversation_started, conversation, message)
    _announce(signals.message_sent, conversation, message)
    return conversation


@sensitive_variables()
def _send(conversation_id: UUID, sender: Any, body: str, key: str | None, seen: int | None) -> Message:
    settings = require_enabled()
    participants = locked_participants(conversation_id, seen)
    people = _describe([sender.pk, *participants])
    role = _role_of(people.get(sender.pk))
    if sender.pk not in participants:
        verify_clinic()
        raise ConversationNotFound
    before = sent_before(sender, key, conversation_id=conversation_id, body=body)
    if before is not None:
        return before
    mine = participants[sender.pk]
    others = [
        (Role(participant.role), _present_role(people.get(each)))
        for each, participant in participants.items()
        if participant is not mine
    ]
    refusal = reply_refusal(participant_role=Role(mine.role), role=role, others=others, settings=settings)
    if refusal:
        raise refusal.error()
    text, *_checked = _valid(lambda: clean_body(body), lambda: clean_key(key), lambda: _check_seen(mine))
    new_message = NewMessage(
        sender=sender, name=people[sender.pk].name, role=role, text=text, key=key, seen=seen
    )
    message = deliver(new_message, mine.conversation, participants)
    _record(AuditEvent.Action.SENT, new_message, message)
    _announce(signals.message_sent, mine.conversation, message)
    return message


def _check_seen(participant: Any) -> None:
    if not participant.knows_seen:
        raise unknown_message("seen")


def _describe(keys: list[Any]) -> dict[Any, Person]:
    """The persons by user key: one question to the directory."""
    described = {person.id: person for person in get_directory().describe(keys)}
    return {key: described[str(key)] for key in keys if str(key) in described}


def _present_role(person: Person | None) -> Role | None:
    return person.role if person else None


def _role_of(person: Person | None) -> Role:
    role = _present_role(person)
    if role is None:
        raise NotAMember
    return role


def _valid(*checks: Callable[[], Any]) -> list[Any]:
    """The results of these checks, or one InvalidInput with the errors of all that failed."""
    results: list[Any] = []
    errors: dict[str, list[FieldError]] = {}
    for check in checks:
        try:
            results.append(check())
        except InvalidInput as problem:
            errors.update(problem.errors)
    if errors:
        raise InvalidInput(errors)
    return results


def _record(action: AuditEvent.Action, new_message: NewMessage, message: Message) -> None:
    record(
        action,
        actor=new_message.sender,
        actor_name=new_message.name,
        conversation=message.conversation_id,
        message=message.pk,
    )


def _announce(signal: Any, conversation: Conversation, message: Message) -> None:
    after_commit(partial(signal.send_robust, Conversation, conversation=conversation, message=message))
