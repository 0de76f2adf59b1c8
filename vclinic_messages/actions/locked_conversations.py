"""A conversation whose row is locked, with who takes part in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import OuterRef

from vclinic_messages.actions.delivery import is_message_of
from vclinic_messages.directory import Person
from vclinic_messages.errors import ConversationNotFound
from vclinic_messages.models import Conversation, Mailbox, Participant, Role, TeamMember
from vclinic_messages.teams import TeamState, member_rows, present_members
from vclinic_messages.tenancy import verify_clinic
from vclinic_messages.user_types import User, UserKey


@dataclass(frozen=True, slots=True)
class LockedConversation:
    """A conversation whose row is locked, and its participants with their mailboxes.

    ``participants`` is empty if the conversation does not exist. ``seen_is_valid`` tells whether the caller's
    ``seen`` is the id of one of its messages, or None. ``members`` are the members of the teams that take
    part.
    """

    participants: list[Participant]
    seen_is_valid: bool
    members: list[TeamMember]

    @property
    def user_keys(self) -> list[UserKey]:
        """Return the accounts of the participants and of the members of teams."""
        people = [each.mailbox.user_id for each in self.participants]
        return [key for key in (*people, *(each.mailbox.user_id for each in self.members)) if key is not None]

    def is_outdated(self, mailboxes: Iterable[Mailbox]) -> bool:
        """Return whether a team may have changed before these mailboxes were locked: see ``change_team``."""
        read = {each.mailbox_id: each.mailbox.version for each in self.participants if each.mailbox.team_id}
        return any(read.get(each.pk, each.version) != each.version for each in mailboxes)

    def own_mailbox(self, user: User) -> int | None:
        """Return the user's own mailbox, if they take part or belong to a team that does."""
        own = [each.mailbox for each in self.participants] + [each.mailbox for each in self.members]
        return next((each.pk for each in own if each.user_id == user.pk), None)

    def readable_by(self, user: User, role: Role) -> Participant:
        """Return the participant through whom the user reads: themselves, before a team of theirs.

        Raises ConversationNotFound if they may not read it (now).
        """
        teams = {each.team_id for each in self.members if each.mailbox.user_id == user.pk and role.is_staff}
        own = [each for each in self.participants if each.mailbox.user_id == user.pk]
        own = [each for each in own if role.reads_as(Role(each.role))]
        shared = [each for each in self.participants if each.mailbox.team_id in teams]
        mine = next(iter((*own, *shared)), None)
        if mine is None:
            verify_clinic()
            raise ConversationNotFound
        return mine

    def team(self, participant: Participant, people: Mapping[UserKey, Person]) -> TeamState | None:
        """Return the team that this participant is, as it is now; None for a person.

        ``people`` are the persons behind ``user_keys``.
        """
        team = participant.mailbox.team
        if team is None:
            return None
        members = (each.mailbox.user_id for each in self.members if each.team_id == team.pk)
        return TeamState(
            id=team.pk,
            name=team.name,
            description=team.description,
            is_open_to_patients=team.is_open_to_patients,
            is_closed=team.closed_at is not None,
            mailbox=participant.mailbox_id,
            members=present_members(members, people),
        )


def locked_conversation(conversation: Conversation | UUID, seen: int | None = None) -> LockedConversation:
    """Lock a conversation. Under this lock its messages get their ids in commit order.

    Who takes part never changes. The counters of the participants may be older than the lock: a statement
    sees what was committed before it began to wait.
    """
    rows = (
        Participant.objects.filter(conversation=conversation)
        .select_related("conversation", "mailbox__team")
        .annotate(seen_is_valid=is_message_of(OuterRef("conversation"), seen))
        .order_by("pk")
        .select_for_update(of=("conversation",), no_key=True)
    )
    found = list(rows)
    # Read the members after the versions of the mailboxes, for ``is_outdated``. Without a team this needs no
    # statement.
    teams = [each.mailbox.team_id for each in found if each.mailbox.team_id is not None]
    members = list(member_rows().filter(team__in=teams)) if teams else []
    return LockedConversation(list(found), all(each.seen_is_valid for each in found), members)
