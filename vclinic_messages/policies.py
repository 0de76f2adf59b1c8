"""May X do Y? One function per question, asked by pages, API and actions alike."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vclinic_messages.conf import app_settings
from vclinic_messages.directory import Person, get_directory
from vclinic_messages.errors import InvalidInput, NotForThisRole, SendingNotAllowed
from vclinic_messages.message_text import has_forbidden_characters
from vclinic_messages.models import Message, MessagesSettings, Role

#: The sending limit counts messages of the last so many seconds.
SENDING_WINDOW = 60

_ALL_ROLES = tuple(Role)

ROLE_FILTERS = {"all": None, "doctors": Role.DOCTOR, "admins": Role.ADMIN, "patients": Role.PATIENT}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why somebody may not write: ``reason`` for programs, ``detail`` says what to do instead."""

    reason: str
    detail: str

    def error(self) -> SendingNotAllowed:
        return SendingNotAllowed(self.reason, self.detail)


def addressable_roles(role: Role, settings: MessagesSettings) -> Sequence[Role]:
    """The roles that a person of this role may write to.

    Never a patient to a patient: this stands below the directory, so that no portal can allow it by mistake.
    """
    if role.is_staff:
        return _ALL_ROLES
    return [Role.DOCTOR, Role.ADMIN] if settings.patients_may_write_to_doctors else [Role.ADMIN]


def recipient_filters(role: Role) -> list[str]:
    """The names of the filters that a person of this role may put on the recipients."""
    return [name for name, wanted in ROLE_FILTERS.items() if role.is_staff or wanted is not Role.PATIENT]


def start_refusal(role: Role, settings: MessagesSettings) -> Refusal | None:
    """Why a person of this role may not start a conversation; None if they may."""
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
    """Why a participant may not write in their conversation; None if they may.

    ``participant_role`` is their role in the conversation, ``role`` the one that they have now. ``others``
    has the same pair for each other participant, with None for a person who has left the clinic.
    """
    if role is not participant_role:
        detail = _("Your role at the clinic has changed since this conversation began. Start a new one.")
        return _refusal(SendingNotAllowed.ROLE_CHANGED, detail, settings)
    present = [now for before, now in others if now is not None and now.is_staff == before.is_staff]
    if not present:
        detail = _("The other person can no longer be reached here.")
        if not role.is_staff:
            detail = _("The other person can no longer be reached here. Write to someone else at the clinic.")
        return _refusal(SendingNotAllowed.OTHER_LEFT, detail, settings)
    addressable = addressable_roles(role, settings)
    if not any(each in addressable for each in present):
        detail = _("Doctors cannot be written to directly at this clinic. Write to the clinic staff.")
        return _refusal(SendingNotAllowed.ROLE_NOT_ADDRESSABLE, detail, settings)
    return None


def check_recipient(
    sender: Any, recipient: Any, person: Person | None, *, role: Role, settings: MessagesSettings
) -> Any:
    """The user whom ``recipient`` (a user or a key) names, if the sender may start a conversation with them.

    ``person`` is what the directory says of them. Raises InvalidInput ``recipient_not_allowed`` on
    ``recipient``: the same for a person who does not exist, is inactive, belongs to another clinic or may not
    be written to.
    """
    user = _user(recipient) if person and may_receive([person], role, settings) else None
    if user is None or user.pk == sender.pk or not get_directory().may_message(sender, user):
        raise InvalidInput.on(
            "recipient", "recipient_not_allowed", _("You cannot write to this person. Choose someone else.")
        )
    return user


def _user(recipient: Any) -> Any:
    model = get_user_model()
    if isinstance(recipient, model):
        return recipient
    return model._default_manager.filter(pk=user_key(recipient)).first()


def may_receive(persons: Iterable[Person], role: Role, settings: MessagesSettings) -> bool:
    """Whether somebody of this role may write to all of these persons."""
    roles = [person.role for person in persons]
    return bool(roles) and all(each in addressable_roles(role, settings) for each in roles)


def user_key(value: Any) -> Any:
    """A user, or a primary key as a string, as the key that the database compares; None if it is none."""
    model = get_user_model()
    if isinstance(value, model):
        return value.pk
    if not isinstance(value, str) or has_forbidden_characters(value):
        return None
    try:
        key = model._meta.pk.to_python(value)
    except ValidationError:
        return None
    return key if str(key) == value else None


def check_seen(*, known: bool, field: str = "seen") -> None:
    """Raise InvalidInput unless a read mark names a message of its conversation."""
    if not known:
        detail = _("This message is not part of the conversation.")
        raise InvalidInput.on(field, "invalid_choice", detail)


def check_may_close_waiting(*, participant_role: Role, role: Role) -> None:
    """Raise NotForThisRole unless a participant may say that no answer is needed: staff only."""
    if not participant_role.is_staff or role is not participant_role:
        raise NotForThisRole


def may_close_for_others(user: Any) -> bool:
    """Whether a clinic admin may take what nobody there can answer any more off the waiting list."""
    return may_see_reports(user) and may_change_settings(user)


def may_change_settings(user: Any) -> bool:
    """Whether a clinic admin may see and change the settings of Messages."""
    return _has_permission(user, "change_messagessettings")


def may_see_reports(user: Any) -> bool:
    """Whether a clinic admin may see who waits and how fast the clinic answers: names and figures."""
    return _has_permission(user, "report_conversation")


def may_see_audit(user: Any) -> bool:
    """Whether a clinic admin may see who did what and when."""
    return _has_permission(user, "view_auditevent")


def may_export(user: Any) -> bool:
    """Whether a clinic admin may export conversations, with their text. No group has it by default."""
    return _has_permission(user, "export_conversation")


def _has_permission(user: Any, codename: str) -> bool:
    return bool(user.is_active and user.has_perm(f"vclinic_messages.{codename}"))


def oldest_counted_send(mailbox: int) -> QuerySet[Message, dict[str, datetime]]:
    """Return the message that fills the sending limit of this mailbox: the 30th newest, by default.

    The limit is read from the messages themselves, so it holds for all processes, for pages and API together.
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
    if oldest_counted is None:
        return None
    left = SENDING_WINDOW - (timezone.now() - oldest_counted).total_seconds()
    return max(1, math.ceil(left)) if left > 0 else None


def _refusal(reason: str, detail: str | Promise, settings: MessagesSettings) -> Refusal:
    if settings.phone:
        call = gettext("You can also call the clinic on %(phone)s.") % {"phone": settings.phone}
        return Refusal(reason, f"{detail} {call}")
    return Refusal(reason, str(detail))
