"""Who may do what. One function per rule; pages, API, admin and actions all ask here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vclinic_messages.conf import app_settings
from vclinic_messages.directory import Person, get_directory
from vclinic_messages.errors import InvalidInput, SendingNotAllowed
from vclinic_messages.models import AuditEvent, Draft, Message, MessagesSettings, Role, Team
from vclinic_messages.teams import TeamState
from vclinic_messages.tenancy import clinic_schema
from vclinic_messages.user_keys import user_key
from vclinic_messages.user_types import User, UserKey

#: The sending limit counts the messages of this many seconds.
SENDING_WINDOW = 60
#: The export limit counts the exports of this many seconds.
EXPORT_WINDOW = 3600
#: How often one draft may be saved, and in how many seconds.
SAVES_LIMIT, SAVING_WINDOW = 120, 60

_ALL_ROLES = tuple(Role)

#: The filters of the recipients: the name in addresses, and the role that it selects.
ROLE_FILTERS = {"all": None, "doctors": Role.DOCTOR, "admins": Role.ADMIN, "patients": Role.PATIENT}
#: The filter that selects teams only.
TEAMS_FILTER = "teams"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why somebody may not write: ``reason`` is for programs, ``detail`` tells people what to do instead."""

    reason: str
    detail: str

    def error(self) -> SendingNotAllowed:
        """Return the error to raise."""
        return SendingNotAllowed(self.reason, self.detail)


def addressable_roles(role: Role, settings: MessagesSettings) -> Sequence[Role]:
    """Return the roles that a person with this role may write to.

    Patients never write to patients. The rule is here and not only in the directory, so that no portal can
    allow it by mistake.
    """
    if role.is_staff:
        return _ALL_ROLES
    return [Role.DOCTOR, Role.ADMIN] if settings.patients_may_write_to_doctors else [Role.ADMIN]


def recipient_filters(role: Role) -> list[str]:
    """Return the names of the recipient filters that a person with this role may use."""
    names = [name for name, wanted in ROLE_FILTERS.items() if role.is_staff or wanted is not Role.PATIENT]
    return [*names, TEAMS_FILTER]


def start_refusal(role: Role, settings: MessagesSettings) -> Refusal | None:
    """Return why a person with this role may not start a conversation, or None if they may."""
    if role is Role.PATIENT and not settings.patients_may_start:
        detail = _("At this clinic you can answer messages, but not start a conversation.")
        return _refusal(SendingNotAllowed.STARTING_DISABLED, detail, settings)
    return None


def reply_refusal(
    *,
    participant_role: Role,
    role: Role | None,
    others: Iterable[tuple[Role, Role | None]],
    settings: MessagesSettings,
) -> Refusal | None:
    """Return why a participant may not write in their conversation, or None if they may.

    ``participant_role`` is the role that they have in the conversation, ``role`` the one that they have at
    the clinic now. ``others`` contains both roles of each other participant; the second is None for a person
    who has left the clinic.
    """
    if role is not participant_role:
        detail = _("Your role at the clinic has changed since this conversation started. Start a new one.")
        return _refusal(SendingNotAllowed.ROLE_CHANGED, detail, settings)
    present = [now for before, now in others if now is not None and now.is_staff == before.is_staff]
    if not present:
        detail = _("The other person can no longer receive messages here. Contact them in another way.")
        if not role.is_staff:
            detail = _("The other person can no longer receive messages here. Write to someone else.")
        return _refusal(SendingNotAllowed.OTHER_LEFT, detail, settings)
    addressable = addressable_roles(role, settings)
    if not any(each in addressable for each in present):
        detail = _("At this clinic you cannot write to doctors directly. Write to the clinic staff instead.")
        return _refusal(SendingNotAllowed.ROLE_NOT_ADDRESSABLE, detail, settings)
    return None


def team_refusal(role: Role | None, *, is_closed: bool, settings: MessagesSettings) -> Refusal | None:
    """Return why a member may not write for their team, or None if they may.

    Whoever is staff now may, with whichever role. A closed team is read only.
    """
    if role is None or not role.is_staff:
        detail = _("Your role at the clinic has changed since this conversation started. Start a new one.")
        return _refusal(SendingNotAllowed.ROLE_CHANGED, detail, settings)
    if is_closed:
        detail = _("This team is closed. Nobody can write in its conversations any more.")
        return _refusal(SendingNotAllowed.TEAM_CLOSED, detail, settings)
    return None


def roles_then_and_now(
    before: Role, person: Person | None, team: TeamState | None, role: Role
) -> tuple[Role, Role | None]:
    """Return the role that a participant had in the conversation, and the one that they have now.

    A pair for ``others`` of ``reply_refusal``. ``role`` is that of the person who writes to them. A team that
    receives messages from this role counts as clinic staff. Any other team counts as somebody who has left.
    """
    if team is None:
        return before, person.role if person else None
    return Role.ADMIN, Role.ADMIN if receives_from(team, role) else None


