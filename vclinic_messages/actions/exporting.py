"""Taking a whole conversation out of Messages, on record."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from vclinic_messages.actions.audit import name_of, record
from vclinic_messages.actions.delivery import locked_seats
from vclinic_messages.actions.mailboxes import bump, lock_mailboxes
from vclinic_messages.body import has_forbidden_characters
from vclinic_messages.errors import ConversationNotFound, InvalidInput
from vclinic_messages.feature import Viewer
from vclinic_messages.models import AuditEvent, Conversation
from vclinic_messages.models.people import kept_name
from vclinic_messages.policies import may_export
from vclinic_messages.selectors import conversation as find_conversation
from vclinic_messages.selectors.exports import FORMATS, Document, Keeper, own_record, record_of
from vclinic_messages.tenancy import clinic_transaction, verify_clinic

#: The longest reason, in code points.
REASON_MAX_LENGTH = 500


def export_conversation(
    *, conversation: Conversation | UUID, actor: Any, reason: str, format: str
) -> Document:
    """Export a conversation in which the actor need not take part, for a patient's request.

    Recorded with the reason, and shown to its participants. It works while Messages is off: what was written
    stays part of the patient's record. ``format`` is one of ``selectors.exports.FORMATS``.

    Raises PermissionDenied, ConversationNotFound, InvalidInput (``reason``, ``format``) or ClinicMismatch.
    """
    conversation_id = conversation.pk if isinstance(conversation, Conversation) else conversation
    with clinic_transaction():
        verify_clinic()
        if not may_export(actor):
            raise PermissionDenied
        seats = locked_seats(conversation_id, None)
        if not seats:
            raise ConversationNotFound
        reason = _clean_reason(reason)
        _check_format(format)
        exported = next(iter(seats.values())).conversation
        mailboxes = lock_mailboxes(seats)
        exported.exported_at = timezone.now()
        exported.exported_by_name = kept_name(name_of(actor))
        exported.save(update_fields=["exported_at", "exported_by_name"])
        bump(mailboxes, messages=0)
        record(
            AuditEvent.Action.EXPORTED,
            actor=actor,
            actor_name=exported.exported_by_name,
            conversation=conversation_id,
            details={"reason": reason, "format": format, "messages": exported.message_count},
        )
        return Document(record_of(exported, Keeper(exported.exported_by_name, reason)), format)


def download_conversation(*, viewer: Viewer, conversation: UUID, format: str) -> Document:
    """A participant takes a conversation of their own along.

    Raises ConversationNotFound, InvalidInput (``format``) or ClinicMismatch.
    """
    with clinic_transaction():
        own = own_record(find_conversation(viewer, conversation))
        _check_format(format)
        record(
            AuditEvent.Action.DOWNLOADED,
            actor=viewer.user,
            actor_name=own.keeper.name,
            conversation=conversation,
            details={"format": format, "messages": own.message_count},
        )
        return Document(own, format)


def _clean_reason(reason: str) -> str:
    text = reason.strip()
    if has_forbidden_characters(text):
        detail = _("The reason holds characters that cannot be stored. Remove them.")
        raise InvalidInput.on("reason", "invalid_characters", detail)
    if not text:
        raise InvalidInput.on("reason", "blank", _("Write down why it is exported."))
    if len(text) > REASON_MAX_LENGTH:
        raise InvalidInput.on("reason", "max_length", _("The reason is too long."))
    return text


def _check_format(format: str) -> None:
    if format not in FORMATS:
        raise InvalidInput.on("format", "invalid_choice", _("Choose one of the formats."))
