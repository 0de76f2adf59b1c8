"""The people whom a viewer may write to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from vclinic_messages.directory import Person, get_directory
from vclinic_messages.errors import InvalidInput
from vclinic_messages.models import Participant, Role
from vclinic_messages.policies import (
    addressable_roles,
    check_recipient,
    may_receive,
    start_refusal,
    user_key,
)
from vclinic_messages.selectors.paging import Page
from vclinic_messages.selectors.summaries import newest_participations
from vclinic_messages.viewer import Viewer

#: So many of those whom a search finds are listed, the first by key. For others one types more of the name.
MOST_FOUND = 200


def me(viewer: Viewer) -> Person:
    """The viewer as others see them."""
    found = get_directory().describe([viewer.key])
    return found[0] if found else Person(str(viewer.key), viewer.user.get_username(), viewer.role)


def recipients(
    viewer: Viewer, *, role: Role | None = None, search: str = "", limit: int = 50
) -> Page[Person]:
    """Whom the viewer may start a conversation with, by name; ``next`` is the limit that shows more."""
    users = list(recipient_users(viewer, role=role, search=search)[: limit + 1])
    return Page(persons(viewer, users[:limit], role=role), limit + 50 if len(users) > limit else None)


def recipient_users(viewer: Viewer, *, role: Role | None = None, search: str = "") -> QuerySet[Any]:
    """The users behind ``recipients``, in the directory's order; nobody where the viewer may not start."""
    allowed = addressable_roles(viewer.role, viewer.settings)
    # Asked for at once, so that those whom the clinic closes to patients take no place among the first found.
    role = role or (allowed[0] if len(allowed) == 1 else None)
    users = get_directory().recipients(viewer.user, role=role, search=search)
    if start_refusal(viewer.role, viewer.settings):
        return users.none()
    return _first_found(users) if search.strip() else users


def _first_found(users: QuerySet[Any]) -> QuerySet[Any]:
    # Cut before the sort: a letter may be found in the names of everybody.
    first = users.order_by("pk").values("pk")[:MOST_FOUND]
    return users.model._base_manager.filter(pk__in=first).order_by(*users.query.order_by)


def persons(viewer: Viewer, users: Iterable[Any], *, role: Role | None = None) -> list[Person]:
    """These users as persons, in their order, without anyone whom the viewer's role may not write to."""
    keys = [user.pk for user in users]
    described = {person.id: person for person in get_directory().describe(keys)}
    found = (described.get(str(key)) for key in keys)
    return [
        person
        for person in found
        if person is not None
        and may_receive([person], viewer.role, viewer.settings)
        and role in (None, person.role)
    ]


def recipient(viewer: Viewer, key: str) -> Person | None:
    """The person with this key, if the viewer may start a conversation with them."""
    found = get_directory().describe([user_key(key)])
    person = found[0] if found else None
    try:
        check_recipient(viewer.user, key, person, role=viewer.role, settings=viewer.settings)
    except InvalidInput:
        return None
    return person


def recent_recipients(viewer: Viewer, limit: int = 3) -> list[Person]:
    """The persons of the viewer's newest conversations, those whom they may still write to."""
    ids = list(newest_participations(viewer).values_list("conversation", flat=True)[: 3 * limit])
    others = Participant.objects.filter(conversation__in=ids).exclude(mailbox=viewer.own_mailbox)
    by_conversation = dict(others.exclude(mailbox__user=None).values_list("conversation", "mailbox__user"))
    newest = list(dict.fromkeys(by_conversation[each] for each in ids if each in by_conversation))
    allowed = {person.id: person for person in persons(viewer, recipient_users(viewer).filter(pk__in=newest))}
    return [allowed[str(key)] for key in newest if str(key) in allowed][:limit]
