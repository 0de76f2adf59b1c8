"""Fill the current clinic with a given number of people and messages, for measurements."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User
from django.utils import timezone

from example_project.people.groups import ROLES, ensure_groups
from example_project.people.models import Profile
from vclinic_messages.directory import get_directory
from vclinic_messages.models import Message, Role

from .people import PASSWORD
from .simulation import ConversationRow, MessageRow, ParticipantRow, Simulation
from .store import (
    open_mailboxes,
    policies_suspended,
    reserve_message_ids,
    save_conversations,
    save_messages,
)

BATCH = 5000
SPAN = timedelta(days=365)
QUIET = timedelta(minutes=2)  # without messages at the end, so that nobody has reached the sending limit
READ_SHARE = 0.9  # the share of participants who have read their conversation to the end
STAFF_STARTS = 16  # staff start one conversation in 16, patients start the others

FIRST_NAMES = ("Ada", "Ben", "Chidi", "Dora", "Emil", "Fatima", "Goran", "Hana", "Ivo", "Jun", "Kofi", "Lena")
LAST_NAMES = ("Abebe", "Brandt", "Castro", "Dahl", "Endo", "Fischer", "Horvat", "Ito", "Jovanović", "Mbeki")
SENTENCES = (
    "Could you tell me whether the form has arrived?",
    "Thank you, that answers my question.",
    "The appointment is moved to the afternoon.",
    "Please bring the letter with you.",
    "I will come by before noon.",
    "The front desk has the envelope ready.",
)


@dataclass(frozen=True)
class Size:
    patients: int
    staff: int
    conversations: int
    messages: int
    heavy_user: str = ""
    heavy_conversations: int = 0


def load(size: Size, seed: int = 1) -> int:
    """Write the rows, and return how many. Call it in the clinic's schema and in a transaction."""
    chance = random.Random(seed)  # noqa: S311
    ensure_groups()
    patients = _add_people("patient", size.patients)
    doctors = _add_people("doctor", (size.staff + 1) // 2)
    clerks = _add_people("admin", size.staff // 2)
    staff = [*doctors, *clerks]
    heavy = [_heavy_participant(size.heavy_user)] * size.heavy_conversations if size.heavy_user else []
    rest = [chance.choice(staff) for _ in range(size.conversations - len(heavy))]
    partners = [*heavy, *rest]
    chance.shuffle(partners)
    times = _times(size.messages)
    conversations = [
        _conversation(number, patients[number % len(patients)], partner, times.start)
        for number, partner in enumerate(partners)
    ]
    first_id = reserve_message_ids(size.messages)
    people = {each.user: each.name for each in (*patients, *staff, *heavy)}
    simulation = Simulation(first_id, open_mailboxes(people))
    with policies_suspended():
        save_messages(_write(simulation, conversations, times, chance))
        _let_read(simulation, conversations, times.end, chance)
        save_conversations(simulation, conversations, first_id)
    accounts = 4 * (len(patients) + len(staff))  # user, group, profile, mailbox
    return accounts + 2 * size.messages + 3 * len(conversations)


@dataclass(frozen=True)
class Times:
    """The times of `count` messages, evenly spread from `start` to `end`."""

    start: datetime
    end: datetime
    count: int

    def __getitem__(self, number: int) -> datetime:
        return self.start + (self.end - self.start) * (number / self.count)


def _times(count: int) -> Times:
    """Return times over the last year, after the newest stored message: mailboxes are ordered by time."""
    end = timezone.now() - QUIET
    newest = Message.objects.order_by("-id").values_list("sent_at", flat=True).first()
    start = max(newest, end - SPAN) if newest else end - SPAN
    return Times(min(start, end), end, count)


def _add_people(role: str, count: int) -> list[ParticipantRow]:
    """Create people who cannot sign in, each with user, group and profile."""
    offset = User.objects.filter(username__startswith=f"load-{role}-").count()
    group = Group.objects.get(name=ROLES[role])
    password = make_password(None)
    numbers = range(offset, offset + count)
    users = [
        User(
            username=f"load-{role}-{number}",
            first_name=FIRST_NAMES[number % len(FIRST_NAMES)],
            last_name=f"{LAST_NAMES[number // len(FIRST_NAMES) % len(LAST_NAMES)]} {number}",
            password=password,
        )
        for number in numbers
    ]
    User.objects.bulk_create(users, batch_size=BATCH)
    memberships = [User.groups.through(user=user, group=group) for user in users]
    User.groups.through.objects.bulk_create(memberships, batch_size=BATCH)
    title = "Dr" if role == "doctor" else ""
    profiles = [
        Profile(user=user, title=title, description=f"no. {number}")
        for user, number in zip(users, numbers, strict=True)
    ]
    Profile.objects.bulk_create(profiles, batch_size=BATCH)
    return [ParticipantRow(profile.user.pk, profile.full_name, Role(role)) for profile in profiles]


def _heavy_participant(username: str) -> ParticipantRow:
    """Return the person whose mailbox shall be large. Create a doctor if nobody has the user name."""
    if not User.objects.filter(username=username).exists():
        user = User.objects.create_user(username, password=PASSWORD, first_name="Robin", last_name="Busy")
        user.groups.add(Group.objects.get(name=ROLES["doctor"]))
        Profile.objects.create(user=user, title="Dr")
    user = User.objects.get(username=username)
    (person,) = get_directory().describe([user.pk])
    return ParticipantRow(user.pk, person.name, Role(str(person.role)))


def _conversation(
    number: int, patient: ParticipantRow, partner: ParticipantRow, at: datetime
) -> ConversationRow:
    pair = (partner, patient) if number % STAFF_STARTS == 0 else (patient, partner)
    participants = {each.user: ParticipantRow(each.user, each.name, each.role) for each in pair}
    return ConversationRow(at, pair[0].user, participants)


def _write(
    simulation: Simulation, conversations: Sequence[ConversationRow], times: Times, chance: random.Random
) -> Iterator[MessageRow]:
    """Send one message in every conversation in random order, and repeat. The two people write by turns."""
    order = list(range(len(conversations)))
    for number in range(times.count):
        if number % len(order) == 0:
            chance.shuffle(order)
        conversation = conversations[order[number % len(order)]]
        at = times[number]
        if not conversation.message_count:
            conversation.created_at = at
        sender = list(conversation.participants)[conversation.message_count % 2]
        body = f"{SENTENCES[number % len(SENTENCES)]} ({number + 1})"
        yield simulation.send(conversation, sender, body, at)


def _let_read(
    simulation: Simulation, conversations: Sequence[ConversationRow], at: datetime, chance: random.Random
) -> None:
    for conversation in conversations:
        for user in conversation.participants:
            if chance.random() < READ_SHARE:
                simulation.read(conversation, user, at)
