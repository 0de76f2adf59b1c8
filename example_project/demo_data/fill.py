"""Fill the current clinic with its invented people, pages and conversations."""

from datetime import date, datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User
from django.utils import timezone
from wagtail.models import Page, Site

from example_project.people.groups import ADMINISTRATORS, ROLES, ensure_groups
from example_project.people.models import Profile
from example_project.portal.models import ContentPage, HomePage, TeamPage
from vclinic_messages.actions import (
    assign,
    change_own_quick_reply,
    change_quick_reply,
    change_settings,
    change_team,
    set_absence,
)
from vclinic_messages.directory import Person, describe_by_key
from vclinic_messages.models import AuditEvent, Mailbox, Role, Team
from vclinic_messages.viewer import load_viewer

from .clinics import ClinicData
from .conversations import DemoConversation
from .people import ACCOUNTS, COLLEAGUES, PASSWORD, AbsenceData, PersonData, TeamData
from .quick_replies import QUICK_REPLIES
from .simulation import ConversationRow, ParticipantRow, Simulation
from .store import (
    open_mailboxes,
    policies_suspended,
    reserve_message_ids,
    save_conversations,
    save_messages,
)

#: What the clinics say in the other languages of the portal.
EMERGENCY_NOTICES = {
    "de": "Rufen Sie im Notfall 911 an.",
    "es": "En caso de emergencia, llame al 911.",
    "fr": "En cas d’urgence, appelez le 911.",
    "pt": "Em caso de emergência, ligue para o 911.",
    "ar": "في حالات الطوارئ يُرجى الاتصال بالرقم 911.",
}
RESPONSE_TIMES = {
    "de": "Wir antworten in der Regel innerhalb von 2 Werktagen.",
    "es": "Solemos responder en un plazo de 2 días laborables.",
    "fr": "Nous répondons en général sous 2 jours ouvrés.",
    "pt": "Costumamos responder no prazo de 2 dias úteis.",
    "ar": "نرد عادةً خلال يومي عمل.",
}


def fill_clinic(data: ClinicData) -> bool:
    """Fill the clinic, and return whether it was still empty. A filled clinic is not changed.

    Call it in the clinic's schema and in a transaction.
    """
    ensure_groups()
    if User.objects.filter(username=ACCOUNTS[0]).exists():
        return False
    users = add_people(data.people)
    add_pages(data)
    change_settings(
        enabled=data.messages_on,
        phone=data.phone,
        emergency_notice="In an emergency call 911.",
        emergency_notice_translations=EMERGENCY_NOTICES,
        response_time="Usually answered within 2 working days.",
        response_time_translations=RESPONSE_TIMES,
        read_receipts=True,
        # So that the demo shows mails soon, and at any hour.
        reminders=data.messages_on,
        reminder_minutes=1,
        quiet_from=0,
        quiet_until=0,
        opening_hours=[
            {"day": day, "from": opens, "to": closes}
            for days, opens, closes in data.weekly_hours
            for day in days
        ],
        closed_days=_holidays(timezone.localdate()),
    )
    teams = add_teams(data.teams, users)
    add_absences(data.absences, users)
    if data.conversations:
        add_conversations(data.conversations, users, teams, timezone.now())
        add_quick_replies(users)
    return True


def add_people(people: tuple[PersonData, ...]) -> dict[str, User]:
    """Create the users, and return them by user name."""
    # All accounts share one hash: hashing is slow on purpose, and here it protects nothing.
    password = make_password(PASSWORD)
    groups = {role: Group.objects.get(name=name) for role, name in ROLES.items()}
    users = {}
    for position, person in enumerate(people):
        user = User(username=person.username, first_name=person.first, last_name=person.last)
        user.email = f"{person.username}@people.example"
        signs_in = person.username in (*ACCOUNTS, *COLLEAGUES.values())
        user.password = password if signs_in else make_password(None)
        user.save()
        user.groups.add(groups[person.role])
        on_team = None if person.role == "patient" else position + 1
        Profile.objects.create(
            user=user, title=person.title, description=person.description, team_position=on_team
        )
        users[person.username] = user
    users["admin"].groups.add(Group.objects.get(name=ADMINISTRATORS))
    return users


def add_teams(teams: tuple[TeamData, ...], users: dict[str, User]) -> dict[str, int]:
    """Make the teams. Returns the ids of their mailboxes by name."""
    made = {
        team.name: change_team(
            name=team.name,
            description=team.description,
            members=[users[member] for member in team.members],
        )
        for team in teams
    }
    return {name: Mailbox.objects.get(team=team).pk for name, team in made.items()}


