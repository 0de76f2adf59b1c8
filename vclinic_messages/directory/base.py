"""What every directory answers, and how the rest of Messages gets the portal's directory."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeVar

from django.contrib.auth import get_user_model
from django.db.models import Model, QuerySet
from django.utils.module_loading import import_string

from vclinic_messages.conf import app_settings
from vclinic_messages.models import Role
from vclinic_messages.search.people import Keys
from vclinic_messages.tenancy import is_shared
from vclinic_messages.text_directions import without_overrides
from vclinic_messages.user_types import PortalUser, User, UserKey

KeyT = TypeVar("KeyT")


@dataclass(frozen=True, slots=True)
class Person:
    """How a person appears to others. ``id`` is the user's primary key as a string."""

    id: str
    name: str
    role: Role | None
    description: str = ""


class ClinicDirectory(ABC):
    """What a portal tells Messages about its people. Every answer is about the current clinic."""

    @abstractmethod
    def role(self, user: PortalUser) -> Role | None:
        """Return the user's role in this clinic.

        None means no access: the user is inactive or not a member of this clinic.
        """

    @abstractmethod
    def describe(self, users: Iterable[UserKey]) -> list[Person]:
        """Return the persons with these primary keys, in any order. Leave out deleted accounts.

        This is called once for a whole page of people, so do not query once per person. Give the role None to
        a person who is inactive or no longer a member.
        """

    @abstractmethod
    def recipients(self, user: PortalUser, *, role: Role | None = None, search: str = "") -> QuerySet[User]:
        """Return the users with whom this user may start a conversation, by name, then by primary key.

        ``role`` limits them to one role. ``search`` limits them to users for whom every word of the text is a
        prefix of a word in their name or description.

        Order by plain fields of the user, or of a related object of which the user has only one. End the
        order with the primary key: pages of results need an order without ties.
        """

    def staff(self, *, search: str = "") -> QuerySet[User]:
        """Return the clinic's doctors and clinic staff, searched and ordered as in ``recipients``.

        Clinic admins choose the members of teams from them in the Wagtail admin. The default is nobody: then
        teams are made with ``actions.change_team`` only.
        """
        users: type[User] = get_user_model()
        return users._default_manager.none()

    def email(self, user: PortalUser) -> str:
        """Return the address to which reminders are sent; an empty string for none.

        The default is the address of the user's account. Return only what the person has confirmed.
        """
        return str(getattr(user, user.get_email_field_name(), "") or "")

    def language(self, user: PortalUser) -> str:
        """Return the language of reminders, such as "pt-br"; empty for the portal's ``LANGUAGE_CODE``."""
        return ""

    def may_message(self, sender: PortalUser, recipient: PortalUser) -> bool:
        """Return whether the sender may start a conversation with the recipient.

        Replies in a conversation that exists are another question: see ``may_reply``.
        """
        return self.recipients(sender).filter(pk=recipient.pk).exists()

    def may_reply(self, sender: PortalUser, people: Collection[Person]) -> Collection[str]:
        """Return the ids of those people to whom the sender may go on writing in conversations they share.

        To everybody else, both keep reading and neither can write, as to a person who has left the clinic. It
        is asked once for a whole page of conversations, so do not query once per person. The default is
        everybody.
        """
        return [person.id for person in people]

    def found_by(self, search: str) -> Keys:
        """Return the primary keys of users whom the clinic's reports find by these words.

        The reports search the names that Messages has stored in any case. Return the users whose description
        matches, such as the number of a patient. The default is nobody.
        """
        users: type[Model] = get_user_model()
        return users._default_manager.none().values("pk")

    def may_administer(self, user: PortalUser) -> bool:
        """Return whether the user may use their permissions on Messages in this clinic's Wagtail admin.

        The permissions decide what they may see there; this decides where. It needs no role in Messages. The
        default is True if each clinic has its own users. If clinics share their users, the permissions are
        shared as well and say nothing about the clinic, so the default is False: override it.

        It is called several times for one page of the Wagtail admin.
        """
        return not is_shared(get_user_model())


def get_directory() -> ClinicDirectory:
    """Return the portal's directory.

    There is one object per process, and it serves all clinics: it must not store anything about a clinic.
    Raises TypeError if the setting names something else than a ClinicDirectory.
    """
    return _directory(app_settings.DIRECTORY)


def describe_by_key(keys: Iterable[UserKey]) -> dict[UserKey, Person]:
    """Return the persons by user key, without deleted accounts. Ask the directory once.

    Keys that are None are ignored. The others are returned as they were given, although ``Person.id`` is a
    string.
    """
    wanted = {key for key in keys if key is not None}
    described = {person.id: _readable(person) for person in get_directory().describe(wanted)}
    return {key: described[str(key)] for key in wanted if str(key) in described}


def open_to_replies(sender: PortalUser, people: Mapping[KeyT, Person]) -> dict[KeyT, Person]:
    """Return those of these people to whom the sender may go on writing. Ask the directory once."""
    allowed = set(get_directory().may_reply(sender, list(people.values()))) if people else set()
    return {key: person for key, person in people.items() if person.id in allowed}


def _readable(person: Person) -> Person:
    """Return the person without characters that make their name look like another one."""
    name, description = without_overrides(person.name), without_overrides(person.description)
    return replace(person, name=name, description=description)


@lru_cache
def _directory(path: str) -> ClinicDirectory:
    directory = import_string(path)()
    if not isinstance(directory, ClinicDirectory):
        raise TypeError(f"{path} is not a subclass of ClinicDirectory")
    return directory
