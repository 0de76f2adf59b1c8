"""Removing a conversation that nobody at the clinic can answer any more from the waiting list."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group

from tests.actions.snapshot import last_audit, waiting_since
from tests.pages.visitor import only, page, texts
from tests.wagtail_admin.conftest import TEXT
from tests.wagtail_admin.test_access import address
from tests.wagtail_admin.test_reports import csv_rows, table, without_account
from vclinic_messages import actions
from vclinic_messages.actions.counters import verify_counters
from vclinic_messages.conf import app_settings
from vclinic_messages.errors import ConversationNotFound, InvalidInput
from vclinic_messages.models import AuditEvent, Role
from vclinic_messages.testing import create_conversation, switch_messages


@pytest.fixture
def path(conversation):
    return address("remove_from_waiting_list", conversation.pk)


def deactivated(doctor):
    doctor.is_active = False
    doctor.save()


def deleted(doctor):
    doctor.delete()


def no_member(doctor):
    doctor.groups.clear()


def of_another_role(doctor):
    doctor.groups.set([Group.objects.get_or_create(name=app_settings.GROUPS["admin"])[0]])


@pytest.fixture(params=[deactivated, deleted, no_member, of_another_role], ids=lambda how: how.__name__)
def gone(request, conversation, doctor):
    request.param(doctor)


def waits(conversation):
    return waiting_since(conversation) is not None


def test_a_clinic_admin_takes_it_off(visit, clinic_admin, conversation, gone, path):
    visitor = visit(clinic_admin)
    found = visitor.get(address("waiting"))
    assert "Can no longer answer." in table(found)[0][3]
    assert only(found, "table tbody a")["href"] == path
    asked = visitor.get(path)
    shown = [without_account(each) for each in texts(asked, "main dl dd")[:2]]
    assert shown == ["Maya Ferreira", "Amara Okafor"]
    assert TEXT not in asked.content.decode()
    assert waits(conversation)
    done = visitor.post(path, {}, follow=True)
    assert done.redirect_chain == [(address("waiting"), 302)]
    assert "Removed from the waiting list." in done.content.decode()
    assert table(done) == []
    assert not waits(conversation)
    event = last_audit()
    assert (event.action, event.actor_name) == ("no_answer_needed", "Noor Haddad")
    assert event.conversation_id == conversation.pk
    assert not verify_counters()


def test_twice_is_once(visit, clinic_admin, gone, path):
    visitor = visit(clinic_admin)
    assert [visitor.post(path, {}).status_code for _ in range(2)] == [302, 302]
    assert AuditEvent.objects.filter(action="no_answer_needed").count() == 1
    again = visitor.get(path, follow=True)
    assert again.redirect_chain == [(address("waiting"), 302)]
    assert "not waiting any more, or someone can answer it" in again.content.decode()


def test_while_messages_is_off(visit, clinic_admin, conversation, gone, path):
    switch_messages(False)
    assert visit(clinic_admin).get(path).status_code == 200
    visit(clinic_admin).post(path, {})
    assert not waits(conversation)


def test_not_while_somebody_can_answer(visit, clinic_admin, conversation, path):
    visitor = visit(clinic_admin)
    assert not page(visitor.get(address("waiting"))).select("table tbody a")
    assert visitor.get(path)["Location"] == address("waiting")
    refused = visitor.post(path, {}, follow=True)
    assert (
        "A participant can still answer this conversation, or mark it as needing no answer."
        in refused.content.decode()
    )
    assert waits(conversation)
    with pytest.raises(InvalidInput) as refusal:
        actions.remove_from_waiting_list(conversation=conversation, actor=clinic_admin)
    assert refusal.value.errors["conversation"][0].code == "can_be_answered"


@pytest.mark.parametrize("permission", ["report_conversation", "change_messagessettings"])
def test_it_needs_both_permissions(visit, with_permissions, conversation, gone, path, permission):
    visitor = visit(with_permissions(permission))
    if permission == "report_conversation":
        found = visitor.get(address("waiting"))
        assert "Can no longer answer." in table(found)[0][3]
        assert not page(found).select("table tbody a")
    for response in (visitor.get(path), visitor.post(path, {})):
        assert response["Location"] == "/cms/"
    assert waits(conversation)


@pytest.mark.parametrize("role", [None, *Role])
def test_roles_in_messages_do_not_suffice(visit, conversation, doctor2, request, path, role, gone):
    who = {None: "nobody", Role.PATIENT: "patient2", Role.DOCTOR: "doctor2", Role.ADMIN: "admin"}[role]
    assert visit(request.getfixturevalue(who)).post(path, {})["Location"].startswith("/login/")
    assert waits(conversation)


def test_one_that_is_not_here(visit, clinic_admin):
    path = address("remove_from_waiting_list", "00000000-0000-4000-8000-000000000000")
    assert visit(clinic_admin).get(path).status_code == 404
    assert visit(clinic_admin).post(path, {}).status_code == 404
    with pytest.raises(ConversationNotFound):
        actions.remove_from_waiting_list(
            conversation="00000000-0000-4000-8000-000000000000", actor=clinic_admin
        )


def test_a_staff_conversation_waits_for_nobody(visit, clinic_admin, doctor, admin):
    conversation = create_conversation(doctor, admin)
    deactivated(admin)
    assert visit(clinic_admin).get(address("remove_from_waiting_list", conversation.pk))[
        "Location"
    ] == address("waiting")


def test_the_form_is_protected_against_forgery(visit, clinic_admin, gone, path, conversation):
    assert visit(clinic_admin, enforce_csrf_checks=True).post(path, {}).status_code == 403
    assert waits(conversation)


def test_the_spreadsheet_shows_names_only(visit, clinic_admin, gone, conversation):
    assert csv_rows(visit(clinic_admin).get(address("waiting") + "?export=csv"))[1][3] == "Amara Okafor"
