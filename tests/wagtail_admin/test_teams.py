"""Teams in the Wagtail admin: who may change them, and what the forms do."""

import pytest
from django.contrib.auth.models import Group, Permission

from example_project.people.groups import ADMINISTRATORS
from tests.pages.visitor import page
from vclinic_messages.models import AuditEvent, Team, TeamMember
from vclinic_messages.testing import create_conversation, create_team

LIST = "/cms/messages/teams/"
NEW = f"{LIST}new/"


@pytest.fixture
def team(admin, doctor2):
    return create_team("Front desk", admin, doctor2, description="Appointments, forms")


def form(*members, **values):
    data = {"name": "Front desk", "description": "", "is_open_to_patients": "on", **values}
    data |= {f"members-{index}-person": str(member.pk) for index, member in enumerate(members)}
    return {**data, "members-TOTAL_FORMS": str(len(members) + 1), "members-INITIAL_FORMS": "0"}


def members(team):
    return {each.mailbox.user_id for each in TeamMember.objects.filter(team=team).select_related("mailbox")}


def text(response):
    return " ".join(page(response).select_one("main").get_text().split())


def test_the_list_says_who_belongs_and_what_waits(visit, clinic_admin, team, patient):
    create_conversation(patient, team, "Can I come on Monday?")
    create_team("Nobody works here")
    shown = text(visit(clinic_admin).get(LIST))
    assert "Front desk Appointments, forms Henrik Solberg, Ruth Adeyemi 1" in shown
    assert "Patients can write" in shown
    assert "Not shown to patients" in shown
    assert "Monday" not in shown


def test_a_team_is_made(visit, clinic_admin, admin, doctor):
    response = visit(clinic_admin).post(NEW, form(admin, doctor, description="Forms"))
    assert response.status_code == 302
    team = Team.objects.get()
    assert (team.name, team.description, members(team)) == ("Front desk", "Forms", {admin.pk, doctor.pk})
    made = AuditEvent.objects.filter(action="team_created").get()
    assert made.actor_id == clinic_admin.pk


def test_a_team_is_changed(visit, clinic_admin, team, admin, doctor):
    address = f"{LIST}{team.pk}/"
    offered = page(visit(clinic_admin).get(address)).select("#id_members-0-person option")
    assert {each["value"] for each in offered} >= {"", str(admin.pk), str(doctor.pk)}
    data = form(admin, doctor, admin, name="Reception")
    del data["is_open_to_patients"]
    visit(clinic_admin).post(address, data)
    team.refresh_from_db()
    assert (team.name, team.is_open_to_patients, members(team)) == (
        "Reception",
        False,
        {admin.pk, doctor.pk},
    )


def test_errors_are_shown_and_nothing_is_saved(visit, clinic_admin, admin):
    response = visit(clinic_admin).post(NEW, form(admin, name=" "))
    assert "Enter a name." in text(response)
    assert not Team.objects.exists()


def test_somebody_who_is_not_staff_is_not_offered(visit, clinic_admin, patient):
    response = visit(clinic_admin).post(NEW, form(patient))
    assert response.status_code == 200
    assert not Team.objects.exists()


def test_a_team_is_closed(visit, clinic_admin, team):
    visit(clinic_admin).post(f"{LIST}{team.pk}/", {"close": "1"})
    team.refresh_from_db()
    assert team.closed_at is not None
    assert "This team is closed." in text(visit(clinic_admin).get(f"{LIST}{team.pk}/"))


def test_a_team_that_does_not_exist_is_not_found(visit, clinic_admin):
    assert visit(clinic_admin).get(f"{LIST}00000000-0000-4000-8000-000000000000/").status_code == 404


def test_a_clinic_admin_without_the_permission_changes_nothing(visit, clinic_admin, team, admin):
    permission = Permission.objects.get(codename="change_team")
    Group.objects.get(name=ADMINISTRATORS).permissions.remove(permission)
    visitor = visit(clinic_admin)
    for path in (LIST, NEW, f"{LIST}{team.pk}/"):
        assert visitor.get(path).status_code == 302
        assert visitor.post(path, form(admin, name="Mine")).status_code == 302
    assert Team.objects.get().name == "Front desk"
    assert "vclinic-messages-teams" not in visitor.get("/cms/").content.decode()


def test_the_menu_leads_there(visit, clinic_admin):
    assert LIST in visit(clinic_admin).get("/cms/").content.decode()
