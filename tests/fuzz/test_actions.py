"""The actions in any order, by anybody, against a model; after each step every number is counted again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from tests.fuzz.model import Clinic, Person, Talk
from vclinic_messages import actions, selectors
from vclinic_messages.conf import app_settings
from vclinic_messages.errors import AnsweredMeanwhile, MessagesError
from vclinic_messages.models import Message
from vclinic_messages.testing import create_member, switch_messages
from vclinic_messages.viewer import load_viewer

PEOPLE = [("anna", "patient"), ("ben", "patient"), ("dora", "doctor"), ("emil", "doctor"), ("ruth", "admin")]
people = st.sampled_from([name for name, _role in PEOPLE])
texts = st.one_of(
    st.sampled_from(["Hello", " ", "\r\nTwo\r\nlines\r\n", "👩🏽‍⚕️"]),
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp", "Zs"]), min_size=1, max_size=40),
)


class Messages(RuleBasedStateMachine):
    """One clinic; everything is rolled back at the end."""

    talks = Bundle("talks")
    sent = Bundle("sent")

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.model = Clinic([Person(name, role) for name, role in PEOPLE])
        self.users = {user.username: user for user in User.objects.all()}
        self.ids: dict[int, Any] = {}
        self.keys = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    def person(self, name: str) -> Person:
        return next(each for each in self.model.people if each.name == name)

    def key(self) -> str:
        self.keys += 1
        return f"key-{self.keys}"

    def attempt(self, expected: type[MessagesError] | None, act: Callable[[], Any]) -> Any:
        """Do it: it raises what the model says, or nothing."""
        try:
            result = act()
        except MessagesError as refusal:
            assert type(refusal) is expected, f"{refusal!r} instead of {expected}"
            return None
        assert expected is None, f"accepted instead of {expected}"
        return result

    @rule(target=talks, sender=people, recipient=people, text=texts)
    def start(self, sender: str, recipient: str, text: str) -> Any:
        a, b = self.person(sender), self.person(recipient)
        expected = self.model.may_start(a, b, text)
        user, other = self.users[sender], self.users[recipient]
        made = self.attempt(
            expected,
            lambda: actions.start_conversation(
                sender=user, recipient=str(other.pk), body=text, key=self.key()
            ),
        )
        if made is None:
            return multiple()
        talk = Talk((a, b))
        self.model.say(talk, a, text)
        self.model.talks.append(talk)
        self.ids[id(talk)] = made.pk
        return talk

    @rule(target=sent, talk=talks, sender=people, text=texts, seen=st.one_of(st.none(), st.integers(1, 9)))
    def reply(self, talk: Talk, sender: str, text: str, seen: int | None) -> Any:
        me, user = self.person(sender), self.users[sender]
        expected = self.model.may_reply(talk, me, text)
        seen = min(seen, len(talk.said)) if seen else None
        call = {"conversation": self.ids[id(talk)], "sender": user, "body": text, "key": self.key()}
        message = self.attempt(
            expected, lambda: actions.send_message(**call, seen=seen and self.numbers(talk)[seen - 1])
        )
        if message is None:
            return multiple()
        self.model.say(talk, me, text, seen)
        return call, message.pk

    @rule(what=sent)
    def repeat(self, what: Any) -> None:
        """A client that did not hear the answer: nothing is sent, and the answer is the first one."""
        call, number = what
        expected = self.model.may_use(self.person(self.name_of(call["sender"])))
        again = self.attempt(expected, lambda: actions.send_message(**call))
        assert again is None or again.pk == number

    @rule(talk=talks, reader=people, count=st.integers(1, 9))
    def read(self, talk: Talk, reader: str, count: int) -> None:
        me, count = self.person(reader), min(count, len(talk.said))
        expected = self.model.may_read(talk, me)
        call = {"conversation": self.ids[id(talk)], "reader": self.users[reader]}
        unread = self.attempt(
            expected, lambda: actions.mark_read(**call, up_to=self.numbers(talk)[count - 1])
        )
        if expected is None:
            self.model.mark(talk, me, count)
            assert unread == self.unread_talks(me)

    @rule(talk=talks, actor=people)
    def close(self, talk: Talk, actor: str) -> None:
        expected = self.model.may_remove(talk, self.person(actor))
        call = {"conversation": self.ids[id(talk)], "actor": self.users[actor]}
        self.attempt(expected, lambda: actions.no_answer_needed(**call))
        if expected is None:
            talk.was_closed, talk.waits = talk.waits or talk.was_closed, False

    @rule(talk=talks, actor=people)
    def reopen(self, talk: Talk, actor: str) -> None:
        expected = self.model.may_remove(talk, self.person(actor))
        if expected is None and not talk.was_closed:
            expected = AnsweredMeanwhile
        call = {"conversation": self.ids[id(talk)], "actor": self.users[actor]}
        self.attempt(expected, lambda: actions.undo_no_answer_needed(**call))
        if expected is None:
            talk.waits = True

    @rule(is_on=st.sampled_from([True, True, False]))
    def switch(self, is_on: bool) -> None:
        switch_messages(is_on)
        self.model.is_on = is_on

    @rule(name=people)
    def leave(self, name: str) -> None:
        self.users[name].groups.clear()
        self.person(name).is_member = False

    @rule(name=people)
    def come_back(self, name: str) -> None:
        person = self.person(name)
        if not person.is_deleted:
            self.users[name].groups.set([Group.objects.get(name=app_settings.GROUPS[person.role])])
            person.is_member = True

    @rule(name=people, sure=st.integers(0, 3))
    def delete_user(self, name: str, sure: int) -> None:
        """The account is gone; who still holds its object, such as a running request, may do nothing."""
        if sure == 0 and not self.person(name).is_deleted:
            User.objects.filter(pk=self.users[name].pk).delete()
            self.person(name).is_deleted = True

    @invariant()
    def every_number_is_true(self) -> None:
        assert actions.verify_counters() == []

    @invariant()
    def everybody_sees_their_own(self) -> None:
        for person in self.model.people:
            if self.model.may_use(person) is None:
                self.compare(person, load_viewer(self.users[person.name]))

    def compare(self, person: Person, viewer: Any) -> None:
        mine = self.model.inbox(person)
        assert viewer.unread_conversations == self.unread_talks(person)
        rows = selectors.inbox(viewer, selectors.InboxQuery(limit=100)).items
        assert [row.id for row in rows] == [self.ids[id(talk)] for talk in mine]
        for row, talk in zip(rows, mine, strict=True):
            assert row.unread_count == talk.unread(person)
            assert row.can_reply == (self.model.may_reply(talk, person, "text") is None)
            assert (row.waiting_since is not None) == talk.waits
            shown = selectors.conversation_messages(viewer, row, limit=1000).items
            assert [item.body for item in shown] == [stored(text) for _sender, text in talk.said]
            assert [item.sender.is_me for item in shown] == [who is person for who, _text in talk.said]

    def unread_talks(self, person: Person) -> int:
        return sum(talk.unread(person) > 0 for talk in self.model.inbox(person))

    def numbers(self, talk: Talk) -> list[int]:
        rows = Message.objects.filter(conversation=self.ids[id(talk)]).order_by("pk")
        return list(rows.values_list("pk", flat=True))

    def name_of(self, user: Any) -> str:
        return next(name for name, each in self.users.items() if each.pk == user.pk)


def stored(text: str) -> str:
    """As the rules of a text have it: line ends are one character."""
    return text.replace("\r\n", "\n")


@pytest.fixture
def unlimited(settings: Any) -> None:
    settings.VCLINIC_MESSAGES = {**settings.VCLINIC_MESSAGES, "SENDS_PER_MINUTE": 100_000}


def test_any_order_of_actions_does_what_the_model_does(clinic, unlimited):
    for name, role in PEOPLE:
        create_member(role, username=name)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    run_state_machine_as_test(
        Messages,
        settings=settings(
            max_examples=30,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
