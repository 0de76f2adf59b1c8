"""Start conversations and send messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.dispatch import Signal
from django.views.decorators.debug import sensitive_variables

from vclinic_messages import signals
from vclinic_messages.actions.auditing import record
from vclinic_messages.actions.delivery import (
    NewMessage,
    SendingState,
    deliver,
    locked_mailboxes_of,
    sending_state,
)
from vclinic_messages.actions.idempotency import clean_key, earlier_conversation, earlier_message, is_key
from vclinic_messages.actions.locked_conversations import LockedConversation, locked_conversation
from vclinic_messages.actions.mailboxes import lock_mailboxes, mailboxes_of_recipient
from vclinic_messages.actions.spent_drafts import DELETED_RECIPIENT, NO_RECIPIENT, SpentDraft
from vclinic_messages.clinic_switch import enabled_settings
from vclinic_messages.database_errors import coded_database_errors, redacted_database_errors
from vclinic_messages.directory import Person, describe_by_key, open_to_replies
from vclinic_messages.errors import (
    AnsweredMeanwhile,
    FieldError,
    InvalidInput,
    MessagesDisabled,
    NotAMember,
    Throttled,
)
from vclinic_messages.message_text import clean_body
from vclinic_messages.models import AuditEvent, Conversation, Mailbox, Message, Participant, Role, Team
from vclinic_messages.models.conversations import conversation_id_of
from vclinic_messages.models.user_references import snapshot_name
from vclinic_messages.policies import (
    Refusal,
    check_recipient,
    check_team,
    roles_then_and_now,
    seconds_until_next_send,
    start_refusal,
    unknown_message,
    writing_refusal,
)
from vclinic_messages.teams import TeamState, find_team, team_key
from vclinic_messages.tenancy import after_commit, clinic_schema, clinic_transaction
from vclinic_messages.user_keys import user_key
from vclinic_messages.user_types import User, UserKey


@sensitive_variables()
@coded_database_errors()
@redacted_database_errors()
def start_conversation(
    *,
    sender: User,
    recipient: User | Team | str,
    body: str,
    key: str | None = None,
    draft: int | None = None,
    was: str | None = None,
) -> Conversation:
    """Start a conversation with its first message.

    ``recipient`` is a user or a team, or the id of one: a user's primary key as a string, or "team:" and a
    team's. ``key`` is the client's idempotency key (1 to 128 visible ASCII characters): a repeat with it
    returns the first conversation and sends nothing.

    ``draft`` is the version of the draft that the message was written in: that one or an older one is
    emptied, a newer one stays. None empties any. ``was`` is the recipient under whom the draft was saved, if
    it is not ``recipient``; an empty string for a draft without a recipient.

    Raises MessagesDisabled, NotAMember, SendingNotAllowed (``starting_disabled``), InvalidInput (``body``,
    ``recipient``, ``idempotency_key``), IdempotencyConflict, Throttled, Unavailable or ClinicMismatch.
    """
    with clinic_transaction():
        return _start(sender, recipient, body, key, draft, was)


@sensitive_variables()
@coded_database_errors()
@redacted_database_errors()
def send_message(
    *,
    conversation: Conversation | UUID,
    sender: User,
    body: str,
    key: str | None = None,
    seen: int | None = None,
    draft: int | None = None,
) -> Message:
    """Send a message in a conversation in which the sender takes part.

    ``key`` and ``draft`` are as for ``start_conversation``. ``seen`` is the id of the newest message that
    the sender was shown, None for nothing. The send marks the conversation as read up to that message. What
    arrived since stays unread. If a colleague of the sender's team has written since, the send is refused
    (AnsweredMeanwhile); it can be repeated with the id of the colleague's message as ``seen``.

    Raises MessagesDisabled, NotAMember, ConversationNotFound, SendingNotAllowed, InvalidInput (``body``,
    ``seen``, ``idempotency_key``), AnsweredMeanwhile, IdempotencyConflict, Throttled, Unavailable or
    ClinicMismatch.
    """
    with clinic_transaction():
        return _send(conversation_id_of(conversation), sender, body, key, seen, draft)


@sensitive_variables()
def _start(
    sender: User,
    recipient: User | Team | str,
    body: str,
    key: str | None,
    draft: int | None,
    was: str | None,
) -> Conversation:
    settings = enabled_settings()
    team_id = team_key(recipient)
    team = None if team_id is None else find_team(team_id)
    other_key = None if isinstance(recipient, Team) or team_id else user_key(recipient)
    people = describe_by_key([sender.pk, other_key])
    role = _present_role(people.get(sender.pk))
    other = people.get(other_key)
    refusal = start_refusal(role, settings)
    errors, (text, _key, _checked_recipient) = _checked(
        lambda: clean_body(body),
        lambda: clean_key(key),
        lambda: (
            check_team(sender, team, role=role)
            if team_id
            else check_recipient(sender, recipient, other, role=role, settings=settings)
        ),
    )
    # A repeat gets the first result, even if it would be refused today. Therefore errors found above are
    # raised only after we know that this is not a repeat.
    is_refused = bool(refusal or errors)
    mailboxes = _locked_for_start(sender, people, other_key, team, is_refused=is_refused)
    mine = next(each for each in mailboxes if each.user_id == sender.pk)
    state = sending_state(mine.pk, key if is_key(key) else None)
    if state.earlier is not None:
        return earlier_conversation(state.earlier, recipient=recipient, body=body)
    if refusal:
        raise refusal.error()
    if errors:
        raise InvalidInput(errors)
    _check_limit(state)
    sent_to = next(each for each in mailboxes if each is not mine)
    if team is not None and sent_to.version != team.version:  # it may have been closed while this waited
        check_team(sender, find_team(team.id), role=role)
    new_message = NewMessage(
        sender=mine.pk,
        written_from=mine.pk,
        name=people[sender.pk].name,
        role=role,
        text=text,
        key=key,
        draft=SpentDraft(draft, _saved_under(sent_to, was), sent_to.pk),
    )
    return _write_first(sender, new_message, [mine, sent_to], people)


def _locked_for_start(
    sender: User,
    people: Mapping[UserKey, Person],
    other: UserKey | None,
    team: TeamState | None,
    *,
    is_refused: bool,
) -> list[Mailbox]:
    """Lock the mailboxes of both, or only the sender's if the start is refused: it may be a repeat.

    Raises NotAMember if one of the accounts was deleted a moment ago.
    """
    taking_part = [sender.pk] if is_refused or other not in people else [sender.pk, other]
    shared = team.mailbox if team is not None and not is_refused else None
    mailboxes = locked_mailboxes_of({pk: people[pk] for pk in taking_part}, team=shared)
    if len(mailboxes) < len(taking_part):
        raise NotAMember
    return mailboxes


@sensitive_variables()
def _write_first(
    sender: User,
    new_message: NewMessage,
    mailboxes: list[Mailbox],
    people: Mapping[UserKey, Person],
) -> Conversation:
    """Create the conversation and its first message. The sender's mailbox comes first."""
    conversation = _new_conversation(sender, mailboxes, people)
    names = {each.pk: people[each.user_id].name for each in mailboxes if each.user_id in people}
    message = deliver(new_message, conversation, mailboxes, names)
    _record(AuditEvent.Action.STARTED, sender, new_message, message)
    _announce(signals.conversation_started, conversation, message)
    _announce(signals.message_sent, conversation, message)
    return conversation


