"""Teams in the Wagtail admin: who may change them, and what the forms do."""

import pytest
from django.contrib.auth.models import Group, Permission

from example_project.people.groups import ADMINISTRATORS
from tests.pages.visitor import page
from vclinic_messages.models import AuditEvent, Role, Team, TeamMember
from vclinic_messages.selectors.team_rows import MOST_OFFERED
from vclinic_messages.testing import create_conversation, create_member, create_team

LIST = "/cms/messages/teams/"
NEW = f"{LIST}new/"


@pytest.fixture
def team(admin, doctor2):
    return create_team("Front desk", admin, doctor2, description="Appointments, forms")


def form(*members, **values):
    keys = [str(member.pk) for member in members]
    return {"name": "Front desk", "description": "", "is_open_to_patients": "on", "members": keys, **values}


def offered(response):
    """The people who are offered as members, and whether each is chosen."""
    boxes = page(response).select("input[name=members]")
    return {int(each["value"]): each.has_attr("checked") for each in boxes}


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
    shown = offered(visit(clinic_admin).get(address))
    assert (shown[admin.pk], shown[doctor.pk]) == (True, False)
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


@pytest.fixture
def many(clinic):
    """More staff than are offered at a time."""
    return [
        create_member(Role.ADMIN, first_name=f"No. {each}", last_name="Frost") for each in range(MOST_OFFERED)
    ]


def test_staff_are_found_by_name_and_nothing_that_was_entered_is_lost(
    visit, clinic_admin, many, admin, doctor, patient
):
    visitor = visit(clinic_admin)
    first = visitor.get(NEW)
    assert len(offered(first)) == MOST_OFFERED
    assert "More people match than are shown." in text(first)
    data = form(many[3], name="Reception", find="1", q="ruth")
    del data["is_open_to_patients"]
    found = visitor.post(NEW, data)
    assert offered(found) == {many[3].pk: True, admin.pk: False}
    assert page(found).select_one("[name=name]")["value"] == "Reception"
    assert not page(found).select_one("[name=is_open_to_patients]").has_attr("checked")
    assert not Team.objects.exists()
    assert patient.pk not in offered(visitor.post(NEW, form(find="1", q="maya")))
    visitor.post(NEW, form(many[3], admin, name="Reception"))
    assert members(Team.objects.get()) == {many[3].pk, admin.pk}


def test_all_members_are_shown_however_many_they_are(visit, clinic_admin, many, admin, doctor):
    team = create_team("Front desk", *many, admin)
    shown = offered(visit(clinic_admin).get(f"{LIST}{team.pk}/"))
    assert {key for key, is_chosen in shown.items() if is_chosen} == {admin.pk, *(each.pk for each in many)}


def test_the_form_needs_no_script(visit, clinic_admin, team):
    main = page(visit(clinic_admin).get(f"{LIST}{team.pk}/")).select_one("main")
    assert main.select("form script, form [data-controller], form template") == []


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
