"""What a team's list costs: as much as a person's, however long it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django_tenants.utils import schema_context

from tests.plans.conftest import SCHEMA, Person
from tests.plans.explain import Statement
from vclinic_messages.actions import change_team
from vclinic_messages.models import Mailbox
from vclinic_messages.selectors import InboxQuery, Show, inbox
from vclinic_messages.viewer import load_viewer

PARTICIPANTS = "vclinic_messages_participant"
#: A page of the list, and the row that tells that there are more.
PAGE = 26


@contextmanager
def teams_of(people: list[Any], member: Any) -> Iterator[None]:
    """Turn the mailboxes of these people into those of teams with one member. Undone at the end."""
    with schema_context(SCHEMA), transaction.atomic():
        for person in people:
            box = Mailbox.objects.get(user=person)
            team = change_team(name=f"Team of {person.pk}", members=[])
            Mailbox.objects.filter(team=team).delete()
            Mailbox.objects.filter(pk=box.pk).update(user=None, team=team)
            change_team(team=team, members=[member])
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ANALYZE vclinic_messages_mailbox, vclinic_messages_teammember")
        yield
        transaction.set_rollback(True)


def listed(user: Any, show: Show = Show.ALL) -> Statement:
    """The statement of the first page, carried out."""
    with schema_context(SCHEMA):
        viewer = load_viewer(user)
        found = Statement.of(SCHEMA, lambda: inbox(viewer, InboxQuery(show=show)), analyze=True)
    (statement,) = [each for each in found if f"LIMIT {PAGE}" in each.sql]
    return statement


def colleagues(count: int) -> list[Any]:
    with schema_context(SCHEMA):
        staff = User.objects.filter(username__regex="^load-(admin|doctor)-").order_by("pk")
        return list(staff[: count + 1])


def test_a_teams_list_reads_what_a_persons_reads(heavy: Person) -> None:
    alone = listed(heavy.user).read(PARTICIPANTS)
    (member, _other) = colleagues(1)
    with teams_of([heavy.user, member], member):
        assert listed(member).read(PARTICIPANTS) <= alone + PAGE


@pytest.mark.parametrize("show", list(Show))
def test_each_of_five_mailboxes_is_cut_from_its_index(heavy: Person, show: Show) -> None:
    alone = listed(heavy.user, show)
    member, *others = colleagues(4)
    with teams_of([heavy.user, *others], member):
        statement = listed(member, show)
    assert not statement.scanned & {PARTICIPANTS, "vclinic_messages_message"}
    # Merged in the order of the list: a row of each mailbox, and then the rows of one page. The index of what
    # waits has not the whole order, so there PostgreSQL reads a page of each.
    more = 6 * PAGE if show is Show.WAITING else 5
    assert statement.read(PARTICIPANTS) <= alone.read(PARTICIPANTS) + more


def test_who_joined_or_left_has_an_index_of_its_own(heavy: Person) -> None:
    (member,) = colleagues(0)
    with teams_of([heavy.user], member):
        (statement, *_directory) = Statement.of(SCHEMA, lambda: load_viewer(member))
    assert "vcm_audit_members" in statement.indexes
    assert "vclinic_messages_auditevent" not in statement.scanned