def _new_conversation(
    sender: User, mailboxes: Iterable[Mailbox], people: Mapping[UserKey, Person]
) -> Conversation:
    """Create a conversation between these mailboxes. A team takes part with the role of clinic staff."""
    conversation = Conversation.objects.create(created_by_id=sender.pk)
    Participant.objects.bulk_create(
        Participant(
            conversation=conversation,
            mailbox=each,
            name=snapshot_name(people[each.user_id].name if each.user_id in people else each.name),
            role=str(Role.ADMIN if each.user_id is None else people[each.user_id].role),
        )
        for each in mailboxes
    )
    return conversation


def _saved_under(sent_to: Mailbox, was: str | None) -> int:
    """Return the mailbox under which the draft was saved: ``sent_to`` if ``was`` is None."""
    if was is None:
        return sent_to.pk
    if not was:
        return NO_RECIPIENT
    found = mailboxes_of_recipient(was).first()
    return found.pk if found else DELETED_RECIPIENT


@sensitive_variables()
def _send(
    conversation_id: UUID, sender: User, body: str, key: str | None, seen: int | None, draft: int | None
) -> Message:
    if clinic_schema() is None:
        raise MessagesDisabled
    locked = locked_conversation(conversation_id, seen)
    own = locked.own_mailbox(sender)
    # Ask the directory before locking: it may be slow, and a locked mailbox blocks every conversation it
    # takes part in.
    people = describe_by_key([sender.pk, *locked.user_keys])
    reachable = open_to_replies(sender, people)
    taking_part = {participant.mailbox_id for participant in locked.participants}
    mailboxes = lock_mailboxes(taking_part if own is None else {*taking_part, own})
    if locked.is_outdated(mailboxes):  # somebody may have left the team while this waited, or it was closed
        locked = locked_conversation(conversation_id, seen)
    state = sending_state(own, key if is_key(key) else None, _unseen(locked, sender, own, seen))
    if not state.settings.enabled:
        raise MessagesDisabled
    role = _present_role(people.get(sender.pk))
    mine = locked.readable_by(sender, role)
    if state.earlier is not None:
        return earlier_message(state.earlier, conversation_id=conversation_id, body=body)
    refusal = _refusal(locked, mine, role, people, reachable, state)
    if refusal:
        raise refusal.error()
    errors, (text, _key) = _checked(lambda: clean_body(body), lambda: clean_key(key))
    if not locked.seen_is_valid:
        errors |= unknown_message("seen").errors
    if errors:
        raise InvalidInput(errors)
    if state.unseen is not None and mine.mailbox.team_id is not None:
        raise AnsweredMeanwhile(state.unseen)
    _check_limit(state)
    new_message = NewMessage(
        sender=mine.mailbox_id if own is None else own,
        written_from=mine.mailbox_id,
        name=people[sender.pk].name,
        role=role,
        text=text,
        key=key,
        seen=seen,
        draft=SpentDraft(draft),
    )
    names = {mailbox.pk: people[mailbox.user_id].name for mailbox in mailboxes if mailbox.user_id in people}
    message = deliver(new_message, mine.conversation, mailboxes, names, locked.members)
    _record(AuditEvent.Action.SENT, sender, new_message, message)
    _announce(signals.message_sent, mine.conversation, message)
    return message


