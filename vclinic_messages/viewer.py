"""The person who looks at Messages: role, settings and mailboxes. Pages, API and template tags ask here."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from django.db.models import Count, Field, JSONField, Max, Q, QuerySet
from django.utils import timezone

from vclinic_messages.database_errors import coded_database_errors
from vclinic_messages.directory import get_directory
from vclinic_messages.errors import ClinicMismatch, MessagesDisabled, NotAMember, Unavailable
from vclinic_messages.live.events import session_mark
from vclinic_messages.models import Mailbox, MessagesSettings, Participant, Period, Role, TeamMember
from vclinic_messages.teams import recipient_id
from vclinic_messages.tenancy import clinic_schema, database, expected_schema, run_in_clinic, verify_clinic
from vclinic_messages.user_types import User, UserKey

_MEMO = "_vclinic_messages_viewer"


class Request(Protocol):
    """What this module needs of a Django request."""

    user: Any
    session: Any


#: The id of the viewer's own mailbox where lists are narrowed to a mailbox.
OWN_MAILBOX = "me"


#: For how many days members are told who has joined or left their team.
NEWS_DAYS = 7
#: The most changes of a team that its members are told: the newest.
MOST_CHANGES = 20


@dataclass(frozen=True, slots=True)
class MemberChange:
    """Somebody joined a team, or left it. ``mailbox`` is that of the person."""

    at: datetime
    has_joined: bool
    mailbox: int
    name: str


@dataclass(frozen=True, slots=True)
class ViewerMailbox:
    """A mailbox that the viewer reads, with its counters at the moment when the viewer was loaded.

    ``team`` is None for the viewer's own mailbox, and ``name`` is the person's or the team's.
    ``newest_message`` is the id of the newest message in it, 0 for an empty mailbox. ``has_staff_part`` tells
    whether it takes part as staff in a conversation. Only then a conversation of it can wait for an answer.
    ``away`` is the last absence that was set, which may be past or planned. ``changes`` are the members
    who have lately joined or left a team, newest first.
    """

    id: int
    team: UUID | None
    name: str
    version: int
    unread_conversations: int
    waiting_conversations: int
    newest_message: int
    has_staff_part: bool
    away: Period | None = None
    changes: tuple[MemberChange, ...] = ()

    @property
    def name_in_lists(self) -> str:
        """Return the id by which lists are narrowed to this mailbox."""
        return OWN_MAILBOX if self.team is None else recipient_id(self.team)


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person who may use Messages in this clinic now.

    ``key`` is the user's primary key. ``mailboxes`` starts with the person's own; it is empty for a person
    who has never taken part in a conversation. ``session`` identifies the session without revealing its key;
    a request without a session, as with a token, gets one value per day.
    """

    user: User
    key: UserKey
    role: Role
    settings: MessagesSettings
    mailboxes: tuple[ViewerMailbox, ...]
    session: str

    @property
    def own_mailbox(self) -> int | None:
        """Return the id of the person's own mailbox, if they have one."""
        return next((mailbox.id for mailbox in self.mailboxes if mailbox.team is None), None)

    @property
    def team_ids(self) -> set[UUID]:
        """Return the teams for which the viewer reads."""
        return {mailbox.team for mailbox in self.mailboxes if mailbox.team is not None}

    @property
    def mailbox_ids(self) -> list[int]:
        """Return the ids of all mailboxes that the viewer reads."""
        return [mailbox.id for mailbox in self.mailboxes]

    @property
    def away(self) -> Period | None:
        """Return the absence that was last set for this person; None for a patient."""
        if not self.role.is_staff:
            return None
        return next((mailbox.away for mailbox in self.mailboxes if mailbox.team is None), None)

    @property
    def unread_conversations(self) -> int:
        """Return how many conversations have unread messages, in all mailboxes."""
        return sum(mailbox.unread_conversations for mailbox in self.mailboxes)

    @property
    def waiting_conversations(self) -> int:
        """Return how many conversations wait for an answer of staff, in all mailboxes. 0 for a patient."""
        return sum(mailbox.waiting_conversations for mailbox in self.mailboxes)


