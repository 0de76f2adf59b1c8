"""Idempotency keys: a client may repeat a send until it hears the answer, and it is sent once."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from vclinic_messages.errors import IdempotencyConflict, InvalidInput
from vclinic_messages.message_text import clean_body
from vclinic_messages.models import Conversation, Message, Participant
from vclinic_messages.models.messages import KEY_MAX_LENGTH
from vclinic_messages.policies import user_key

_KEY = re.compile(rf"[\x21-\x7e]{{1,{KEY_MAX_LENGTH}}}")


def clean_key(key: str | None) -> str | None:
    """The key, if it is one. Raises InvalidInput on ``idempotency_key``."""
    if key is not None and not _KEY.fullmatch(key):
        detail = _("An idempotency key has 1 to 128 visible ASCII characters.")
        raise InvalidInput.on("idempotency_key", "invalid_characters", detail)
    return key


@sensitive_variables()
def started_before(sender: Any, key: str | None, *, recipient: Any, body: str) -> Conversation | None:
    """The conversation that this key started. Raises IdempotencyConflict if it was another request."""
    message = _sent_with(sender, key)
    if message is None:
        return None
    others = Participant.objects.filter(conversation=message.conversation_id).exclude(user=sender)
    is_theirs = others.filter(Q(user=user_key(recipient)))
    if not _is_first(message) or not _same_text(message, body) or not is_theirs.exists():
        raise IdempotencyConflict
    conversation: Conversation = message.conversation
    return conversation


@sensitive_variables()
def sent_before(sender: Any, key: str | None, *, conversation_id: UUID, body: str) -> Message | None:
    """The message that this key sent. Raises IdempotencyConflict if it was another request."""
    message = _sent_with(sender, key)
    if message is None:
        return None
    if message.conversation_id != conversation_id or not _same_text(message, body) or _is_first(message):
        raise IdempotencyConflict
    return message


def _sent_with(sender: Any, key: str | None) -> Message | None:
    if key is None or not _KEY.fullmatch(key):
        return None
    message: Message | None = (
        Message.objects.filter(sender=sender, client_key=key).select_related("conversation").first()
    )
    return message


def _is_first(message: Message) -> bool:
    """Whether it started its conversation."""
    return not Message.objects.filter(conversation=message.conversation_id, pk__lt=message.pk).exists()


@sensitive_variables()
def _same_text(message: Message, body: str) -> bool:
    return message.body == clean_body(body)