def _unseen(
    locked: LockedConversation, sender: User, own: int | None, seen: int | None
) -> QuerySet[Message] | None:
    """Return what colleagues wrote after ``seen``, newest first; None unless the sender writes for a team."""
    teams = {each.team_id for each in locked.members if each.mailbox.user_id == sender.pk}
    for each in locked.participants:
        if each.mailbox.team_id in teams:
            rows = Message.objects.filter(conversation=each.conversation_id, mailbox=each.mailbox_id)
            return rows.filter(pk__gt=seen or 0).exclude(sender=own).order_by("-pk")
    return None


def _refusal(
    locked: LockedConversation,
    mine: Participant,
    role: Role,
    people: Mapping[UserKey, Person],
    reachable: Mapping[UserKey, Person],
    state: SendingState,
) -> Refusal | None:
    team = locked.team(mine, people)
    others = []
    for each in locked.participants:
        if each is not mine:
            person = reachable.get(each.mailbox.user_id)
            others.append(roles_then_and_now(Role(each.role), person, locked.team(each, people), role))
    return writing_refusal(Role(mine.role), role, team=team, others=others, settings=state.settings)


def _present_role(person: Person | None) -> Role:
    if person is None or person.role is None:
        raise NotAMember
    return person.role


def _checked(*checks: Callable[[], Any]) -> tuple[dict[str, list[FieldError]], list[Any]]:
    """Run all checks. Returns the errors by field, and the results (None for a check that failed)."""
    errors: dict[str, list[FieldError]] = {}
    results: list[Any] = []
    for check in checks:
        try:
            results.append(check())
        except InvalidInput as problem:
            errors.update(problem.errors)
            results.append(None)
    return errors, results


def _check_limit(state: SendingState) -> None:
    if wait := seconds_until_next_send(state.oldest_counted):
        raise Throttled(wait)


def _record(action: AuditEvent.Action, sender: User, new_message: NewMessage, message: Message) -> None:
    record(
        action,
        actor=sender,
        actor_name=new_message.name,
        conversation=message.conversation_id,
        message=message.pk,
    )


def _announce(signal: Signal, conversation: Conversation, message: Message) -> None:
    after_commit(partial(signal.send_robust, Conversation, conversation=conversation, message=message))