def writing_refusal(
    participant_role: Role,
    role: Role | None,
    *,
    team: TeamState | None,
    others: Iterable[tuple[Role, Role | None]],
    settings: MessagesSettings,
) -> Refusal | None:
    """Return why a person may not write in a conversation, or None if they may.

    ``team`` is the team for which they write; None if they write for themselves.
    """
    if team is None:
        return reply_refusal(participant_role=participant_role, role=role, others=others, settings=settings)
    refusal = team_refusal(role, is_closed=team.is_closed, settings=settings)
    if refusal or role is None:
        return refusal
    return reply_refusal(participant_role=role, role=role, others=others, settings=settings)


def receives_from(team: TeamState, role: Role) -> bool:
    """Return whether the team receives messages from people with this role who are not its members.

    Whether patients may write to doctors does not matter: a patient writes to the team.
    """
    is_open = role.is_staff or team.is_open_to_patients
    return is_open and bool(team.members) and not team.is_closed


def check_team(sender: User, team: TeamState | None, *, role: Role) -> TeamState:
    """Return the team if the sender may start a conversation with it.

    Members do not write to their own team. Raises the same InvalidInput as ``check_recipient``.
    """
    if team is None or not receives_from(team, role) or team.includes(str(sender.pk)):
        raise recipient_not_allowed()
    return team


def recipient_not_allowed() -> InvalidInput:
    """Return the error for a person or team that may not be written to, or does not exist."""
    detail = _("You cannot write to this person. Choose someone else.")
    return InvalidInput.on("recipient", "recipient_not_allowed", detail)


def check_recipient(
    sender: User, recipient: User | UserKey, person: Person | None, *, role: Role, settings: MessagesSettings
) -> User:
    """Return the recipient's user if the sender may start a conversation with them.

    ``recipient`` is a user or the primary key as a string. ``person`` is the directory's description of the
    recipient. ``role`` is the sender's role.

    Raises InvalidInput with ``recipient_not_allowed`` on ``recipient``. It is the same for a person who does
    not exist, is inactive, belongs to another clinic or may not be written to, so that nobody can use it to
    find out who exists.
    """
    user = _find_user(recipient) if person and may_receive([person], role, settings) else None
    # A portal's directory may list the sender among the recipients.
    if user is None or user.pk == sender.pk or not get_directory().may_message(sender, user):
        raise recipient_not_allowed()
    return user


def _find_user(recipient: User | UserKey) -> User | None:
    model: type[User] = get_user_model()
    if isinstance(recipient, model):
        return recipient
    return model._default_manager.filter(pk=user_key(recipient)).first()


def may_receive(persons: Iterable[Person], role: Role, settings: MessagesSettings) -> bool:
    """Return whether a person with this role may write to all of these persons. False for no persons."""
    roles = [person.role for person in persons]
    return bool(roles) and all(each in addressable_roles(role, settings) for each in roles)


def unknown_message(field: str) -> InvalidInput:
    """Return the error for a read mark on a message that is not part of the conversation."""
    detail = _("This message is not part of the conversation. Reload the conversation and try again.")
    return InvalidInput.on(field, "invalid_choice", detail)


def may_decide(participant_role: Role, role: Role, *, team: Team | TeamState | None) -> bool:
    """Return whether a person may say that no answer is needed, or undo that. Patients never may.

    ``team`` is the team for which they read. Every member who is staff now may decide for it, even if the
    team is closed. A person who reads for themselves may if their role has not changed.
    """
    if team is not None:
        return role.is_staff
    return participant_role.is_staff and role is participant_role


def may_remove_from_waiting_list(user: User | AnonymousUser) -> bool:
    """Return whether a clinic admin may remove a conversation from the waiting list.

    They may only do this where no participant of the clinic can answer any more.
    """
    return may_see_reports(user) and may_change_settings(user)


def may_change_settings(user: User | AnonymousUser) -> bool:
    """Return whether a clinic admin may see and change the settings of Messages."""
    return may_administer(user, "change_messagessettings")


def may_change_teams(user: User | AnonymousUser) -> bool:
    """Return whether a clinic admin may make and change teams. By default no group may."""
    return may_administer(user, "change_team")


def may_change_quick_replies(user: User | AnonymousUser) -> bool:
    """Return whether a clinic admin may change the clinic's quick replies. By default no group may."""
    return may_administer(user, "change_quickreply")


def may_set_absence(user: User | AnonymousUser) -> bool:
    """Return whether a clinic admin may set when others are away. By default no group may."""
    return may_administer(user, "change_absence")


