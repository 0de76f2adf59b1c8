"""What staff arrange and keep: teams, absences, quick replies, drafts and reminders, on two workers."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from django_tenants.utils import schema_context

from tests.citus.conftest import people_of
from vclinic_messages import actions
from vclinic_messages.models import AuditEvent, Draft
from vclinic_messages.teams import recipient_id
from vclinic_messages.testing import create_conversation, create_team, switch_messages
from vclinic_messages.viewer import load_viewer

API = "/messages/api/v1/"
CSRF = {"X-CSRFToken": "c" * 32}


@pytest.fixture(params=["alder", "birch"])
def people(request, committed):
    return people_of(request.param)


@pytest.fixture
def clients(people, portal):
    """The session of each person, by name."""
    found = {name: portal.client(people.schema, session) for name, session in people.sessions.items()}
    for client in found.values():
        client.cookies.set("csrftoken", CSRF["X-CSRFToken"])
    yield found
    for client in found.values():
        client.close()


def test_a_team_is_written_to_answers_hands_over_and_closes(people, clients):
    patient, doctor = clients["patient"], clients["doctor"]
    colleague = people_of(people.schema).doctor
    with schema_context(people.schema):
        team = create_team("Front desk", people.doctor, colleague, is_open_to_patients=True)
    data = {"recipient": recipient_id(team.pk), "body": "Hello, front desk"}
    started = patient.post(f"{API}conversations/", json=data, headers=CSRF)
    assert started.status_code == 201, started.text
    path = f"{API}conversations/{started.json()['id']}/"
    for to in (people.doctor, colleague):
        taken = doctor.post(f"{path}assign/", json={"to": str(to.pk)}, headers=CSRF)
        assert taken.json()["assigned_to"]["id"] == str(to.pk)
    assert doctor.post(f"{path}writing/", headers=CSRF).status_code == 204
    assert doctor.post(f"{path}messages/", json={"body": "Hello"}, headers=CSRF).status_code == 201
    with schema_context(people.schema):
        actions.change_team(team=team, members=[colleague])
        actions.close_team(team=team)
        assert AuditEvent.objects.filter(action="team_closed").exists()
    assert doctor.get(path).status_code == 404
    assert patient.get(path).json()["team"]["members"] == [colleague.last_name]
    call_command("messages_verify", schema=people.schema, stdout=StringIO())


def test_an_absence_begins_and_ends(people, clients):
    patient, doctor = clients["patient"], clients["doctor"]
    colleague = people_of(people.schema).doctor
    today = timezone.localdate()
    days = {"from": today - timedelta(days=1), "until": today + timedelta(days=9)}
    data = {**{name: day.isoformat() for name, day in days.items()}, "instead": str(colleague.pk)}
    assert doctor.put(f"{API}me/absence/", json=data, headers=CSRF).json() == data
    [found] = patient.get(f"{API}recipients/?q={people.doctor.last_name}").json()["results"]
    assert found["away"]["instead"]["id"] == str(colleague.pk)
    assert patient.get("/messages/new/").status_code == 200
    assert doctor.delete(f"{API}me/absence/", headers=CSRF).status_code == 204
    [found] = patient.get(f"{API}recipients/?q={people.doctor.last_name}").json()["results"]
    assert found["away"] is None


def test_quick_replies_are_found_changed_and_deleted(people, clients):
    doctor = clients["doctor"]
    with schema_context(people.schema):
        viewer = load_viewer(people.doctor)
        kept = [
            actions.change_own_quick_reply(viewer=viewer, title=title, body=f"Text of {title}")
            for title in ("Kept", "Deleted")
        ]
        actions.change_own_quick_reply(viewer=viewer, reply=kept[0], title="Changed", body="New text")
        actions.delete_own_quick_reply(viewer=viewer, reply=kept[1])
        shared = actions.change_quick_reply(title=f"Shared {viewer.own_mailbox}", body="For everybody")
    found = doctor.get(f"{API}quick-replies/").json()["results"]
    assert {"Changed", shared.title} <= {each["title"] for each in found}
    assert "Deleted" not in {each["title"] for each in found}
    assert doctor.get("/messages/quick-replies/").status_code == 200
    with schema_context(people.schema):
        actions.delete_quick_reply(reply=shared)


def test_a_refused_draft_is_kept_next_to_the_newer_one_and_a_send_empties_it(people, clients):
    doctor = clients["doctor"]
    with schema_context(people.schema):
        conversation = create_conversation(people.patient, people.doctor)
    path = f"{API}conversations/{conversation.pk}/"

    def save(body, version):
        return doctor.put(f"{path}draft/", json={"body": body, "version": version}, headers=CSRF).status_code

    def stored():
        with schema_context(people.schema):
            return Draft.objects.values_list("body", "other", "version").get(conversation=conversation)

    assert [save("On the phone", 0), save("At the desk", 0)] == [200, 409]
    assert stored() == ("On the phone", "At the desk", 1)
    data = {"body": "On the phone", "draft": 1}
    sent = doctor.post(f"{path}messages/", json=data, headers=CSRF)
    assert sent.status_code == 201, sent.text
    assert stored()[:2] == ("At the desk", "")
    new = {"recipient": str(people.patient.pk), "body": "Dear", "version": 0}
    assert doctor.put(f"{API}draft/", json=new, headers=CSRF).status_code == 200
    assert len(doctor.get(f"{API}drafts/").json()["results"]) == 1
    assert doctor.get("/messages/").status_code == 200


def test_a_reminder_is_sent_once(people):
    address = f"{people.doctor.username}@people.example"
    with schema_context(people.schema):
        people.doctor.email = address
        people.doctor.save()
        create_conversation(people.patient, people.doctor)
        switch_messages(reminders=True, quiet_from=0, quiet_until=0)
    try:
        connection.set_schema_to_public()
        for _run in range(2):
            actions.send_due_reminders(now=timezone.now() + timedelta(hours=1))
        assert [each.to for each in mail.outbox].count([address]) == 1
        with schema_context(people.schema):
            call_command("messages_send_reminders", stdout=StringIO())
    finally:
        with schema_context(people.schema):
            switch_messages(reminders=False)


def test_administrators_see_all_of_it(people, clients):
    for page in ("teams", "quick-replies", "absences", "activity", "waiting", "audit"):
        response = clients["manager"].get(f"/cms/messages/{page}/", follow_redirects=True)
        assert response.status_code == 200, (page, response.text[:500])
