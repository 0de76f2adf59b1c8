"""Open mailboxes, lock them and raise their versions.

Every writer locks in the same order: the conversation, then the mailboxes of all participants and the
sender's own by rising id, then participants. Two writers that lock in different orders wait for each other
until PostgreSQL ends one of them with a deadlock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from django.db.models import Case, F, Q, QuerySet, TextField, Value, When

from vclinic_messages.directory import Person
from vclinic_messages.live.publish import publish_versions
from vclinic_messages.models import Mailbox, TeamMember
from vclinic_messages.models.user_references import snapshot_name
from vclinic_messages.search.folding import searchable_text
from vclinic_messages.teams import member_rows, team_key
from vclinic_messages.user_keys import user_key
from vclinic_messages.user_types import UserKey


def open_mailboxes(people: Mapping[UserKey, Person]) -> None:
    """Make sure that these people have a mailbox."""
    rows = [Mailbox(user_id=key, name=snapshot_name(person.name)) for key, person in people.items()]
    # In a fixed order, so that two transactions that open the same mailboxes do not wait for each other.
    rows.sort(key=lambda row: str(row.user_id))
    Mailbox.objects.bulk_create(rows, ignore_conflicts=True)


def mailboxes_of_recipient(recipient: str) -> QuerySet[Mailbox]:
    """Return the mailbox of the person or team with this id: one row, or none."""
    team = team_key(recipient)
    if team is not None:
        return Mailbox.objects.filter(team=team)
    key = user_key(recipient)
    return Mailbox.objects.none() if key is None else Mailbox.objects.filter(user=key)


def lock_mailboxes(ids: Iterable[int]) -> list[Mailbox]:
    """Lock these mailboxes until the transaction ends. Returns them by rising id."""
    rows = Mailbox.objects.filter(pk__in=list(ids)).order_by("pk").select_for_update(no_key=True)
    return list(rows)


def bump_versions(mailboxes: Collection[Mailbox], names: Mapping[int, str] | None = None) -> None:
    """Raise the version of these locked mailboxes, and poke their owners' browsers at commit.

    ``names`` are the present names by mailbox, if the caller has just asked the directory. They are stored.
    """
    changes: dict[str, object] = {"version": F("version") + 1}
    changes |= _renamed(mailboxes, names or {})
    Mailbox.objects.filter(pk__in=[each.pk for each in mailboxes]).update(**changes)
    poke_owners(mailboxes)


def poke_owners(mailboxes: Collection[Mailbox], members: Iterable[TeamMember] | None = None) -> None:
    """Poke the browsers of all who read these locked mailboxes, at commit.

    The objects have the version from before the change: the stored version is one higher. ``members`` are
    the members of the teams among the owners; they are read from the database if it is None.
    """
    versions: dict[UserKey, int] = {
        each.user_id: each.version + 1 for each in mailboxes if each.user_id is not None
    }
    shared = {each.team_id: each.version + 1 for each in mailboxes if each.team_id is not None}
    if shared and members is None:
        members = member_rows().filter(team__in=list(shared))
    for each in members or ():
        if each.team_id in shared:
            versions.setdefault(each.mailbox.user_id, shared[each.team_id])
    publish_versions(versions)


def _renamed(mailboxes: Collection[Mailbox], names: Mapping[int, str]) -> dict[str, Case]:
    """Return the columns of the present name as expressions; none where all mailboxes have it already."""
    present = {each.pk: snapshot_name(names[each.pk]) for each in mailboxes if each.pk in names}
    changed = {
        each.pk: present[each.pk] for each in mailboxes if present.get(each.pk, each.name) != each.name
    }
    if not changed:
        return {}
    folded = {key: searchable_text(name) for key, name in changed.items()}
    return {"name": _by_mailbox("name", changed), "folded_name": _by_mailbox("folded_name", folded)}


def _by_mailbox(column: str, values: Mapping[int, str]) -> Case:
    whens = [When(Q(pk=key), then=Value(value)) for key, value in values.items()]
    return Case(*whens, default=F(column), output_field=TextField())
