"""Quick replies: who may change them, and who may insert which."""

from __future__ import annotations

from io import StringIO

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django_tenants.utils import schema_context

from tests.actions.snapshot import last_audit
from vclinic_messages import actions, selectors
from vclinic_messages.errors import InvalidInput, NotForThisRole
from vclinic_messages.models import AuditEvent, QuickReply
from vclinic_messages.testing import create_team
from vclinic_messages.viewer import load_viewer


def add(title, **fields):
    return actions.change_quick_reply(title=title, body=f"Text of {title}", **fields)


def titles(user, search=""):
    return [each.title for each in selectors.quick_replies(load_viewer(user), search)]


def add_own(user, title, body="Mine"):
    return actions.change_own_quick_reply(viewer=load_viewer(user), title=title, body=body)


def codes(refusal):
    return {name: [each.code for each in problems] for name, problems in refusal.value.errors.items()}


def test_everybody_finds_theirs_by_name(clinic, doctor, doctor2, admin):
    team = create_team("Front desk", admin)
    add("For all")
    add("For doctors", role="doctor")
    add("For the front desk", team=team)
    add_own(doctor, "A note of my own")
    assert titles(doctor) == ["A note of my own", "For all", "For doctors"]
    assert titles(doctor2) == ["For all", "For doctors"]
    assert titles(admin) == ["For all", "For the front desk"]


def test_whoever_leaves_the_team_loses_its_replies(clinic, doctor, admin):
    team = create_team("Front desk", admin, doctor)
    add("For the front desk", team=team)
    actions.change_team(team=team, members=[admin])
    assert titles(doctor) == []


def test_a_search_finds_names_and_texts_as_everywhere_else(clinic, admin):
    actions.change_quick_reply(title="Wheelchair", body="The ramp is at the café.")
    add("Parking")
    assert titles(admin, "CAFE ram") == ["Wheelchair"]
    assert titles(admin, "amp") == []
    assert titles(admin, "!") == []


def test_patients_have_none(clinic, patient):
    add("For all")
    with pytest.raises(NotForThisRole):
        titles(patient)
    with pytest.raises(NotForThisRole):
        add_own(patient, "Mine")


def test_a_clinic_admin_needs_the_permission(clinic, admin):
    reply = add("For all")
    for change in (
        lambda: add("Another", actor=admin),
        lambda: actions.delete_quick_reply(actor=admin, reply=reply),
    ):
        with pytest.raises(PermissionDenied):
            change()
    admin.user_permissions.add(Permission.objects.get(codename="change_quickreply"))
    admin = type(admin).objects.get(pk=admin.pk)
    assert add("Another", actor=admin).changed_by_name == "Ruth Adeyemi"


def test_changes_are_in_the_audit_trail_without_the_text(clinic, admin):
    reply = actions.change_quick_reply(title="Parking", body="Secret garden")
    actions.change_quick_reply(reply=reply, title="Parking", body="Secret court")
    actions.delete_quick_reply(reply=reply)
    events = AuditEvent.objects.filter(action__startswith="quick_reply").order_by("pk")
    assert [each.action for each in events] == [
        "quick_reply_added",
        "quick_reply_changed",
        "quick_reply_deleted",
    ]
    assert "Secret" not in str([each.details for each in events])
    assert last_audit().details["name"] == "Parking"
    assert QuickReply.objects.count() == 0


@pytest.mark.parametrize(
    ("title", "body", "expected"),
    [
        ("", "Text", {"title": ["blank"]}),
        ("x" * 101, "Text", {"title": ["max_length"]}),
        ("Name", " ", {"body": ["blank"]}),
        ("\0", "x" * 5001, {"title": ["blank"], "body": ["max_length"]}),
    ],
)
def test_what_is_not_valid_is_refused(clinic, title, body, expected):
    with pytest.raises(InvalidInput) as refusal:
        actions.change_quick_reply(title=title, body=body)
    assert codes(refusal) == expected


@pytest.mark.parametrize("fields", [{"role": "patient"}, {"role": "nobody"}, {"language": "../etc"}])
def test_an_audience_or_a_language_that_is_none_is_refused(clinic, fields):
    with pytest.raises(InvalidInput):
        add("Name", **fields)


def test_nobody_changes_what_is_somebody_elses(clinic, doctor, doctor2):
    mine = add_own(doctor, "Mine")
    with pytest.raises(NotForThisRole):
        actions.change_own_quick_reply(viewer=load_viewer(doctor2), reply=mine, title="Yours", body="Yours")
    with pytest.raises(NotForThisRole):
        actions.delete_own_quick_reply(viewer=load_viewer(doctor2), reply=mine)
    shared = add("For all")
    with pytest.raises(NotForThisRole):
        actions.change_own_quick_reply(viewer=load_viewer(doctor), reply=shared, title="Mine", body="Mine")
    assert titles(doctor) == ["For all", "Mine"]


def test_a_change_of_what_was_deleted_meanwhile_is_refused(clinic):
    reply = add("For all")
    QuickReply.objects.all().delete()
    with pytest.raises(InvalidInput):
        actions.change_quick_reply(reply=reply, title="Again", body="Again")
    assert QuickReply.objects.count() == 0


def test_there_is_an_end_to_ones_own(clinic, doctor, monkeypatch):
    monkeypatch.setattr("vclinic_messages.actions.quick_replies.MOST_OWN", 2)
    add_own(doctor, "One")
    add_own(doctor, "Two")
    with pytest.raises(InvalidInput):
        add_own(doctor, "Three")


def test_there_is_an_end_to_the_clinics(clinic, doctor, monkeypatch):
    monkeypatch.setattr("vclinic_messages.actions.quick_replies.MOST_OF_CLINIC", 2)
    add_own(doctor, "Mine")
    add("One")
    two = add("Two")
    with pytest.raises(InvalidInput) as refused:
        add("Three")
    assert refused.value.errors["title"][0].code == "max_length"
    actions.change_quick_reply(reply=two, title="Two", body="Changed")


def test_ones_own_go_with_the_account(clinic, doctor):
    add_own(doctor, "Mine")
    doctor.delete()
    assert QuickReply.objects.count() == 0


def test_another_clinic_has_none_of_them(clinic, doctor, other_clinic):
    add("For all")
    with schema_context("birch"):
        assert QuickReply.objects.count() == 0


def test_what_searches_read_can_be_rebuilt(clinic, doctor):
    """Also after a new version of the folding."""
    add("Parking")
    QuickReply.objects.update(folded="old")
    with pytest.raises(CommandError, match="messages_refold"):
        call_command("messages_verify", schema="alder", stdout=StringIO())
    assert actions.refold() == 1
    assert titles(doctor, "park") == ["Parking"]
    call_command("messages_verify", schema="alder", stdout=StringIO())


def test_somebodys_own_is_not_changed_as_one_of_the_clinic(clinic, doctor):
    own = add_own(doctor, "A note of my own")
    with pytest.raises(NotForThisRole):
        actions.change_quick_reply(reply=own, title="For all", body="Taken")
    with pytest.raises(NotForThisRole):
        actions.delete_quick_reply(reply=own)
    assert titles(doctor) == ["A note of my own"]
    assert not AuditEvent.objects.filter(action__startswith="quick_reply").exists()
