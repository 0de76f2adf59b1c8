"""End the notification streams of a person who signs out."""

from __future__ import annotations

from typing import Any

from vclinic_messages.database_errors import coded_database_errors
from vclinic_messages.live.events import LOGOUT, session_mark
from vclinic_messages.live.publish import publish_ending
from vclinic_messages.tenancy import clinic_schema, clinic_transaction


@coded_database_errors()
def end_streams(*, session_key: str | None) -> None:
    """Close every stream of this session, in whichever process it is. Does nothing outside a clinic.

    Raises Unavailable or ClinicMismatch.
    """
    schema = clinic_schema()
    if schema is None or session_key is None:
        return
    with clinic_transaction():
        publish_ending(LOGOUT, session_mark(schema, session_key))


def end_streams_of_session(sender: object, request: Any, **kwargs: object) -> None:
    """End the streams of a session. Receiver of ``user_logged_out``, sent before the session is emptied."""
    session = getattr(request, "session", None)
    end_streams(session_key=getattr(session, "session_key", None))
