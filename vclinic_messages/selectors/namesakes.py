"""Tell people of the same name apart, in the reports and documents of a clinic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext, pgettext

from vclinic_messages.directory import Person, describe_by_key
from vclinic_messages.models import Mailbox, Participant, Role
from vclinic_messages.user_types import UserKey


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A person by the name that they had, and by what tells them apart from others of this name.

    ``changed_name`` is their present name if it is another one.
    """

    name: str
    known_as: str
    role: Role | None = None
    changed_name: str = ""

    def __str__(self) -> str:
        details = "; ".join(part for part in (self.present_name, self.known_as) if part)
        return f"{self.name} ({details})" if details else self.name

    @property
    def present_name(self) -> str:
        """Return "now" and the present name, if it is another one; otherwise an empty string."""
        return gettext("now %(name)s") % {"name": self.changed_name} if self.changed_name else ""


def known_as(mailboxes: Iterable[Mailbox]) -> dict[int, str]:
    """Return, by mailbox, the label that tells its person apart. One statement, and one directory call.

    The label is what the directory shows next to the name, such as the number of a patient. If it shows
    nothing, or the same for another person of this name, the label is the key of the account. A deleted
    account has no key, so its label is the number of the mailbox.
    """
    owners = {each.pk: each for each in mailboxes}
    namesakes = Mailbox.objects.filter(name__in={each.name for each in owners.values()})
    everybody = {each.pk: each for each in namesakes} | owners
    people = describe_by_key(each.user_id for each in everybody.values())
    shown = {key: _shown(each, people) for key, each in everybody.items()}
    counts = Counter((each.name, shown[key]) for key, each in everybody.items())
    labels = {}
    for key, each in owners.items():
        is_ambiguous = not shown[key] or counts[each.name, shown[key]] > 1
        labels[key] = ", ".join(filter(None, [shown[key], _own_key(each) if is_ambiguous else ""]))
    return labels


def account_label(key: UserKey) -> str:
    """Return the label of an account, by its key: "account 17"."""
    return gettext("account %(key)s") % {"key": key}


def people_in(conversations: Iterable[UUID | None]) -> dict[UUID, list[KnownPerson]]:
    """Return the people of each of these conversations, by name. One statement, and the directory's."""
    found = Participant.objects.filter(conversation__in={each for each in conversations if each is not None})
    participants = list(found.select_related("mailbox").order_by("name", "pk"))
    labels = known_as(each.mailbox for each in participants)
    people: dict[UUID, list[KnownPerson]] = {}
    for each in participants:
        person = KnownPerson(each.name, labels[each.mailbox_id], Role(each.role), each.changed_name)
        people.setdefault(each.conversation_id, []).append(person)
    return people


def _shown(mailbox: Mailbox, people: Mapping[UserKey, Person]) -> str:
    if mailbox.team_id is not None:
        return pgettext("vclinic_messages", "team")
    return people[mailbox.user_id].description if mailbox.user_id in people else ""


def _own_key(mailbox: Mailbox) -> str:
    if mailbox.team_id is not None:
        return ""
    if mailbox.user_id is not None:
        return account_label(mailbox.user_id)
    return gettext("deleted account, mailbox %(number)s") % {"number": mailbox.pk}
