"""Fill the clinic at hand with as many people and messages as asked for: to measure, not to look at."""

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
from vclinic_messages.models import Mailbox, Message, Role

from .ledger import Ledger, MessageRow, Seat, Thread
from .people import PASSWORD
from .store import policies_suspended, reserve_message_ids, save_messages, save_threads

BATCH = 5000
SPAN = timedelta(days=365)
QUIET = timedelta(minutes=2)  # before now: nobody's limit of messages a minute is used up
READ_SHARE = 0.9  # of the participants that have read to the end
STAFF_STARTS = 16  # one conversation in so many; of those with an even count the patient waits for an answer

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
    """Call it in the clinic's schema and in a transaction. Returns how many rows it wrote."""
    chance = random.Random(seed)  # noqa: S311
    ensure_groups()
    patients = _add_people("patient", size.patients)
    doctors = _add_people("doctor", (size.staff + 1) // 2)
    clerks = _add_people("admin", size.staff // 2)
    staff = [*doctors, *clerks]
    heavy = [_heavy_seat(size.heavy_user)] * size.heavy_conversations if size.heavy_user else []
    rest = [chance.choice(staff) for _ in range(size.conversations - len(heavy))]
    partners = [*heavy, *rest]
    chance.shuffle(partners)
    times = _times(size.messages)
    threads = [
        _thread(number, patients[number % len(patients)], partner, times.start)
        for number, partner in enumerate(partners)
    ]
    first_id = reserve_message_ids(size.messages)
    ledger = _ledger(first_id, size.heavy_user)
    with policies_suspended():
        save_messages(_write(ledger, threads, times, chance))
        _let_read(ledger, threads, times.end, chance)
        save_threads(ledger, threads, first_id)
    people = 3 * (len(patients) + len(staff))  # user, group, profile
    return people + 2 * size.messages + 3 * len(threads) + len(ledger.seq)


@dataclass(frozen=True)
class Times:
    start: datetime
    end: datetime
    count: int

    def __getitem__(self, number: int) -> datetime:
        return self.start + (self.end - self.start) * (number / self.count)


def _times(count: int) -> Times:
    """Over the last year, but not before a message that is there already: mailboxes are in order of time."""
    end = timezone.now() - QUIET
    newest = Message.objects.order_by("-id").values_list("sent_at", flat=True).first()
    start = max(newest, end - SPAN) if newest else end - SPAN
    return Times(min(start, end), end, count)


def _add_people(role: str, count: int) -> list[Seat]:
    """People who cannot sign in: user, group and profile of each."""
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
    return [Seat(profile.user.pk, profile.full_name, Role(role)) for profile in profiles]


def _heavy_seat(username: str) -> Seat:
    """Of the person whose mailbox is to be large: a new doctor, where nobody has the name yet."""
    if not User.objects.filter(username=username).exists():
        user = User.objects.create_user(username, password=PASSWORD, first_name="Robin", last_name="Busy")
        user.groups.add(Group.objects.get(name=ROLES["doctor"]))
        Profile.objects.create(user=user, title="Dr")
    user = User.objects.get(username=username)
    (person,) = get_directory().describe([user.pk])
    return Seat(user.pk, person.name, Role(str(person.role)))


def _thread(number: int, patient: Seat, partner: Seat, at: datetime) -> Thread:
    pair = (partner, patient) if number % STAFF_STARTS == 0 else (patient, partner)
    participants = [Seat(each.user, each.name, each.role) for each in pair]
    return Thread(at, pair[0].user, {participant.user: participant for participant in participants})


def _ledger(first_id: int, heavy_user: str) -> Ledger:
    """The new people have no mailbox yet; the one with the large mailbox may have."""
    ledger = Ledger(first_id)
    for mailbox in Mailbox.objects.filter(user__username=heavy_user):
        ledger.seq[mailbox.user_id], ledger.version[mailbox.user_id] = mailbox.seq, mailbox.version
    return ledger


def _write(
    ledger: Ledger, threads: Sequence[Thread], times: Times, chance: random.Random
) -> Iterator[MessageRow]:
    """One message in each conversation in turn, in another order each time; the two write alternately."""
    order = list(range(len(threads)))
    for number in range(times.count):
        if number % len(order) == 0:
            chance.shuffle(order)
        thread = threads[order[number % len(order)]]
        at = times[number]
        if not thread.message_count:
            thread.created_at = at
        sender = list(thread.participants)[thread.message_count % 2]
        body = f"{SENTENCES[number % len(SENTENCES)]} ({number + 1})"
        yield ledger.send(thread, sender, body, at)


def _let_read(ledger: Ledger, threads: Sequence[Thread], at: datetime, chance: random.Random) -> None:
    for thread in threads:
        for user in thread.participants:
            if chance.random() < READ_SHARE:
                ledger.read(thread, user, at)
