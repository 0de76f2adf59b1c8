"""Who is to be notified of a message."""

from __future__ import annotations

from collections.abc import Iterator

from vclinic_messages.directory import describe_by_key
from vclinic_messages.models import Message, Participant, Role
from vclinic_messages.teams import member_rows
from vclinic_messages.user_types import UserKey


def users_to_notify(message: Message) -> list[UserKey]:
    """Return the keys of the users who read this message and have not read it yet.

    They are the other participant or, of a team, its members. Nobody who has left the clinic, or is no longer
    staff and had the conversation as staff. Up to two statements, and one directory call.
    """
    others = Participant.objects.filter(conversation=message.conversation_id).exclude(
        mailbox=message.mailbox_id
    )
    unread = others.exclude(last_read_message__gte=message.pk).select_related("mailbox")
    roles = dict(_readers(list(unread)))
    people = describe_by_key(roles)
    return [key for key, person in people.items() if person.role and Role(person.role).reads_as(roles[key])]


def _readers(participants: list[Participant]) -> Iterator[tuple[UserKey, Role]]:
    """Return the accounts behind these participants, each with the role in which it reads."""
    of_teams = {each.mailbox.team_id: Role(each.role) for each in participants if each.mailbox.team_id}
    for member in member_rows().filter(team__in=list(of_teams)) if of_teams else ():
        yield member.mailbox.user_id, of_teams[member.team_id]
    for each in participants:
        if each.mailbox.user_id is not None:
            yield each.mailbox.user_id, Role(each.role)
