"""Assign a conversation of a team to a member, and tell colleagues who is writing in it.

Both only inform: every member of the team may still answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from vclinic_messages.actions.auditing import record
from vclinic_messages.actions.locked_conversations import locked_conversation
from vclinic_messages.actions.mailboxes import bump_versions, lock_mailboxes
from vclinic_messages.clinic_switch import enabled_settings
from vclinic_messages.database_errors import coded_database_errors
from vclinic_messages.directory import Person, describe_by_key
from vclinic_messages.errors import InvalidInput, NotAMember, NotForThisRole
from vclinic_messages.models import AuditEvent, Conversation, Participant, TeamMember
from vclinic_messages.selectors import conversation as find_conversation
from vclinic_messages.selectors.inbox_rows import WRITING_SECONDS
from vclinic_messages.teams import TeamState, is_staff
from vclinic_messages.tenancy import clinic_transaction
from vclinic_messages.user_keys import user_key
from vclinic_messages.user_types import User, UserKey
from vclinic_messages.viewer import Viewer


@coded_database_errors()
def assign(*, conversation: Conversation | UUID, actor: User, to: User | str | None) -> None:
    """Give a conversation of a team to one of its members, or back to the team (None).

    ``to`` is a user, or a user's primary key as a string. The assignment ends when that member answers,
    leaves the team or is no longer staff.

    Raises MessagesDisabled, NotAMember, ConversationNotFound, NotForThisRole (for anybody who does not read
    for a team here), InvalidInput (``to``), Unavailable or ClinicMismatch.
    """
    with clinic_transaction():
        enabled_settings()
        locked = locked_conversation(conversation)
        people = describe_by_key([actor.pk, *locked.user_keys])
        person = people.get(actor.pk)
        if person is None or person.role is None:
            raise NotAMember
        mailboxes = lock_mailboxes(each.mailbox_id for each in locked.participants if each.mailbox.team_id)
        if locked.is_outdated(mailboxes):  # somebody may have left the team while this waited
            locked = locked_conversation(conversation)
        mine = locked.readable_by(actor, person.role)
        team = locked.team(mine, people)
        if team is None:
            raise NotForThisRole
        taker = None if to is None else _member(to, locked.members, team, people)
        present = Participant.objects.filter(pk=mine.pk)
        wanted = taker.mailbox_id if taker else None
        if present.filter(assigned_to=wanted).exists():
            return
        present.update(assigned_to=wanted)
        bump_versions(mailboxes)
        details = {"team": str(team.id), "to": wanted, "name": taker.mailbox.name if taker else ""}
        record(
            AuditEvent.Action.ASSIGNED,
            actor=actor,
            actor_name=person.name,
            conversation=mine.conversation_id,
            details=details,
        )


def _member(
    to: User | str, members: Iterable[TeamMember], team: TeamState, people: Mapping[UserKey, Person]
) -> TeamMember:
    """Return the member of this team with this account. Raises InvalidInput unless they are staff now."""
    key = user_key(to)
    found = next((each for each in members if each.mailbox.user_id == key and each.team_id == team.id), None)
    if found is None or not is_staff(people.get(key)):
        raise InvalidInput.on("to", "invalid_choice", _("Choose a member of the team."))
    return found


@coded_database_errors()
def note_writing(*, viewer: Viewer, conversation: UUID) -> None:
    """Tell the viewer's colleagues in a team that the viewer is writing: who and when, never what.

    Does nothing if they were told less than 20 seconds ago, or if the viewer does not read this conversation
    for a team.

    Raises ConversationNotFound, Unavailable or ClinicMismatch.
    """
    with clinic_transaction():
        found = find_conversation(viewer, conversation)
        now = timezone.now()
        if not found.is_for_team or found.team is None:
            return
        mine = TeamMember.objects.filter(team=found.team.state.id, mailbox=viewer.own_mailbox)
        due = mine.exclude(writing_at__gt=now - timedelta(seconds=WRITING_SECONDS))
        if not due.exists():
            return
        mailboxes = lock_mailboxes([found.me.mailbox])
        if due.update(writing_in=conversation, writing_at=now):
            bump_versions(mailboxes)
