"""The people whom a viewer may start a conversation with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import OuterRef, QuerySet, Subquery

from vclinic_messages.directory import Person, describe_by_key, get_directory
from vclinic_messages.errors import InvalidInput
from vclinic_messages.models import Mailbox, Participant, Role
from vclinic_messages.policies import (
    addressable_roles,
    check_recipient,
    may_receive,
    receives_from,
    start_refusal,
)
from vclinic_messages.search.folding import is_found, search_words
from vclinic_messages.selectors.paging import Page
from vclinic_messages.teams import TeamState, open_teams, team_key
from vclinic_messages.user_keys import user_key
from vclinic_messages.user_types import PortalUser
from vclinic_messages.viewer import Viewer, newest_participations

#: A search lists at most this many people, those with the lowest keys. A longer search finds the others.
MOST_FOUND = 200


@dataclass(frozen=True, slots=True)
class TeamRecipient(Person):
    """A team as a recipient. ``members`` are the names of those who read what is written to it."""

    members: tuple[str, ...] = ()


def me(viewer: Viewer) -> Person:
    """Return the viewer as others see them."""
    unknown = Person(str(viewer.key), viewer.user.get_username(), viewer.role)
    return describe_by_key([viewer.key]).get(viewer.key, unknown)


def recipients(
    viewer: Viewer, *, role: Role | None = None, search: str = "", limit: int = 50
) -> Page[Person, int]:
    """Return the people whom the viewer may write to, by name; ``next`` is the limit that shows more."""
    users = list(recipient_users(viewer, role=role, search=search)[: limit + 1])
    return Page(persons(viewer, users[:limit], role=role), limit + 50 if len(users) > limit else None)


def recipient_users(viewer: Viewer, *, role: Role | None = None, search: str = "") -> QuerySet[PortalUser]:
    """Return the users behind ``recipients``, in the directory's order; none if the viewer may not start."""
    allowed = addressable_roles(viewer.role, viewer.settings)
    # If only one role is allowed, ask the directory for that role. Otherwise people to whom patients may not
    # write would use up the number of people that a search lists.
    role = role or (allowed[0] if len(allowed) == 1 else None)
    users = get_directory().recipients(viewer.user, role=role, search=search)
    if start_refusal(viewer.role, viewer.settings):
        return users.none()
    return _first_found(users) if search.strip() else users


def _first_found(users: QuerySet[PortalUser]) -> QuerySet[PortalUser]:
    # Limit before sorting: a single letter may match everybody in a large clinic.
    first = users.order_by("pk").values("pk")[:MOST_FOUND]
    return users.model._base_manager.filter(pk__in=first).order_by(*users.query.order_by)


def persons(viewer: Viewer, users: Iterable[PortalUser], *, role: Role | None = None) -> list[Person]:
    """Return these users as persons, in their order, without those whom the viewer may not write to."""
    keys = [user.pk for user in users]
    described = describe_by_key(keys)
    return [
        described[key]
        for key in keys
        if key in described
        and may_receive([described[key]], viewer.role, viewer.settings)
        and role in (None, described[key].role)
    ]


def teams(viewer: Viewer, *, search: str = "") -> list[TeamRecipient]:
    """Return the teams that the viewer may write to, by name.

    ``search`` keeps those with a word for each search word in their name or description.
    """
    if start_refusal(viewer.role, viewer.settings):
        return []
    words = search_words(search)
    if search.strip() and not words:
        return []
    return [
        _as_recipient(team)
        for team in open_teams()
        if receives_from(team, viewer.role)
        and not team.includes(str(viewer.key))
        and is_found(f"{team.name} {team.description}", words)
    ]


def _as_recipient(team: TeamState) -> TeamRecipient:
    return TeamRecipient(
        team.recipient_id, team.name, Role.ADMIN, team.description, members=tuple(team.member_names)
    )


def recipient(viewer: Viewer, key: str) -> Person | None:
    """Return the person or team with this id if the viewer may start a conversation with them."""
    team = team_key(key)
    if team is not None:
        return next((each for each in teams(viewer) if each.id == key), None)
    user = user_key(key)
    person = describe_by_key([user]).get(user)
    try:
        check_recipient(viewer.user, key, person, role=viewer.role, settings=viewer.settings)
    except InvalidInput:
        return None
    return person


def recent_recipients(viewer: Viewer, limit: int = 3) -> list[Person]:
    """Return the people of the viewer's newest conversations whom they may still write to."""
    ids = list(newest_participations(viewer).values_list("conversation", flat=True)[: 3 * limit])
    others = Participant.objects.filter(conversation__in=ids).exclude(mailbox=viewer.own_mailbox)
    # As a sub-select PostgreSQL looks the users up one by one; for a join it may read all mailboxes.
    user = Subquery(Mailbox.objects.filter(pk=OuterRef("mailbox")).values("user"))
    by_conversation = dict(others.annotate(user=user).values_list("conversation", "user"))
    newest = list(dict.fromkeys(by_conversation[each] for each in ids if by_conversation.get(each)))
    allowed = {person.id: person for person in persons(viewer, recipient_users(viewer).filter(pk__in=newest))}
    return [allowed[str(key)] for key in newest if str(key) in allowed][:limit]
