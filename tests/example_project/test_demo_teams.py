"""The teams of the demo and what was written to them."""

from django.contrib.auth import get_user_model
from django.utils import timezone

from example_project.demo_data.clinics import CLINICS
from example_project.demo_data.fill import add_conversations, add_people, add_teams
from example_project.people.groups import ensure_groups
from vclinic_messages import selectors
from vclinic_messages.actions import verify_counters
from vclinic_messages.actions.verifying_teams import team_problems
from vclinic_messages.viewer import load_viewer


def viewer(username):
    return load_viewer(get_user_model().objects.get(username=username))


def test_the_demo_has_teams_with_conversations(clinic):
    ensure_groups()
    data = next(each for each in CLINICS if each.schema == "riverside")
    users = add_people(data.people)
    add_conversations(data.conversations, users, add_teams(data.teams, users), timezone.now())
    assert verify_counters() == []
    patient = viewer("patient")
    assert [team.name for team in selectors.teams(patient)] == [
        "Front desk",
        "Letters and referrals",
        "Medical records",
    ]
    desk = next(each for each in viewer("admin").mailboxes if each.team)
    assert (desk.name, desk.waiting_conversations, desk.unread_conversations) == ("Front desk", 4, 2)
    rows = selectors.inbox(viewer("bielski"), selectors.InboxQuery(mailbox=desk.id)).items
    assert len(rows) == 7
    assert {row.assigned_to.name for row in rows if row.assigned_to} == {"Tomasz Bielski"}
    assert len(rows[0].team.members) == 3
    letter = next(row for row in selectors.inbox(patient).items if row.team)
    assert team_problems() == []
    summary = selectors.conversation(patient, letter.id)
    answer = selectors.conversation_messages(patient, summary).items[-1]
    assert (answer.sender.name, answer.for_team.name) == ("Dr Amara Okafor", "Letters and referrals")


def test_hillside_has_a_team_too(clinic):
    ensure_groups()
    data = next(each for each in CLINICS if each.schema == "hillside")
    users = add_people(data.people)
    add_conversations(data.conversations, users, add_teams(data.teams, users), timezone.now())
    assert (verify_counters(), team_problems()) == ([], [])
    reception = next(each for each in viewer("admin").mailboxes if each.team)
    assert (reception.name, reception.waiting_conversations) == ("Reception", 2)
