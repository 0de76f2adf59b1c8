"""Making, changing and closing teams: who may, who belongs to them, and what is recorded."""

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied

from tests.actions.snapshot import mailbox
from tests.roles import change_roles
from vclinic_messages.actions import change_team, close_team
from vclinic_messages.errors import InvalidInput
from vclinic_messages.models import AuditEvent, Mailbox, Role, Team, TeamMember
from vclinic_messages.viewer import load_viewer


def events():
    teams = AuditEvent.objects.filter(action__startswith="team_").order_by("pk")
    return [(each.action, each.details.get("member")) for each in teams]


def members(team):
    return {each.mailbox.user_id for each in TeamMember.objects.filter(team=team).select_related("mailbox")}


def test_a_team_is_made_with_its_mailbox_and_members(admin, doctor):
    team = change_team(name="  Front\ndesk ", description="Appointments, forms", members=[admin, doctor])
    assert (team.name, team.description, team.is_open_to_patients) == (
        "Front desk",
        "Appointments, forms",
        True,
    )
    assert Mailbox.objects.get(team=team).name == "Front desk"
    assert members(team) == {admin.pk, doctor.pk}
    assert events() == [
        ("team_created", None),
        ("team_joined", "Ruth Adeyemi"),
        ("team_joined", "Amara Okafor"),
    ] or events() == [
        ("team_created", None),
        ("team_joined", "Amara Okafor"),
        ("team_joined", "Ruth Adeyemi"),
    ]


def test_members_are_given_by_key_too(admin):
    assert members(change_team(name="Front desk", members=[str(admin.pk)])) == {admin.pk}


def test_a_change_leaves_what_was_not_named(admin, doctor):
    team = change_team(name="Front desk", description="Forms", members=[admin])
    change_team(team=team, name="Reception")
    changed = Team.objects.get()
    assert (changed.name, changed.description, members(team)) == ("Reception", "Forms", {admin.pk})
    box = Mailbox.objects.get(team=team)
    assert (box.name, box.folded_name.strip()) == ("Reception", "reception")
    event = AuditEvent.objects.get(action="team_changed")
    assert event.details["changes"] == {"name": {"from": "Front desk", "to": "Reception"}}


def test_what_is_the_same_records_nothing(admin):
    team = change_team(name="Front desk", members=[admin])
    before = events()
    change_team(team=team.pk, name="Front desk", description="", is_open_to_patients=True, members=[admin])
    assert events() == before


def test_an_external_key_makes_a_team_once(admin, doctor):
    first = change_team(external_key="reception-1", name="Reception", members=[admin])
    again = change_team(external_key="reception-1", name="Reception", members=[doctor])
    assert first.pk == again.pk
    assert members(first) == {doctor.pk}
    assert Mailbox.objects.filter(team__isnull=False).count() == 1
    assert [action for action, _member in events()] == [
        "team_created",
        "team_joined",
        "team_joined",
        "team_left",
    ]


def test_joining_and_leaving_change_who_reads(admin, doctor):
    team = change_team(name="Front desk", members=[admin])
    assert load_viewer(doctor).mailboxes == ()
    change_team(team=team, members=[doctor])
    assert [each.team for each in load_viewer(doctor).mailboxes] == [None, team.pk]
    assert [each.team for each in load_viewer(admin).mailboxes] == [None]


@pytest.mark.parametrize("who", ["patient", "nobody"])
def test_only_staff_can_be_members(who, request):
    person = request.getfixturevalue(who)
    with pytest.raises(InvalidInput) as refusal:
        change_team(name="Front desk", members=[person])
    assert refusal.value.errors["members"][0].code == "not_staff"
    assert not Team.objects.exists()


def test_somebody_who_is_no_longer_staff_cannot_stay(admin, doctor):
    team = change_team(name="Front desk", members=[admin, doctor])
    change_roles(doctor, Role.PATIENT)
    with pytest.raises(InvalidInput):
        change_team(team=team, members=[admin, doctor])
    change_team(team=team, members=[admin])
    assert members(team) == {admin.pk}


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", " ", "blank"),
        ("name", "n" * 256, "max_length"),
        ("name", "a\x00b", "invalid_characters"),
        ("description", "d" * 201, "max_length"),
    ],
)
def test_texts_are_checked(clinic, field, value, code):
    with pytest.raises(InvalidInput) as refusal:
        change_team(**{"name": "Front desk", field: value})
    assert refusal.value.errors[field][0].code == code


def test_a_team_that_does_not_exist_cannot_be_changed(clinic, admin):
    team = change_team(name="Front desk")
    Mailbox.objects.filter(team=team).delete()
    Team.objects.all().delete()
    with pytest.raises(InvalidInput):
        change_team(team=team.pk, name="Reception")


def test_closing_is_recorded_once_and_keeps_everything(admin):
    team = change_team(name="Front desk", members=[admin])
    close_team(team=team)
    close_team(team=team)
    assert Team.objects.get().closed_at is not None
    assert members(team) == {admin.pk}
    assert [action for action, _member in events()].count("team_closed") == 1
    assert [each.team for each in load_viewer(admin).mailboxes] == [None, team.pk]


def test_a_clinic_admin_needs_the_permission(admin, doctor):
    with pytest.raises(PermissionDenied):
        change_team(actor=admin, name="Front desk")
    admin.user_permissions.add(Permission.objects.get(codename="change_team"))
    allowed = type(admin).objects.get(pk=admin.pk)
    team = change_team(actor=allowed, name="Front desk", members=[doctor])
    with pytest.raises(PermissionDenied):
        close_team(actor=doctor, team=team)
    close_team(actor=allowed, team=team)
    assert {each.actor_name for each in AuditEvent.objects.filter(action="team_closed")} == {"Ruth Adeyemi"}


def test_whoever_joins_or_leaves_gets_a_new_stream(admin, doctor, doctor2, heard):
    team = change_team(name="Front desk", members=[admin, doctor])
    heard.clear()
    change_team(team=team, members=[admin, doctor2])
    assert heard.renewed() == {str(doctor.pk), str(doctor2.pk)}
    assert set(heard.poked()) >= {str(admin.pk), str(doctor.pk), str(doctor2.pk)}


def test_the_mailbox_of_a_member_is_their_own(admin):
    change_team(name="Front desk", members=[admin])
    assert TeamMember.objects.get().mailbox_id == mailbox(admin).pk
