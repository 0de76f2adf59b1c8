"""A portal whose clinics share their users, with the directory of docs/how-to/directory.md as it stands."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

from tests.faults.guide import Guide
from tests.portals.hosting import Host
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
MAKE_TOKEN = """
from people.models import Person
from rest_framework.authtoken.models import Token
print(Token.objects.get_or_create(user=Person.objects.get(email="doctor@clinic.example"))[0].key)
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
        a_phone_app_uses_the_api(site, shared_users, doctor, conversation)
        shared_users.manage("shell", "-c", END_TREATMENT)
        for person in (patient, doctor):
            page = person.get_page(conversation)
            assert ANSWER in page.text
            assert page.select("#vcm-composer") == []
        shared_users.manage("shell", "-c", SWITCH_ON)
        elsewhere = Site(server, "hillside.localhost", accounts=ACCOUNTS, **PATHS)
        sees_only_one_clinic(elsewhere)


def a_phone_app_uses_the_api(site: Site, portal: Host, doctor: Person, path: str) -> None:
    """Run every shell command of the page for phone apps, in order."""
    key = path.rstrip("/").rpartition("/")[2]
    token = portal.manage("shell", "-c", MAKE_TOKEN).split()[-1]
    headers = {"Authorization": f"Token {token}"}
    newest = doctor.call("GET", f"conversations/{key}/", **headers)["last_message"]["id"]
    variables = {
        "API": site.portal.url("riverside", site.api.rstrip("/")),
        "TOKEN": token,
        "CONVERSATION": key,
        "MESSAGE": str(newest),
        "KEY": "made-by-the-phone",
    }
    page = Guide("how-to/phone-app.md")
    printed = ""
    for section in ("The first call", "Read", "Send once", "What is new", "The stream"):
        for block in page.blocks(section, "sh"):
            done = subprocess.run(
                ["/bin/sh", "-euc", block], env={**os.environ, **variables}, capture_output=True, text=True
            )
            assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
            printed += done.stdout
    answers = answers_in(printed)
    assert answers[0]["me"]["role"] == "doctor"
    assert answers[3] == {"unread_conversations": 0}
    assert answers[4]["body"] == "Thank you."
    assert "ticket=" in answers[6]["url"]


def answers_in(printed: str) -> list[dict[str, Any]]:
    decoder, answers, at = json.JSONDecoder(), [], 0
    while at < len(printed):
        answer, at = decoder.raw_decode(printed, at)
        answers.append(answer)
    return answers


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
