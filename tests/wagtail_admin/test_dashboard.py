"""The panel on the dashboard and the item in the menu."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import RequestFactory
from django.utils import timezone
from django_tenants.utils import schema_context

from tests.api.statements import statements
from tests.isolation.test_wrong_search_path import misplaced
from tests.pages.visitor import only, page, texts
from vclinic_messages import actions
from vclinic_messages.models import Participant, Role
from vclinic_messages.testing import create_conversation, create_member, switch_messages
from vclinic_messages.wagtail_admin.dashboard import MessagesPanel
from vclinic_messages.wagtail_admin.menu import MessagesItem

PANEL = ".vcm-panel"


def said(response):
    return texts(response, PANEL)[0]


def links(response):
    return [tag.get_text() for tag in page(response).select(f"{PANEL} a")]


def test_nobody_waits(visit, clinic_admin):
    response = visit(clinic_admin).get("/cms/")
    assert said(response).startswith("On No conversation is waiting for an answer.")
    assert links(response) == ["Settings"]


def test_who_waits_and_what_is_unread(visit, clinic_admin, conversation, doctor, admin):
    Participant.objects.filter(role="doctor").update(waiting_since=timezone.now() - timedelta(days=2))
    create_conversation(create_member(Role.PATIENT), doctor)
    create_conversation(admin, doctor)
    response = visit(clinic_admin).get("/cms/")
    assert "2 conversations are waiting for an answer, the longest for 2 days." in said(response)
    assert "patients 0 · doctors 3 · clinic staff 0" in said(response)
    assert only(response, f"{PANEL} a[href$='/waiting/']").get_text() == "See who is waiting"


def test_what_waits_for_absent_people_is_counted(visit, clinic_admin, conversation, doctor, doctor2):
    create_conversation(create_member(Role.PATIENT), doctor2)
    assert "away" not in said(visit(clinic_admin).get("/cms/"))
    actions.set_absence(actor=None, who=doctor, first_day=timezone.localdate())
    told = said(visit(clinic_admin).get("/cms/"))
    assert "for less than a minute. 1 conversation waits for somebody who is away." in told


def test_a_wait_that_needs_no_answer_is_over(visit, clinic_admin, conversation, doctor):
    assert "1 conversation has been waiting for an answer for less than a minute." in said(
        visit(clinic_admin).get("/cms/")
    )
    actions.no_answer_needed(conversation=conversation, actor=doctor)
    assert "No conversation is waiting" in said(visit(clinic_admin).get("/cms/"))


def test_off_says_what_patients_see(visit, clinic_admin):
    switch_messages(False, phone="555-0100")
    response = visit(clinic_admin).get("/cms/")
    assert said(response).startswith("Off Patients see: Messages is not available at Alder Clinic. Call")
    assert only(response, f"{PANEL} q").get_text().endswith("Call 555-0100.")
    assert links(response) == ["Settings"]


def test_the_panel_says_to_each_what_they_may_know(visit, conversation, with_permissions):
    response = visit(with_permissions("change_messagessettings")).get("/cms/")
    assert said(response) == "On Settings"
    response = visit(with_permissions("report_conversation", role=Role.ADMIN)).get("/cms/")
    assert links(response) == ["See who is waiting", "Open Messages"]
    response = visit(with_permissions("export_conversation")).get("/cms/")
    assert page(response).select(PANEL) == []


@pytest.fixture
def request_of(clinic):
    def make(user):
        request = RequestFactory().get("/cms/")
        request.user = user
        request.user.get_all_permissions()
        return request

    return make


@pytest.mark.parametrize("role", [None, Role.ADMIN])
def test_the_panel_costs_three_statements(request_of, conversation, with_permissions, doctor, role):
    user = with_permissions("report_conversation", "change_messagessettings", role=role)

    def render():
        assert "wait" in MessagesPanel(request_of(user)).render_html()

    few = statements(render)["own"]
    for _ in range(5):
        create_conversation(create_member(Role.PATIENT), doctor)
    assert statements(render)["own"] == few
    assert few <= 3


def test_outside_its_clinic_the_panel_shows_nothing(request_of, conversation, clinic_admin):
    request = request_of(clinic_admin)
    assert "overview" in MessagesPanel(request).get_context_data()
    with misplaced("alder", "birch"):
        assert MessagesPanel(request).get_context_data() == {}
    with schema_context("public"):
        assert MessagesPanel(request).get_context_data() == {}


def test_the_menu_leads_to_ones_own_messages(request_of, conversation, patient, doctor, nobody):
    item = MessagesItem()
    shown = item.render_component(request_of(doctor))
    assert (shown.label, shown.url) == ("Messages", "/messages/")
    assert shown.attrs == {"data-vcm-unread": "1", "aria-label": "Messages, 1 unread"}
    assert item.render_component(request_of(patient)).attrs == {}
    assert item.is_shown(request_of(doctor))
    assert not item.is_shown(request_of(nobody))
    switch_messages(False)
    assert not item.is_shown(request_of(doctor))


def test_the_badge_of_the_menu_item_is_on_the_page(visit, with_permissions, patient):
    staff = with_permissions(role=Role.ADMIN)
    create_conversation(patient, staff)
    shown = visit(staff).get("/cms/").content.decode()
    assert "Messages, 1 unread" in shown
    assert "vclinic_messages/wagtail_admin/menu.css" in shown
