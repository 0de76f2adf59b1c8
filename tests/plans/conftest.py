from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connection, transaction
from django_tenants.utils import schema_context

from example_project.clinics.models import Clinic
from example_project.people.models import Profile
from tests.api.caller import Caller
from tests.conftest import empty_clinic
from tests.plans.explain import Statement
from vclinic_messages.models import Draft, Mailbox, Message, Participant
from vclinic_messages.selectors import InboxQuery, Show, inbox, recipient_users
from vclinic_messages.testing import switch_messages
from vclinic_messages.viewer import load_viewer

SCHEMA = "cedar"


@dataclass
class Person:
    """Somebody in a clinic of 100,000 messages, and one of their conversations."""

    user: Any
    conversation: Any
    newest: int
    other: int
    """Who sits in it, too."""
    caller: Caller

    def statements(self, path: str, data: Any = None) -> list[Statement]:
        """What a call asks of our tables, with the planner's plans."""
        path = path.format(id=self.conversation, other=self.other, newest=self.newest)
        return Statement.of(SCHEMA, lambda: self._call(path, data))

    def plan_of_recipients(self, *, among: int, search: str = "", analyze: bool = False) -> Statement:
        """The plan of their first page, with so many more patients in the clinic."""
        with schema_context(SCHEMA), transaction.atomic(), connection.cursor() as cursor:
            people = User.objects.bulk_create(User(username=f"more-{each}") for each in range(among))
            Profile.objects.bulk_create(Profile(user=each, title="Mr") for each in people)
            Group.objects.get(name="Patients").user_set.add(*people)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ANALYZE auth_user, auth_user_groups, people_profile")
            users = recipient_users(load_viewer(self.user), search=search)[:51]
            plan = Statement.of_query_set(users, analyze=analyze)
            transaction.set_rollback(True)
            return plan

    def search(self, word: str, **query: Any) -> Statement:
        """The search for a page of conversations that hold the word, carried out."""
        with schema_context(SCHEMA):
            viewer = load_viewer(self.user)
            found = Statement.of(
                SCHEMA, lambda: inbox(viewer, InboxQuery(search=word, **query)), analyze=True
            )
        (listed,) = [each for each in found if f"% {word}%" in each.sql and "rank()" not in each.sql]
        return listed

    def hits(self, word: str) -> Statement:
        """What asks for the hits in the first page of a search, carried out."""
        with schema_context(SCHEMA):
            viewer = load_viewer(self.user)
            query = InboxQuery(search=word)
            found = Statement.of(SCHEMA, lambda: inbox(viewer, query), analyze=True)
        (hits,) = [each for each in found if "rank()" in each.sql]
        return hits

    def list_with_drafts(self, *, texts: int, empty: int) -> Statement:
        """The list, carried out, where everybody has so many drafts of new messages."""
        with schema_context(SCHEMA), transaction.atomic(), connection.cursor() as cursor:
            people = list(Mailbox.objects.all())
            bodies = [*["Text"] * texts, *[""] * empty]
            Draft.objects.bulk_create(
                Draft(author=author, recipient=recipient, body=body, version=1)
                for author in people
                for recipient, body in zip(people, bodies, strict=False)
            )
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ANALYZE vclinic_messages_draft")
            viewer, query = load_viewer(self.user), InboxQuery(with_new_message_drafts=True)
            found = Statement.of(SCHEMA, lambda: inbox(viewer, query), analyze=True)
            transaction.set_rollback(True)
        (listed,) = [each for each in found if "LIMIT 26" in each.sql]
        return listed

    def readable_messages(self) -> int:
        with schema_context(SCHEMA):
            mine = Participant.objects.filter(mailbox__user=self.user).values("conversation")
            return Message.objects.filter(conversation__in=mine).count()

    def found_by_search(self, word: str, show: Show = Show.ALL) -> list[Any]:
        with schema_context(SCHEMA):
            query = InboxQuery(limit=30_000, search=word, show=show)
            return [each.id for each in inbox(load_viewer(self.user), query).items]

    def waiting_conversations(self) -> list[Any]:
        """What waits for the person, longest first."""
        with schema_context(SCHEMA):
            mine = Participant.objects.filter(mailbox__user=self.user, waiting_since__isnull=False)
            in_order = mine.order_by("waiting_since", "conversation")
            return list(in_order.values_list("conversation", flat=True))

    def found_by_reading(self, word: str) -> list[Any]:
        """The same by going through everything that the person can read."""
        with schema_context(SCHEMA):
            mine = Participant.objects.filter(mailbox__user=self.user).order_by("-last_message")
            ids = list(mine.values_list("conversation", flat=True))
            participants = Participant.objects.filter(conversation__in=ids).exclude(mailbox__user=self.user)
            texts = [
                *participants.values_list("conversation", "name"),
                *Message.objects.filter(conversation__in=ids).values_list("conversation", "body"),
            ]
        matching = {each for each, text in texts if word in text.lower()}
        assert matching
        return [each for each in ids if each in matching]

    def _call(self, path: str, data: Any) -> None:
        response = self.caller.get(path) if data is None else self.caller.post(path, self._filled(data))
        assert response.status_code in (200, 201), response.content

    def _filled(self, data: dict[str, Any]) -> dict[str, Any]:
        return {name: self.newest if value == "newest" else value for name, value in data.items()}


@pytest.fixture(scope="module")
def large_clinic(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """A clinic of 100,000 messages, committed. Afterwards it is empty again."""
    with django_db_blocker.unblock():
        connection.set_schema_to_public()
        call_command(
            "load_messages",
            schema=SCHEMA,
            patients=1_000,  # enough for PostgreSQL 15 to prefer an index of mailboxes
            staff=20,
            conversations=30_000,
            messages=100_000,
            heavy_user=("heavy", 20_000),
            stdout=StringIO(),
        )
        with schema_context(SCHEMA):
            switch_messages()
        yield SCHEMA
        with schema_context(SCHEMA):
            empty_clinic()
        Clinic.objects.filter(schema_name=SCHEMA).update(made_up_messages=0)
        connection.close()


@pytest.fixture
def heavy(large_clinic: str) -> Person:
    """A doctor with 20,000 conversations."""
    return _person("heavy")


@pytest.fixture
def light(large_clinic: str) -> Person:
    """A patient with 20."""
    return _person("load-patient-0")


def _person(username: str) -> Person:
    with schema_context(SCHEMA):
        user = User.objects.get(username=username)
        mine = Participant.objects.filter(mailbox__user=user).select_related("conversation")
        participant = mine.latest("last_message")
        others = participant.conversation.participants.exclude(mailbox__user=user)
        other = others.select_related("mailbox").get().mailbox.user_id
    newest = participant.conversation.last_message_id
    return Person(user, participant.conversation_id, newest, other, Caller(user, SCHEMA))