def add_quick_replies(users: dict[str, User]) -> None:
    """Add the clinic's quick replies, and those that staff keep for themselves."""
    for each in QUICK_REPLIES:
        if each.owner:
            viewer = load_viewer(users[each.owner])
            change_own_quick_reply(viewer=viewer, title=each.title, body=each.body)
        else:
            change_quick_reply(
                actor=users["admin"],
                title=each.title,
                body=each.body,
                role=each.role,
                team=Team.objects.filter(name=each.team).first() if each.team else None,
                language=each.language,
            )


def add_absences(absences: tuple[AbsenceData, ...], users: dict[str, User]) -> None:
    """Let people be away. Clinic admins have set it."""
    today = timezone.localdate()
    teams = {team.name: team for team in Team.objects.all()}
    for each in absences:
        set_absence(
            actor=users["admin"],
            who=users[each.username],
            first_day=today + timedelta(days=each.first_day),
            until=today + timedelta(days=each.until),
            instead=users.get(each.instead) or teams[each.instead],
        )


def _holidays(today: date) -> list[dict[str, str]]:
    """Return the next Christmas and New Year's Day as closed days."""
    year = today.year if today <= date(today.year, 12, 24) else today.year + 1
    return [
        {"first": f"{year}-12-24", "last": f"{year}-12-26", "reason": "Christmas"},
        {"first": f"{year + 1}-01-01", "last": f"{year + 1}-01-01", "reason": "New Year"},
    ]


def add_pages(data: ClinicData) -> None:
    """Add the clinic's pages and remove Wagtail's welcome page."""
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


def set_site_address(data: ClinicData, port: int) -> None:
    """Set the host name of Wagtail's Site to the clinic's: previews and links lead there."""
    Site.objects.exclude(hostname=data.domain, port=port).update(hostname=data.domain, port=port)


def add_conversations(
    conversations: tuple[DemoConversation, ...],
    users: dict[str, User],
    teams: dict[str, int],
    now: datetime,
) -> None:
    """Write the conversations with their times in the past, then let the people read them."""
    by_key = describe_by_key(user.pk for user in users.values())
    people = {name: by_key[user.pk] for name, user in users.items()}
    history = [
        (message.sent_at(now), number, message)
        for number, conversation in enumerate(conversations)
        for message in conversation.messages
    ]
    # The simulation knows people by their keys, and teams by negative ones.
    keys = {name: user.pk for name, user in users.items()} | {name: -box for name, box in teams.items()}
    rows = [_open(conversation, people, keys, now) for conversation in conversations]
    first_id = reserve_message_ids(len(history))
    names = {users[name].pk: person.name for name, person in people.items()}
    mailboxes = open_mailboxes(names) | {-box: box for box in teams.values()}
    simulation = Simulation(first_id, mailboxes)
    messages = []
    for at, number, message in sorted(history, key=lambda item: item[0]):
        conversation = conversations[number]
        for_team = conversation.team and message.sender != conversation.messages[0].sender
        messages.append(
            simulation.send(
                rows[number],
                keys[message.sender],
                message.text,
                at,
                writer=_participant(people[message.sender]),
                team=keys[conversation.team] if for_team else None,
            )
        )
    for conversation, row in zip(conversations, rows, strict=True):
        _let_read(simulation, conversation, row, keys, now)
    with policies_suspended():
        save_messages(messages)
        save_conversations(simulation, rows, first_id)
    for conversation, row in zip(conversations, rows, strict=True):
        if conversation.closed_by:
            _record_closing(row, people[conversation.closed_by], now)
        if conversation.taken_by:
            member = users[conversation.taken_by]
            assign(conversation=row.id, actor=member, to=member)


def _record_closing(row: ConversationRow, person: Person, now: datetime) -> None:
    AuditEvent.objects.create(
        at=now,
        actor_id=person.id,
        actor_name=person.name,
        action=AuditEvent.Action.NO_ANSWER_NEEDED,
        conversation_id=row.id,
    )


def _open(
    conversation: DemoConversation, people: dict[str, Person], keys: dict[str, int], now: datetime
) -> ConversationRow:
    first = conversation.messages[0]
    participants = {
        keys[name]: _participant(people[name])
        if name in people
        else ParticipantRow(keys[name], name, Role.ADMIN)
        for name in conversation.people
    }
    return ConversationRow(first.sent_at(now), int(people[first.sender].id), participants)


def _participant(person: Person) -> ParticipantRow:
    return ParticipantRow(int(person.id), person.name, Role(str(person.role)))


def _let_read(
    simulation: Simulation,
    conversation: DemoConversation,
    row: ConversationRow,
    keys: dict[str, int],
    now: datetime,
) -> None:
    last = conversation.messages[-1].sent_at(now)
    for name in conversation.people:
        if name not in conversation.unread:
            simulation.read(row, keys[name], last)
    if conversation.closed_by:
        for participant in row.participants.values():
            participant.waiting_since = None
