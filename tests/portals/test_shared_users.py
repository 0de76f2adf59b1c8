"""A portal whose clinics share their users, with the directory of docs/how-to/directory.md as it stands."""

from __future__ import annotations

from tests.portals.test_clinic_users import SERVER
from tests.portals.visiting import Person, Site
from tests.portals.walk import ANSWER, QUESTION, walk

ACCOUNTS = {name: f"{name}@clinic.example" for name in ("patient", "doctor", "manager")}
PATHS = {"login": "/de/login/", "messages": "/de/messages/", "home": "/de/"}

SWITCH_ON = """
from django_tenants.utils import schema_context
from vclinic_messages.testing import create_conversation, create_member, switch_messages
with schema_context("hillside"):
    switch_messages(True)
    new, desk = (create_member(role, full_name=f"New {role}") for role in ("patient", "admin"))
    create_conversation(desk, new, "Hillside only")
"""
END_TREATMENT = "from clinics.models import Treatment; Treatment.objects.update(is_over=True)"


def test_users_who_belong_to_several_clinics(shared_users):
    assert "no issues" in shared_users.manage("check", "--database", "default")
    with shared_users.serving(SERVER) as server:
        site = Site(
            server,
            "riverside.localhost",
            accounts=ACCOUNTS,
            tokens={"patient": "Token token-of-the-patient"},
            **PATHS,
        )
        walk(site, streams=True)
        patient, doctor = Person(site), Person(site)
        patient.sign_in("patient")
        doctor.sign_in("doctor")
        [conversation] = conversations(patient)
        patient.press(conversation, "#vcm-composer", body="One more question.")
        shared_users.manage("shell", "-c", END_TREATMENT)
        for person in (patient, doctor):
            page = person.get_page(conversation)
            assert ANSWER in page.text
            assert page.select("#vcm-composer") == []
        shared_users.manage("shell", "-c", SWITCH_ON)
        elsewhere = Site(server, "hillside.localhost", accounts=ACCOUNTS, **PATHS)
        sees_only_one_clinic(elsewhere)


def sees_only_one_clinic(elsewhere: Site) -> None:
    patient, stranger, manager = Person(elsewhere), Person(elsewhere), Person(elsewhere)
    patient.sign_in("patient")
    assert QUESTION not in patient.get("/de/messages/").text
    assert conversations(patient) == []
    stranger.sign_in("doctor")
    stranger.get("/de/messages/", status=403)
    manager.sign_in("manager")
    response = manager.http.get("/cms/messages/waiting/")
    assert response.status_code in (302, 403)


def conversations(person: Person) -> list[str]:
    return [str(row["href"]) for row in person.get_page("/de/messages/").select("a.vcm-row")]
