"""Open a conversation, and record that it was opened."""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError
from django.db.models import Case, Value, When

from vclinic_messages.database_errors import coded_database_errors, sqlstate
from vclinic_messages.errors import ClinicMismatch
from vclinic_messages.models import AuditEvent
from vclinic_messages.models.user_references import snapshot_name
from vclinic_messages.selectors import ConversationSummary
from vclinic_messages.selectors import conversation as find_conversation
from vclinic_messages.tenancy import clinic_condition, clinic_transaction, read_transaction
from vclinic_messages.viewer import Viewer

_NOT_NULL = "23502"


@coded_database_errors()
def open_conversation(*, viewer: Viewer, conversation: UUID | ConversationSummary) -> ConversationSummary:
    """Return one conversation of the viewer, and record that they opened it: once per person and session.

    Takes its id, or a summary that was selected already. The first opening costs one more statement.

    Raises ConversationNotFound, Unavailable or ClinicMismatch.
    """
    with read_transaction():
        found = find_conversation(viewer, conversation) if isinstance(conversation, UUID) else conversation
        if not found.is_opened:
            _record_opening(viewer, found)
        return found


def _record_opening(viewer: Viewer, found: ConversationSummary) -> None:
    """Record an opening, and check the clinic in the same statement. Raises ClinicMismatch.

    The conversation may have been found in another transaction, so the check has to be repeated. In the wrong
    clinic ``action`` is NULL, and the NOT NULL constraint rejects the row. (An INSERT … SELECT would be
    simpler, but Citus refuses one as the only write of a transaction.)
    """
    event = AuditEvent(
        action=Case(When(clinic_condition(), then=Value(AuditEvent.Action.OPENED.value))),
        actor_id=viewer.key,
        actor_name=snapshot_name(found.my_name),
        conversation_id=found.id,
        session=viewer.session,
    )
    try:
        with clinic_transaction():
            # Another tab of the session may have recorded it in the meantime.
            AuditEvent.objects.bulk_create([event], ignore_conflicts=True)
    except IntegrityError as error:
        if sqlstate(error) == _NOT_NULL:
            raise ClinicMismatch from None
        raise
