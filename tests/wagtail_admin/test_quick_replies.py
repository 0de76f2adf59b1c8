"""Quick replies in the Wagtail admin: who may change them, and what the forms do."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission

from example_project.people.groups import ADMINISTRATORS
from tests.pages.visitor import page
from vclinic_messages import actions
from vclinic_messages.models import AuditEvent, QuickReply
from vclinic_messages.testing import create_team
from vclinic_messages.viewer import load_viewer

LIST = "/cms/messages/quick-replies/"
NEW = f"{LIST}new/"


def form(**values):
    return {"title": "Parking", "body": "Two hours are free.", "audience": "", "language": "", **values}


def text(response):
    return " ".join(page(response).select_one("main").get_text().split())


def test_one_is_added_changed_and_deleted(visit, clinic_admin, admin):
    visitor = visit(clinic_admin)
    team = create_team("Front desk", admin)
    assert visitor.post(NEW, form(audience=str(team.pk), language="de")).status_code == 302
    reply = QuickReply.objects.get()
    assert (reply.title, reply.team, reply.role, reply.language) == ("Parking", team, "", "de")
    assert "Parking Two hours are free. Front desk · Deutsch" in text(visitor.get(LIST))
    address = f"{LIST}{reply.pk}/"
    shown = page(visitor.get(address))
    assert shown.select_one("[name=audience] option[selected]")["value"] == str(team.pk)
    visitor.post(address, form(audience="doctor", body="Changed"))
    reply.refresh_from_db()
    assert (reply.team, reply.role, reply.body) == (None, "doctor", "Changed")
    visitor.post(address, {"delete": "1"})
    assert not QuickReply.objects.exists()
    assert AuditEvent.objects.filter(action="quick_reply_deleted", actor=clinic_admin.pk).count() == 1


def test_what_is_not_valid_is_told(visit, clinic_admin):
    response = visit(clinic_admin).post(NEW, form(title="", body="x" * 5001))
    assert "Give it a name." in text(response)
    assert "too long" in text(response)
    assert not QuickReply.objects.exists()


def test_what_staff_keep_for_themselves_is_not_here(visit, clinic_admin, doctor):
    mine = actions.change_own_quick_reply(viewer=load_viewer(doctor), title="Private", body="Private")
    visitor = visit(clinic_admin)
    assert "Private" not in text(visitor.get(LIST))
    assert visitor.get(f"{LIST}{mine.pk}/").status_code == 404
    assert visitor.post(f"{LIST}{mine.pk}/", {"delete": "1"}).status_code == 404
    assert QuickReply.objects.count() == 1


def test_a_team_that_was_closed_stays_until_another_audience_is_chosen(visit, clinic_admin, admin):
    team = create_team("Front desk", admin)
    reply = actions.change_quick_reply(title="Parking", body="Free", team=team)
    actions.close_team(team=team)
    address = f"{LIST}{reply.pk}/"
    assert visit(clinic_admin).post(address, form(audience=str(team.pk))).status_code == 302
    reply.refresh_from_db()
    assert reply.team == team


@pytest.mark.parametrize("path", [LIST, NEW])
def test_it_needs_the_permission(visit, clinic_admin, path):
    group = Group.objects.get(name=ADMINISTRATORS)
    group.permissions.remove(Permission.objects.get(codename="change_quickreply"))
    visitor = visit(clinic_admin)
    assert visitor.get(path).status_code == 302
    assert visitor.post(NEW, form()).status_code == 302
    assert not QuickReply.objects.exists()
    assert LIST not in visitor.get("/cms/").content.decode()


def test_the_menu_leads_to_it(visit, clinic_admin):
    assert LIST in visit(clinic_admin).get("/cms/").content.decode()


def test_the_audit_trail_names_it(visit, clinic_admin):
    visit(clinic_admin).post(NEW, form())
    shown = text(visit(clinic_admin).get("/cms/messages/audit/"))
    assert "added a quick reply" in shown
    assert "Parking" in shown
    assert "Two hours" not in shown


def test_the_list_names_a_language_that_only_the_portal_knows(visit, clinic_admin, settings):
    reply = actions.change_quick_reply(title="Parking", body="Two hours are free.", language="de")
    QuickReply.objects.filter(pk=reply.pk).update(language="gsw")
    visitor = visit(clinic_admin)
    assert "· gsw" in text(visitor.get(LIST))
    settings.LANGUAGES = [*settings.LANGUAGES, ("gsw", "Swiss German")]
    assert "· Swiss German" in text(visitor.get(LIST))
