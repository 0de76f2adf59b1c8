"""Setting and ending absences."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from vclinic_messages.actions.auditing import name_of, record
from vclinic_messages.actions.mailboxes import lock_mailboxes, mailboxes_of_recipient, open_mailboxes
from vclinic_messages.actions.settings_changes import renew_open_pages
from vclinic_messages.clinic_switch import clinic_settings
from vclinic_messages.database_errors import coded_database_errors
from vclinic_messages.directory import describe_by_key
from vclinic_messages.errors import InvalidInput, MessagesDisabled, NotForThisRole
from vclinic_messages.models import Absence, AuditEvent, Mailbox, MessagesSettings, Team
from vclinic_messages.models.user_references import snapshot_name
from vclinic_messages.policies import may_set_absence
from vclinic_messages.teams import find_team, is_staff, recipient_id, team_key
from vclinic_messages.tenancy import clinic_transaction, verify_clinic
from vclinic_messages.user_keys import user_key
from vclinic_messages.user_types import User


@coded_database_errors()
def set_absence(
    *,
    actor: User | None,
    who: User | Team | str,
    first_day: date,
    until: date | None = None,
    instead: User | Team | str | None = None,
) -> Absence:
    """Set when a person or a team is away, in place of what was set before.

    ``who`` and ``instead`` are users, teams or their ids as recipients. ``until`` is the first day back, None
    if nobody knows it. ``instead`` is whom to write to for something sooner. ``actor`` is None for a command.
    Everybody sets their own absence, and only clinic admins with the permission those of others.

    Raises MessagesDisabled, NotForThisRole, PermissionDenied, InvalidInput (``who``, ``from``, ``until``,
    ``instead``), Unavailable or ClinicMismatch.
    """
    with clinic_transaction():
        settings = _settings()
        key = _recipient(who)
        _check_permission(actor, key, settings)
        _check_days(first_day, until, settings.today)
        named = None if instead is None else _recipient(instead)
        if named is not None and (named == key or not _receives(named)):
            detail = _("Choose a colleague or a team that can receive messages.")
            raise InvalidInput.on("instead", "recipient_not_allowed", detail)
        cover = None if named is None else _open(named)  # before any mailbox is locked
        mailbox = _locked(key)
        was_away = Absence.objects.filter(Absence.on(settings.today), mailbox=mailbox).exists()
        actor_name = name_of(actor)
        absence, _is_new = Absence.objects.update_or_create(
            mailbox=mailbox,
            defaults={
                "first_day": first_day,
                "until": until,
                "instead": cover,
                "set_by": snapshot_name(actor_name),
                "set_at": timezone.now(),
            },
        )
        details = {
            "name": mailbox.name,
            "from": first_day.isoformat(),
            "until": until and until.isoformat(),
            "instead": cover.name if cover else "",
        }
        record(AuditEvent.Action.ABSENCE_SET, actor=actor, actor_name=actor_name, details=details)
        if was_away or absence.period.includes(settings.today):
            renew_open_pages()
        return absence


@coded_database_errors()
def end_absence(*, actor: User | None, who: User | Team | str) -> None:
    """End the absence of a person or a team today, or cancel a planned one. Without one nothing changes.

    An absence that has begun stays stored, so that what came meanwhile can be shown.

    Raises MessagesDisabled, NotForThisRole, PermissionDenied, Unavailable or ClinicMismatch.
    """
    with clinic_transaction():
        key, settings = _recipient(who), _settings()
        _check_permission(actor, key, settings)
        found = Absence.objects.filter(mailbox__in=mailboxes_of_recipient(key)).select_related("mailbox")
        absence = found.select_for_update(of=("self",)).first()
        if absence is None or absence.period.is_over(settings.today):
            verify_clinic()
            return
        if absence.period.includes(settings.today):
            renew_open_pages()
        if absence.first_day <= settings.today:
            absence.until, absence.set_at = settings.today, timezone.now()
            absence.save()
        else:
            absence.delete()
        details = {"name": absence.mailbox.name}
        record(AuditEvent.Action.ABSENCE_ENDED, actor=actor, actor_name=name_of(actor), details=details)


def _recipient(who: User | Team | str) -> str:
    """Return the id of a person or a team as a recipient."""
    if isinstance(who, str):
        return who
    return recipient_id(who.pk) if isinstance(who, Team) else str(who.pk)


def _settings() -> MessagesSettings:
    settings = clinic_settings()
    if settings is None:
        raise MessagesDisabled
    return settings


def _check_permission(actor: User | None, key: str, settings: MessagesSettings) -> None:
    if actor is None or may_set_absence(actor):
        return
    if key != str(actor.pk):
        raise PermissionDenied
    if not settings.enabled:
        raise MessagesDisabled
    if not is_staff(describe_by_key([actor.pk]).get(actor.pk)):
        raise NotForThisRole(_("Only doctors and clinic staff can be away."))


def _check_days(first_day: date, until: date | None, today: date) -> None:
    if until is None:
        return
    if until <= first_day:
        detail = _("The first day back must come after the first day away.")
        raise InvalidInput.on("until", "invalid_order", detail)
    if until <= today:
        raise InvalidInput.on("until", "in_the_past", _("This absence is in the past."))


def _receives(key: str) -> bool:
    """Return whether this is a person who is staff now, or an open team with members."""
    team = team_key(key)
    if team is not None:
        found = find_team(team)
        return found is not None and bool(found.members) and not found.is_closed
    user = user_key(key)
    return is_staff(describe_by_key([user]).get(user))


def _locked(key: str) -> Mailbox:
    """Return the locked mailbox of a person who is staff now, or of a team. Raises InvalidInput."""
    if not _receives(key):
        detail = _("Choose somebody of the clinic’s staff, or a team.")
        raise InvalidInput.on("who", "invalid_choice", detail)
    return lock_mailboxes([_open(key).pk])[0]


def _open(key: str) -> Mailbox:
    """Return the mailbox of this person or team. A person's is made if they have none."""
    if team_key(key) is None:
        user = user_key(key)
        open_mailboxes(describe_by_key([user]))
    return mailboxes_of_recipient(key).get()
