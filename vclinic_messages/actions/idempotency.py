"""Idempotency keys: a client may repeat a send until it gets a response, and the message is sent once.

The sender's mailbox is locked while a send looks for an earlier message with its key. If two requests carry
the same key, the second always finds the first, even in another process.
"""

from __future__ import annotations

import re
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from vclinic_messages.errors import IdempotencyConflict, InvalidInput
from vclinic_messages.message_text import clean_body
from vclinic_messages.models import Conversation, Message, Participant
from vclinic_messages.models.messages import KEY_MAX_LENGTH
from vclinic_messages.teams import team_key
from vclinic_messages.user_keys import user_key

_KEY = re.compile(rf"[\x21-\x7e]{{1,{KEY_MAX_LENGTH}}}")


def clean_key(key: str | None) -> str | None:
    """Return the key if it is well-formed. Raises InvalidInput on ``idempotency_key``."""
    if key is not None and not is_key(key):
        code = "max_length" if len(key) > KEY_MAX_LENGTH else "invalid_characters"
        detail = _("An idempotency key has 1 to %(limit)d visible ASCII characters.")
        raise InvalidInput.on("idempotency_key", code, detail % {"limit": KEY_MAX_LENGTH})
    return key


def is_key(key: str | None) -> bool:
    """Return whether this can be an idempotency key."""
    return key is not None and _KEY.fullmatch(key) is not None


@sensitive_variables()
def earlier_conversation(message_id: int, *, recipient: object, body: str) -> Conversation:
    """Return the conversation that an earlier request with the same key started.

    Raises IdempotencyConflict if that was a different request.
    """
    message = Message.objects.select_related("conversation").get(pk=message_id)
    others = Participant.objects.filter(conversation=message.conversation_id).exclude(mailbox=message.mailbox)
    # If the recipient's account was deleted, we can no longer tell who it was. Accept the repeat.
    team = team_key(recipient)
    was = Q(mailbox__team=team) if team else Q(mailbox__user=user_key(recipient), mailbox__team=None)
    same_recipient = others.filter(was | Q(mailbox__user=None, mailbox__team=None))
    if not _starts_conversation(message) or not _same_text(message, body) or not same_recipient.exists():
        raise IdempotencyConflict
    return message.conversation


@sensitive_variables()
def earlier_message(message_id: int, *, conversation_id: UUID, body: str) -> Message:
    """Return the message that an earlier request with the same key sent.

    Raises IdempotencyConflict if that was a different request.
    """
    message = Message.objects.get(pk=message_id)
    same_request = message.conversation_id == conversation_id and _same_text(message, body)
    if not same_request or _starts_conversation(message):
        raise IdempotencyConflict
    return message


def _starts_conversation(message: Message) -> bool:
    """Return whether this is the first message of its conversation."""
    return not Message.objects.filter(conversation=message.conversation_id, pk__lt=message.pk).exists()


@sensitive_variables()
def _same_text(message: Message, body: str) -> bool:
    return message.body == clean_body(body)
