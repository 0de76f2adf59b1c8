"""Fill the clinic at hand with its invented people, pages and conversations. Once."""

from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User
from django.utils import timezone
from wagtail.models import Page, Site

from example_project.people.groups import ADMINISTRATORS, ROLES, ensure_groups
from example_project.people.models import Profile
from example_project.portal.models import ContentPage, HomePage, TeamPage
from vclinic_messages.actions import change_settings
from vclinic_messages.directory import Person, get_directory
from vclinic_messages.models import AuditEvent, Role

from .clinics import ClinicData
from .ledger import Ledger, Seat, Thread
from .letters import Exchange
from .people import ACCOUNTS, PASSWORD, PersonData
from .store import policies_suspended, reserve_message_ids, save_messages, save_threads


def fill_clinic(data: ClinicData) -> bool:
    """Call it in the clinic's schema and in a transaction. False: it was filled before, nothing is done."""
    ensure_groups()
    if User.objects.filter(username=ACCOUNTS[0]).exists():
        return False
    users = add_people(data.people)
    add_pages(data)
    change_settings(
        enabled=data.messages_on,
        phone=data.phone,
        emergency_notice="In an emergency call 911.",
        response_time="Usually answered within 2 working days.",
        read_receipts=True,
    )
    if data.letters:
        add_conversations(data.letters, users, timezone.now())
    return True


def add_people(people: tuple[PersonData, ...]) -> dict[str, User]:
    """The accounts share one hash: hashing is slow on purpose, and here it protects nothing."""
    password = make_password(PASSWORD)
    groups = {role: Group.objects.get(name=name) for role, name in ROLES.items()}
    users = {}
    for position, person in enumerate(people):
        user = User(username=person.username, first_name=person.first, last_name=person.last)
        user.password = password if person.username in ACCOUNTS else make_password(None)
        user.save()
        user.groups.add(groups[person.role])
        on_team = None if person.role == "patient" else position + 1
        Profile.objects.create(
            user=user, title=person.title, description=person.description, team_position=on_team
        )
        users[person.username] = user
    users["admin"].groups.add(Group.objects.get(name=ADMINISTRATORS))
    return users


def add_pages(data: ClinicData) -> None:
    """The clinic's pages in place of the one that Wagtail brings along."""
    root = Page.get_first_root_node()
    welcome = list(root.get_children())
    home = HomePage(
        title="Home",
        slug="portal",
        news_title=data.news_title,
        news=data.news + '<p><a href="/building/">See the map of the building</a></p>',
        opening_hours=[("line", {"days": days, "hours": hours}) for days, hours in data.opening_hours],
    )
    root.add_child(instance=home)
    home.add_child(
        instance=TeamPage(
            title="Our team", slug="team", introduction=f"The people of {data.name}.", show_in_menus=True
        )
    )
    home.add_child(instance=ContentPage(title="The building", slug="building", body=data.about))
    Site.objects.update(root_page=home, is_default_site=True, site_name=data.name)
    for page in welcome:
        page.delete()


def note_address(data: ClinicData, port: int) -> None:
    """The Site has the clinic's own host name: Wagtail's previews and links go there."""
    Site.objects.exclude(hostname=data.domain, port=port).update(hostname=data.domain, port=port)


def add_conversations(exchanges: tuple[Exchange, ...], users: dict[str, User], now: datetime) -> None:
    """Write them into the past, in the order of their times, and then let the people read."""
    described = get_directory().describe([user.pk for user in users.values()])
    by_id = {person.id: person for person in described}
    people = {name: by_id[str(user.pk)] for name, user in users.items()}
    history = [
        (letter.sent_at(now), number, letter)
        for number, exchange in enumerate(exchanges)
        for letter in exchange.letters
    ]
    threads = [_open(exchange, people, now) for exchange in exchanges]
    first_id = reserve_message_ids(len(history))
    ledger = Ledger(first_id)
    messages = [
        ledger.send(threads[number], int(people[letter.sender].id), letter.text, at)
        for at, number, letter in sorted(history, key=lambda item: item[0])
    ]
    for exchange, thread in zip(exchanges, threads, strict=True):
        _let_read(ledger, exchange, thread, users, now)
    with policies_suspended():
        save_messages(messages)
        save_threads(ledger, threads, first_id)
    for exchange, thread in zip(exchanges, threads, strict=True):
        if exchange.closed_by:
            _note_closing(thread, people[exchange.closed_by], now)


def _note_closing(thread: Thread, person: Person, now: datetime) -> None:
    AuditEvent.objects.create(
        at=now,
        actor_id=person.id,
        actor_name=person.name,
        action=AuditEvent.Action.NO_ANSWER_NEEDED,
        conversation_id=thread.id,
    )


def _open(exchange: Exchange, people: dict[str, Person], now: datetime) -> Thread:
    first = exchange.letters[0]
    participants = {int(people[name].id): _participant(people[name]) for name in exchange.people}
    return Thread(first.sent_at(now), int(people[first.sender].id), participants)


def _participant(person: Person) -> Seat:
    return Seat(int(person.id), person.name, Role(str(person.role)))


def _let_read(
    ledger: Ledger, exchange: Exchange, thread: Thread, users: dict[str, User], now: datetime
) -> None:
    last = exchange.letters[-1].sent_at(now)
    for name in exchange.people:
        if name not in exchange.unread:
            ledger.read(thread, users[name].pk, last)
    if exchange.closed_by:
        thread.waiting_since = None
