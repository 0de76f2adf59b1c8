"""What Messages should do, in a few lines of Python: the model that the state machine compares with."""

from __future__ import annotations

from dataclasses import dataclass, field

from vclinic_messages import errors

PATIENT, STAFF = "patient", ("doctor", "admin")


@dataclass
class Person:
    name: str
    role: str
    is_member: bool = True
    is_deleted: bool = False

    @property
    def is_here(self) -> bool:
        return self.is_member and not self.is_deleted


@dataclass
class Talk:
    """A conversation: who sits in it, what was said by whom, and up to where each has read."""

    participants: tuple[Person, Person]
    said: list[tuple[Person, str]] = field(default_factory=list)
    read: dict[str, int] = field(default_factory=dict)
    waits: bool = False
    was_closed: bool = False
    at: int = 0

    def other(self, person: Person) -> Person:
        return self.participants[1] if person is self.participants[0] else self.participants[0]

    def unread(self, person: Person) -> int:
        """Messages of the other after the newest one that was marked as read."""
        return sum(sender is not person for sender, _text in self.said[self.read.get(person.name, 0) :])


class Clinic:
    """The whole clinic. Each ``may_…`` gives the error that is to come, or None."""

    def __init__(self, people: list[Person]) -> None:
        self.people = people
        self.talks: list[Talk] = []
        self.is_on = True
        self.clock = 0

    def may_use(self, person: Person) -> type[errors.MessagesError] | None:
        if not self.is_on:
            return errors.MessagesDisabled
        return None if person.is_here else errors.NotAMember

    def may_start(self, sender: Person, recipient: Person, text: str) -> type[errors.MessagesError] | None:
        if refusal := self.may_use(sender):
            return refusal
        both_patients = sender.role == recipient.role == PATIENT
        if sender is recipient or both_patients or not recipient.is_here or not text.strip():
            return errors.InvalidInput
        return None

    def may_reply(self, talk: Talk, sender: Person, text: str) -> type[errors.MessagesError] | None:
        if refusal := self.may_use(sender):
            return refusal
        if sender not in talk.participants:
            return errors.ConversationNotFound
        if not talk.other(sender).is_here:
            return errors.SendingNotAllowed
        return None if text.strip() else errors.InvalidInput

    def may_read(self, talk: Talk, reader: Person) -> type[errors.MessagesError] | None:
        if refusal := self.may_use(reader):
            return refusal
        return None if reader in talk.participants else errors.ConversationNotFound

    def may_remove(self, talk: Talk, actor: Person) -> type[errors.MessagesError] | None:
        if refusal := self.may_read(talk, actor):
            return refusal
        return errors.NotForThisRole if actor.role == PATIENT else None

    def say(self, talk: Talk, sender: Person, text: str, seen: int | None = None) -> None:
        self.clock += 1
        talk.said.append((sender, text))
        talk.waits, talk.was_closed = sender.role == PATIENT, False
        talk.at = self.clock
        if seen is not None:
            self.mark(talk, sender, seen)

    def mark(self, talk: Talk, reader: Person, count: int) -> None:
        """The reader has read so many messages; the mark only moves forward."""
        talk.read[reader.name] = max(count, talk.read.get(reader.name, 0))

    def inbox(self, person: Person) -> list[Talk]:
        mine = [talk for talk in self.talks if person in talk.participants]
        return sorted(mine, key=lambda talk: -talk.at)
