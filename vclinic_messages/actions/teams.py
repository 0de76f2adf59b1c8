"""Make, change and close teams."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from vclinic_messages.actions.auditing import name_of, record
from vclinic_messages.actions.mailboxes import bump_versions, lock_mailboxes, open_mailboxes
from vclinic_messages.database_errors import coded_database_errors
from vclinic_messages.directory import Person, describe_by_key
from vclinic_messages.errors import FieldError, InvalidInput
from vclinic_messages.live.publish import publish_renewal
from vclinic_messages.message_text import has_forbidden_characters
from vclinic_messages.models import AuditEvent, Mailbox, Participant, Team, TeamMember
from vclinic_messages.models.user_references import NAME_MAX_LENGTH, snapshot_name
from vclinic_messages.policies import may_change_teams
from vclinic_messages.search.folding import searchable_text
from vclinic_messages.teams import is_staff
from vclinic_messages.tenancy import clinic_transaction, verify_clinic
from vclinic_messages.user_keys import user_key
from vclinic_messages.user_types import User, UserKey

#: The longest text about what a team is for, in code points.
DESCRIPTION_MAX_LENGTH = 200

Action = AuditEvent.Action


@coded_database_errors()
def change_team(
    *,
    actor: User | None = None,
    team: Team | UUID | None = None,
    external_key: str | None = None,
    name: str | None = None,
    description: str | None = None,
    is_open_to_patients: bool | None = None,
    members: Collection[User | str] | None = None,
) -> Team:
    """Make a team, or change one. An argument that is None changes nothing.

    ``team`` names an existing team. ``external_key`` is the portal's own key of a team: the first call with
    it makes the team, and later calls change it. Without either, a new team is made. ``members`` are users or
    their primary keys as strings, in any order. They replace all present members, and each must be staff now.

    People who join can read all conversations of the team, including old ones. People who leave can no
    longer read them.

    ``actor`` is None for a command. Raises PermissionDenied if the actor may not change teams, InvalidInput
    (``name``, ``description``, ``members``, ``team``), Unavailable or ClinicMismatch.
    """
    with clinic_transaction():
        verify_clinic()
        _check_permission(actor)
        found, is_new = _locked_team(team, external_key)
        changes = _clean(found, is_new, name, description, is_open_to_patients)
        people = None if members is None else _clean_members(members)
        if is_new:
            found.name = str(changes["name"])
            found.save(force_insert=found._state.adding)
            Mailbox.objects.create(team=found, name=found.name)
            _record(Action.TEAM_CREATED, found, actor)
        _write(found, changes, actor, is_new=is_new)
        if people is not None:
            _change_members(found, people, actor)
        return found


@coded_database_errors()
def close_team(*, actor: User | None = None, team: Team | UUID) -> Team:
    """Close a team for good. Its members can still read its conversations. Nobody can write in them.

    If it is closed already, nothing changes. Raises PermissionDenied, InvalidInput (``team``), Unavailable or
    ClinicMismatch.
    """
    with clinic_transaction():
        verify_clinic()
        _check_permission(actor)
        found, _is_new = _locked_team(team, None)
        if found.closed_at is None:
            found.closed_at = timezone.now()
            found.save(update_fields=["closed_at"])
            _tell_members(found)
            _record(Action.TEAM_CLOSED, found, actor)
        return found


def _check_permission(actor: User | None) -> None:
    if actor is not None and not may_change_teams(actor):
        raise PermissionDenied


def _locked_team(team: Team | UUID | None, external_key: str | None) -> tuple[Team, bool]:
    """Return the locked team and whether it is new. A new one without an external key is not saved yet."""
    rows = Team.objects.select_for_update(no_key=True)
    if team is not None:
        found = rows.filter(pk=team.pk if isinstance(team, Team) else team).first()
        if found is None:
            raise InvalidInput.on("team", "invalid_choice", _("This team does not exist."))
        return found, False
    if external_key is None:
        return Team(), True
    # Of two imports at the same moment, the second waits here for the first.
    new = Team(external_key=external_key)
    Team.objects.bulk_create([new], ignore_conflicts=True)
    found = rows.get(external_key=external_key)
    return found, found.pk == new.pk


def _clean(
    team: Team, is_new: bool, name: str | None, description: str | None, is_open_to_patients: bool | None
) -> dict[str, object]:
    """Return the fields that change. Raises InvalidInput."""
    errors: dict[str, list[FieldError]] = {}
    values: dict[str, object] = {}
    if name is not None or is_new:
        values["name"] = _clean_text(errors, "name", name or "", NAME_MAX_LENGTH, is_needed=True)
    if description is not None:
        values["description"] = _clean_text(errors, "description", description, DESCRIPTION_MAX_LENGTH)
    if is_open_to_patients is not None:
        values["is_open_to_patients"] = is_open_to_patients
    if errors:
        raise InvalidInput(errors)
    return {field: value for field, value in values.items() if is_new or getattr(team, field) != value}


def _clean_text(
    errors: dict[str, list[FieldError]], field: str, text: str, limit: int, *, is_needed: bool = False
) -> str:
    cleaned = " ".join(text.split())
    if has_forbidden_characters(cleaned):
        errors[field] = [FieldError("invalid_characters", _("Remove the characters that cannot be stored."))]
    elif is_needed and not cleaned:
        errors[field] = [FieldError("blank", _("Enter a name."))]
    elif len(cleaned) > limit:
        too_long = _("Enter at most %(limit)d characters.") % {"limit": limit}
        errors[field] = [FieldError("max_length", too_long)]
    else:
        # Remove characters that make one name look like another.
        return snapshot_name(cleaned)
    return cleaned


def _clean_members(members: Iterable[User | str]) -> dict[UserKey, Person]:
    """Return the members by user key. Raises InvalidInput unless all of them are staff now."""
    keys = [user_key(member) for member in members]
    people = describe_by_key(keys)
    if not all(key in people and is_staff(people[key]) for key in keys):
        detail = _("Members must be doctors or clinic staff of this clinic now.")
        raise InvalidInput.on("members", "not_staff", detail)
    return people


def _write(team: Team, changes: Mapping[str, object], actor: User | None, *, is_new: bool) -> None:
    if not changes:
        return
    before = {field: getattr(team, field) for field in changes}
    for field, value in changes.items():
        setattr(team, field, value)
    team.save(update_fields=list(changes))
    if is_new:
        return
    if "name" in changes:
        folded = searchable_text(team.name)
        Mailbox.objects.filter(team=team).update(name=team.name, folded_name=folded)
    _tell_members(team)
    details = {field: {"from": before[field], "to": value} for field, value in changes.items()}
    _record(Action.TEAM_CHANGED, team, actor, changes=details)


def _change_members(team: Team, people: Mapping[UserKey, Person], actor: User | None) -> None:
    open_mailboxes(people)
    own = {each.user_id: each for each in Mailbox.objects.filter(user__in=list(people))}
    present = {each.mailbox_id: each for each in TeamMember.objects.filter(team=team)}
    wanted = {mailbox.pk for mailbox in own.values()}
    joining = sorted(wanted - present.keys())
    leaving = sorted(present.keys() - wanted)
    if not joining and not leaving:
        return
    shared = Mailbox.objects.get(team=team)
    locked = {mailbox.pk: mailbox for mailbox in lock_mailboxes([shared.pk, *joining, *leaving])}
    TeamMember.objects.filter(team=team, mailbox__in=leaving).delete()
    TeamMember.objects.bulk_create(TeamMember(team=team, mailbox_id=each) for each in joining)
    # The conversations that a leaving member has taken go back to the team.
    Participant.objects.filter(mailbox=shared, assigned_to__in=leaving).update(assigned_to=None)
    bump_versions(list(locked.values()))
    for action, mailboxes in ((Action.TEAM_JOINED, joining), (Action.TEAM_LEFT, leaving)):
        for each in mailboxes:
            _record(action, team, actor, mailbox=each, member=locked[each].name)
    concerned = [locked[each].user_id for each in (*joining, *leaving)]
    publish_renewal(key for key in concerned if key is not None)


def _tell_members(team: Team) -> None:
    """Poke the members' browsers. Patients see the change on their next page, or when they send."""
    bump_versions(lock_mailboxes(Mailbox.objects.filter(team=team).values_list("pk", flat=True)))


def _record(action: AuditEvent.Action, team: Team, actor: User | None, **details: object) -> None:
    about = {"team": str(team.pk), "name": team.name, **details}
    record(action, actor=actor, actor_name=name_of(actor), details=about)