def may_see_reports(user: User | AnonymousUser) -> bool:
    """Return whether a clinic admin may see who waits and how fast the clinic answers: names and figures."""
    return may_administer(user, "report_conversation")


def may_see_audit(user: User | AnonymousUser) -> bool:
    """Return whether a clinic admin may see the audit trail: who did what and when."""
    return may_administer(user, "view_auditevent")


def may_export(user: User | AnonymousUser) -> bool:
    """Return whether a clinic admin may export conversations with their text. By default no group may."""
    return may_administer(user, "export_conversation")


def may_administer(user: User | AnonymousUser, codename: str) -> bool:
    """Return whether a clinic admin has this permission, and may use it in the current clinic.

    If clinics share their users, they share the permissions as well. Only the directory then knows to which
    clinics a user belongs. In the public schema there is nothing to see, so the directory is not asked.
    """
    # A user model without PermissionsMixin has no permissions, so nobody may do anything.
    if not (user.is_active and hasattr(user, "has_perm")):
        return False
    if not user.has_perm(f"vclinic_messages.{codename}"):
        return False
    return clinic_schema() is None or bool(get_directory().may_administer(user))


def oldest_counted_send(mailbox: int) -> QuerySet[Message, Any]:
    """Return a query for the time of the message that fills the sending limit of this mailbox.

    By default that is the 30th newest message. The limit is read from the messages themselves, so all
    processes, pages and the API are counted together.
    """
    limit = app_settings.SENDS_PER_MINUTE
    # As a range and in the order of vcm_message_sender. For "sender = …" PostgreSQL may walk all messages,
    # newest first, which takes long where somebody has sent much but nothing lately.
    sent = Message.objects.filter(sender__gte=mailbox, sender__lte=mailbox).order_by("-sender_id", "-id")
    return sent.values("sent_at")[limit - 1 : limit]


def seconds_until_next_send(oldest_counted: datetime | None) -> int | None:
    """Return how many seconds the sender must wait; None if they may send now.

    ``oldest_counted`` is the time of the message that fills the limit, if there is one.
    """
    return _seconds_left(oldest_counted, SENDING_WINDOW)


def seconds_until_next_export(user: User) -> int | None:
    """Return how many seconds the person must wait before they print, download or export; None for now.

    The limit is read from the audit trail, so it holds for all processes, for pages and the Wagtail admin
    together. Requests of the same moment do not see each other, so they may exceed it a little.
    """
    limit = app_settings.EXPORTS_PER_HOUR
    found = counted_exports(user.pk).order_by("-at").values_list("at", flat=True)[limit - 1 : limit]
    return _seconds_left(next(iter(found), None), EXPORT_WINDOW)


def counted_exports(key: UserKey) -> QuerySet[AuditEvent, Any]:
    """Return the exports that count in the limit of the account that has this key now.

    The exports of a deleted account with the same key do not count: they are older than the event that
    records its severing.
    """
    action = AuditEvent.Action
    recent = AuditEvent.objects.filter(at__gt=timezone.now() - timedelta(seconds=EXPORT_WINDOW))
    severed = recent.filter(action=action.SEVERED, details__account=str(key)).order_by("-pk").values("pk")
    return recent.filter(
        actor=key,
        action__in=(action.PRINTED, action.DOWNLOADED, action.EXPORTED, action.REPORTED),
        pk__gt=Coalesce(Subquery(severed[:1]), 0),
    )


def seconds_until_next_save(draft: Draft) -> int | None:
    """Return how many seconds the author must wait before they save this draft again; None for now.

    The draft itself counts its saves, so all processes, pages and API are counted together. A new count
    starts with the first save after the window.
    """
    return _seconds_left(draft.counted_from, SAVING_WINDOW) if draft.counted_saves >= SAVES_LIMIT else None


def count_save(draft: Draft) -> None:
    """Count a save of this draft. The caller saves ``counted_from`` and ``counted_saves``."""
    if _seconds_left(draft.counted_from, SAVING_WINDOW) is None:
        draft.counted_from, draft.counted_saves = timezone.now(), 0
    draft.counted_saves += 1


def _seconds_left(oldest_counted: datetime | None, window: int) -> int | None:
    """Return in how many seconds this time is older than the window; None if it is not in the window.

    A time in the future comes from another server's clock, or from a clock that was set back. It counts as
    now if it is less than one window away, and not at all otherwise. So nobody waits longer than one window.
    """
    if oldest_counted is None:
        return None
    age = (timezone.now() - oldest_counted).total_seconds()
    return math.ceil(min(window - age, window)) if abs(age) < window else None


def _refusal(reason: str, detail: str | Promise, settings: MessagesSettings) -> Refusal:
    if settings.phone:
        call = gettext("You can also call the clinic on %(phone)s.") % {"phone": settings.phone}
        return Refusal(reason, f"{detail} {call}")
    return Refusal(reason, str(detail))
