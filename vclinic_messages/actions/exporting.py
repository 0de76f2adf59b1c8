"""Export a whole conversation or a report, and record it in the audit trail."""

from __future__ import annotations

from collections.abc import Callable, Collection
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from vclinic_messages.actions.auditing import name_of, record
from vclinic_messages.actions.locked_conversations import locked_conversation
from vclinic_messages.actions.mailboxes import bump_versions, lock_mailboxes
from vclinic_messages.database_errors import coded_database_errors, redacted_database_errors
from vclinic_messages.errors import ConversationNotFound, InvalidInput, Throttled
from vclinic_messages.exports import FORMATS, ConversationDocument, conversation_document
from vclinic_messages.message_text import has_forbidden_characters
from vclinic_messages.models import AuditEvent, Conversation
from vclinic_messages.models.user_references import snapshot_name
from vclinic_messages.policies import may_export, seconds_until_next_export
from vclinic_messages.selectors import ConversationSummary
from vclinic_messages.selectors import conversation as find_conversation
from vclinic_messages.tenancy import clinic_transaction, verify_clinic
from vclinic_messages.user_types import User
from vclinic_messages.viewer import Viewer

#: The longest reason of an export, in code points.
REASON_MAX_LENGTH = 500


@sensitive_variables()
@coded_database_errors()
@redacted_database_errors()
def export_conversation(
    *, conversation: Conversation | UUID, actor: User, reason: str, format: str
) -> ConversationDocument:
    """Export a conversation at a patient's request. The actor need not take part in it.

    The export is recorded with its reason and shown to the participants. It works while Messages is off: what
    was written remains part of the patient's record. ``format`` is a key of ``exports.FORMATS``; it is
    recorded, and the caller writes the document in it.

    Raises PermissionDenied, ConversationNotFound, InvalidInput (``reason``, ``format``), Throttled,
    Unavailable or ClinicMismatch.
    """
    with clinic_transaction():
        verify_clinic()
        if not may_export(actor):
            raise PermissionDenied
        participants = locked_conversation(conversation).participants
        if not participants:
            raise ConversationNotFound
        reason = clean_reason(reason)
        _check_format(format)
        _check_limit(actor)
        exported = participants[0].conversation
        mailboxes = lock_mailboxes(each.mailbox_id for each in participants)
        exported.exported_at = timezone.now()
        exported.exported_by_name = snapshot_name(name_of(actor))
        exported.save(update_fields=["exported_at", "exported_by_name"])
        bump_versions(mailboxes)
        record(
            AuditEvent.Action.EXPORTED,
            actor=actor,
            actor_name=exported.exported_by_name,
            conversation=exported.pk,
            details={"reason": reason, "format": format, "messages": exported.message_count},
        )
        return conversation_document(exported.pk, exported_by=exported.exported_by_name, reason=reason)


@coded_database_errors()
def download_conversation(*, viewer: Viewer, conversation: UUID, format: str) -> ConversationDocument:
    """Download a conversation in which the viewer takes part.

    Raises ConversationNotFound, InvalidInput (``format``), Throttled, Unavailable or ClinicMismatch.
    """
    with clinic_transaction():
        found = find_conversation(viewer, conversation)
        _check_format(format)
        return _own_copy(AuditEvent.Action.DOWNLOADED, viewer, found, {"format": format})


@coded_database_errors()
def print_conversation(*, viewer: Viewer, conversation: UUID) -> ConversationDocument:
    """Print a conversation in which the viewer takes part.

    Raises ConversationNotFound, Throttled, Unavailable or ClinicMismatch.
    """
    with clinic_transaction():
        found = find_conversation(viewer, conversation)
        return _own_copy(AuditEvent.Action.PRINTED, viewer, found, {})


@sensitive_variables()
@coded_database_errors()
def export_report(
    *, actor: User, report: str, format: str, filters: Collection[str], write: Callable[[], int]
) -> None:
    """Call ``write`` to write the file of a report, and record the export.

    ``write`` returns the number of rows that it has written.

    ``filters`` are the names of the filters that were used, never their values: these may be names of people.
    Permission is not checked here.

    Raises Throttled, Unavailable or ClinicMismatch.
    """
    with clinic_transaction():
        verify_clinic()
        _check_limit(actor)
        details = {"report": report, "format": format, "filters": sorted(filters), "rows": write()}
        record(AuditEvent.Action.REPORTED, actor=actor, actor_name=name_of(actor), details=details)


def _own_copy(
    action: AuditEvent.Action, viewer: Viewer, found: ConversationSummary, details: dict[str, object]
) -> ConversationDocument:
    _check_limit(viewer.user)
    copy = conversation_document(found.id, exported_by=found.my_name)
    record(
        action,
        actor=viewer.user,
        actor_name=found.my_name,
        conversation=found.id,
        details={**details, "messages": copy.message_count},
    )
    return copy


def _check_limit(person: User) -> None:
    if wait := seconds_until_next_export(person):
        detail = _("You have printed, downloaded or exported a lot in the last hour. Please try again later.")
        raise Throttled(wait, detail)


def clean_reason(reason: str) -> str:
    """Return the reason without white space around it. Raises InvalidInput on ``reason``."""
    text = reason.strip()
    if has_forbidden_characters(text):
        detail = _("The reason contains characters that cannot be stored. Remove them.")
        raise InvalidInput.on("reason", "invalid_characters", detail)
    if not text:
        raise InvalidInput.on("reason", "blank", _("Enter the reason for the export."))
    if len(text) > REASON_MAX_LENGTH:
        too_long = _("The reason may have at most %(limit)d characters.") % {"limit": REASON_MAX_LENGTH}
        raise InvalidInput.on("reason", "max_length", too_long)
    return text


def _check_format(format: str) -> None:
    if format not in FORMATS:
        raise InvalidInput.on("format", "invalid_choice", _("Choose one of the formats."))
