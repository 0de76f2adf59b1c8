"""The person who looks at Messages: role, settings and counters. Pages, API and template tags ask here."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, Protocol

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone

from vclinic_messages.database_errors import coded_database_errors
from vclinic_messages.directory import get_directory
from vclinic_messages.errors import ClinicMismatch, MessagesDisabled, NotAMember, Unavailable
from vclinic_messages.live.events import session_mark
from vclinic_messages.models import MessagesSettings, Participant, Role
from vclinic_messages.tenancy import clinic_schema, database, expected_schema, run_in_clinic, verify_clinic

_MEMO = "_vclinic_messages_viewer"


class Request(Protocol):
    """What this module needs of a Django request."""

    user: Any
    session: Any


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person who may use Messages in this clinic now, with the counters of their mailbox.

    ``key`` is the user's primary key. ``session`` identifies the session without revealing its key; a request
    without a session, as with a token, gets one value per day.
    """

    user: AbstractBaseUser
    key: Any
    role: Role
    settings: MessagesSettings
    unread_conversations: int
    seq: int
    version: int
    session: str


def load_viewer(user: AbstractBaseUser, session_key: str | None = None) -> Viewer:
    """Return this person as a viewer. One statement, and one question to the directory.

    Raises MessagesDisabled, NotAMember or ClinicMismatch.
    """
    found = _settings_and_counters(user) if clinic_schema() is not None else None
    if found is None or not found[0].enabled:
        raise MessagesDisabled
    settings, counters = found
    role = get_directory().role(user)
    if role is None:
        raise NotAMember
    return Viewer(
        user=user,
        key=user.pk,
        role=role,
        settings=settings,
        **counters,
        session=session_mark(expected_schema(), session_key or str(timezone.localdate())),
    )


def request_viewer(request: Request) -> Viewer:
    """Return the request's viewer, looked up once per request. Raises what ``load_viewer`` raises."""
    if not hasattr(request, _MEMO):
        try:
            session = getattr(request, "session", None)
            setattr(request, _MEMO, load_viewer(request.user, getattr(session, "session_key", None)))
        except (MessagesDisabled, NotAMember) as refusal:
            setattr(request, _MEMO, refusal)
    found = getattr(request, _MEMO)
    if isinstance(found, Viewer):
        return found
    raise found


def visible_viewer(request: Request) -> Viewer | None:
    """Return the viewer if the portal shows Messages to them; None for everybody else."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    try:
        # Inside a transaction a database error must reach whoever opened it, or the transaction would go on
        # as if nothing had failed.
        with nullcontext() if database().in_atomic_block else coded_database_errors():
            return request_viewer(request)
    except (MessagesDisabled, NotAMember, ClinicMismatch, Unavailable):
        return None


def unread_conversations(user: AbstractBaseUser) -> int:
    """Return how many of this person's conversations have unread messages."""
    return Participant.objects.filter(user=user, unread_count__gt=0).count()


def _settings_and_counters(user: AbstractBaseUser) -> tuple[MessagesSettings, dict[str, int]] | None:
    """Return the settings row and the person's counters in one statement. Raises ClinicMismatch.

    Hand-written SQL, because every page of the portal asks this: compiling it from query sets takes longer
    than its answer (docs/performance.md).
    """
    connection = database()
    fields = MessagesSettings._meta.concrete_fields
    columns = ", ".join(f"settings.{connection.ops.quote_name(field.column)}" for field in fields)
    key = user._meta.pk.get_db_prep_value(user.pk, connection)
    rows = run_in_clinic(_SETTINGS_AND_COUNTERS.replace("{columns}", columns), {"user": key})
    if not rows:
        verify_clinic()
        return None
    seq, version, unread, *values = rows[0]
    counters = {"seq": seq or 0, "version": version or 0, "unread_conversations": unread}
    names = [field.attname for field in fields]
    return MessagesSettings.from_db(connection.alias, names, values), counters


_SETTINGS_AND_COUNTERS = """
    SELECT mailbox.seq, mailbox.version, (
        SELECT count(*) FROM vclinic_messages_participant WHERE user_id = %(user)s AND unread_count > 0
    ), {columns}
    FROM vclinic_messages_messagessettings settings
    LEFT JOIN vclinic_messages_mailbox mailbox ON mailbox.user_id = %(user)s
    WHERE {in_clinic}
    ORDER BY settings.id
    LIMIT 1
"""