def load_viewer(user: User, session_key: str | None = None) -> Viewer:
    """Return this person as a viewer. One statement, and one directory call.

    Raises MessagesDisabled, NotAMember or ClinicMismatch.
    """
    found = _settings_and_mailboxes(user) if clinic_schema() is not None else None
    if found is None or not found[0].enabled:
        raise MessagesDisabled
    settings, mailboxes = found
    role = get_directory().role(user)
    if role is None:
        raise NotAMember
    return Viewer(
        user=user,
        key=user.pk,
        role=role,
        settings=settings,
        mailboxes=tuple(mailboxes if role.is_staff else _as_patient(mailboxes)),
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


def reload_viewer(request: Request) -> Viewer:
    """Look up the request's viewer again, after an action that may have opened their mailbox."""
    if hasattr(request, _MEMO):
        delattr(request, _MEMO)
    return request_viewer(request)


def visible_viewer(request: Request) -> Viewer | None:
    """Return the viewer if the portal shows Messages to them; None for everybody else."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    try:
        # Inside a transaction a database error must reach whoever opened it. Otherwise the transaction would
        # go on as if nothing had failed.
        with nullcontext() if database().in_atomic_block else coded_database_errors():
            return request_viewer(request)
    except (MessagesDisabled, NotAMember, ClinicMismatch, Unavailable):
        return None


def readable_participations(mailbox_ids: list[int] | QuerySet[Any, Any], role: Role) -> QuerySet[Participant]:
    """Return the participations that a person with this present role reads: see ``Role.reads_as``."""
    found = Participant.objects.filter(mailbox__in=mailbox_ids)
    return found if role.is_staff else found.filter(role=Role.PATIENT)


def newest_participations(viewer: Viewer) -> QuerySet[Participant]:
    """Return the viewer's own participations, newest activity first."""
    own = [] if viewer.own_mailbox is None else [viewer.own_mailbox]
    return readable_participations(own, viewer.role).order_by("-last_message")


def mailboxes_read_by(user: User, role: Role) -> QuerySet[Any, Any]:
    """Return the keys of the mailboxes that a person with this present role reads."""
    own = Mailbox.objects.filter(user=user.pk).values("pk")
    if not role.is_staff:
        return own
    teams = TeamMember.objects.filter(mailbox__user=user.pk).values("team")
    return own.union(Mailbox.objects.filter(team__in=teams).values("pk"))


def unread_conversations(mailbox_ids: list[int] | QuerySet[Any, Any], role: Role) -> int:
    """Return how many conversations of these mailboxes have unread messages for a person with this role."""
    return readable_participations(mailbox_ids, role).filter(unread_count__gt=0).count()


def _as_patient(mailboxes: list[ViewerMailbox]) -> list[ViewerMailbox]:
    """Return what a person who is not staff reads: of their own mailbox the part as a patient.

    Only for somebody who was staff before this costs a statement.
    """
    return [
        _count_again(mailbox) if mailbox.has_staff_part else mailbox
        for mailbox in mailboxes
        if mailbox.team is None
    ]


def _count_again(mailbox: ViewerMailbox) -> ViewerMailbox:
    readable = readable_participations([mailbox.id], Role.PATIENT)
    counters = readable.aggregate(
        unread=Count("pk", filter=Q(unread_count__gt=0)), newest=Max("last_message", default=0)
    )
    return replace(
        mailbox,
        unread_conversations=counters["unread"],
        waiting_conversations=0,
        newest_message=counters["newest"],
    )


def _settings_and_mailboxes(user: User) -> tuple[MessagesSettings, list[ViewerMailbox]] | None:
    """Return the settings and the person's mailboxes; None without settings. Raises ClinicMismatch.

    Hand-written SQL, because every page of the portal asks this: compiling it from query sets takes longer
    than its answer (docs/performance.md). One statement, because it is the only one on most pages.
    """
    connection = database()
    fields = MessagesSettings._meta.concrete_fields
    columns = ", ".join(f"settings.{connection.ops.quote_name(field.column)}" for field in fields)
    key = user._meta.pk.get_db_prep_value(user.pk, connection)
    values = {"user": key, "since": timezone.now() - timedelta(days=NEWS_DAYS), "most_changes": MOST_CHANGES}
    rows = run_in_clinic(_SETTINGS_AND_MAILBOXES.replace("{columns}", columns), values)
    if not rows:
        verify_clinic()
        return None
    width = len(fields)
    names = [field.attname for field in fields]
    stored = [_from_db(field, value) for field, value in zip(fields, rows[0], strict=False)]
    settings = MessagesSettings.from_db(connection.alias, names, stored)
    return settings, [_mailbox(row[width:]) for row in rows if row[width] is not None]


def _mailbox(values: tuple[Any, ...]) -> ViewerMailbox:
    *counters, first_day, until, changes = values
    return replace(
        ViewerMailbox(*counters),
        away=Period(first_day, until) if first_day else None,
        changes=tuple(_change(*each) for each in json.loads(changes or "[]")),
    )


def _change(at: str, *what: Any) -> MemberChange:
    return MemberChange(datetime.fromisoformat(at), *what)


def _from_db(field: Field[Any, Any], value: object) -> object:
    """Return a column's value as a query set does, which reads JSON only then."""
    return json.loads(value) if isinstance(field, JSONField) and isinstance(value, str) else value


_SETTINGS_AND_MAILBOXES = """
    SELECT {columns}, mailbox.id, mailbox.team_id, mailbox.name, mailbox.version,
        (
            SELECT count(*) FROM vclinic_messages_participant unread
            WHERE unread.mailbox_id = mailbox.id AND unread.unread_count > 0
        ),
        (
            SELECT count(*) FROM vclinic_messages_participant waiting
            WHERE waiting.mailbox_id = mailbox.id AND waiting.waiting_since IS NOT NULL
        ),
        coalesce((
            SELECT max(newest.last_message_id) FROM vclinic_messages_participant newest
            WHERE newest.mailbox_id = mailbox.id
        ), 0),
        EXISTS (
            SELECT FROM vclinic_messages_participant staff
            WHERE staff.mailbox_id = mailbox.id AND staff.role <> 'patient'
        ),
        absence.first_day, absence.until,
        CASE WHEN mailbox.team_id IS NOT NULL THEN (
            SELECT json_agg(json_build_array(
                change.at, change.action = 'team_joined',
                change.details -> 'mailbox', change.details -> 'member'
            ))::text
            FROM (
                SELECT event.at, event.action, event.details
                FROM vclinic_messages_auditevent event
                WHERE event.action IN ('team_joined', 'team_left') AND event.at > %(since)s
                    AND event.details ->> 'team' = mailbox.team_id::text
                ORDER BY event.at DESC, event.id DESC LIMIT %(most_changes)s
            ) change
        ) END
    FROM vclinic_messages_messagessettings settings
    LEFT JOIN (
        SELECT own.id, own.team_id, own.name, own.version
        FROM vclinic_messages_mailbox own
        WHERE own.user_id = %(user)s
        UNION ALL
        SELECT shared.id, shared.team_id, shared.name, shared.version
        FROM vclinic_messages_mailbox own
        JOIN vclinic_messages_teammember membership ON membership.mailbox_id = own.id
        JOIN vclinic_messages_mailbox shared ON shared.team_id = membership.team_id
        WHERE own.user_id = %(user)s
    ) mailbox ON true
    LEFT JOIN vclinic_messages_absence absence ON absence.mailbox_id = mailbox.id
    WHERE {in_clinic}
    ORDER BY mailbox.team_id NULLS FIRST
"""
