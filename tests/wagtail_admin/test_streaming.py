"""Documents and spreadsheets stream from the right clinic under ASGI, with requests of two clinics mixed."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django_tenants.utils import schema_context

from example_project.people.groups import ADMINISTRATORS
from tests.actions.snapshot import message_row
from tests.conftest import in_clinic
from tests.servers import serve, sign_in
from vclinic_messages.models import Conversation, Message, Role
from vclinic_messages.testing import create_conversation, create_member

CLINICS = ("alder", "birch")
COUNT = 900


def fill(schema):
    """Make a long conversation in which each message names its clinic, and users to export and read it."""
    with in_clinic(schema):
        doctor = create_member(Role.DOCTOR, username="doctor")
        conversation = create_conversation(create_member(Role.PATIENT, username=f"{schema}-patient"), doctor)
        Message.objects.bulk_create(
            message_row(conversation, doctor, f"{schema} no. {number} {'.' * 200}") for number in range(COUNT)
        )
        last = Message.objects.latest("pk")
        Conversation.objects.update(last_message=last, message_count=COUNT + 1)
        manager = create_member(Role.ADMIN, username="manager")
        manager.groups.add(Group.objects.get(name=ADMINISTRATORS))
        return conversation.pk, sign_in(manager), sign_in(doctor)


@pytest.fixture
def filled(committed):
    return {schema: fill(schema) for schema in CLINICS}


@pytest.fixture
def portal(filled):
    with serve() as running:
        yield running


def export(portal, schema, conversation, session, format):
    with portal.client(schema, session) as client:
        path = f"/cms/messages/export/{conversation}/"
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', client.get(path).text)
        assert token is not None
        data = {"reason": "By letter", "format": format, "csrfmiddlewaretoken": token[1]}
        headers = {"Referer": portal.url(schema, path), "Origin": portal.url(schema, "").rstrip("/")}
        with client.stream("POST", path, data=data, headers=headers) as response:
            assert response.status_code == 200
            assert "content-length" not in response.headers
            return b"".join(response.iter_bytes(1000)).decode()


def test_exports_of_two_clinics_at_once(portal, filled):
    def run(schema, format):
        conversation, session, _doctor = filled[schema]
        return schema, format, export(portal, schema, conversation, session, format)

    wanted = [(schema, format) for format in ("json", "fhir", "html") for schema in CLINICS] * 2
    with ThreadPoolExecutor(6) as pool:
        for schema, format, text in pool.map(lambda each: run(*each), wanted):
            numbers = [int(number) for number in re.findall(rf"{schema} no\. (\d+) ", text)]
            assert numbers == list(range(COUNT))
            assert not any(f"{other} no." in text for other in CLINICS if other != schema)
            if format != "html":
                json.loads(text)


def test_a_participants_own_copy_and_the_page_to_print(portal, filled):
    for schema in CLINICS:
        conversation, _session, doctor = filled[schema]
        with portal.client(schema, doctor) as client:
            for path in ("print/", "download/?format=html", "download/?format=json"):
                text = client.get(f"/messages/{conversation}/{path}").text
                assert len(re.findall(rf"{schema} no\. \d+ ", text)) == COUNT


def test_spreadsheets_of_two_clinics_at_once(portal, filled):
    def run(schema):
        with portal.client(schema, filled[schema][1]) as client:
            return schema, client.get("/cms/messages/waiting/?export=csv").text

    for schema in CLINICS:
        with schema_context(schema):
            create_conversation(create_member(Role.PATIENT, username=f"{schema}-waits"), _doctor())
    with ThreadPoolExecutor(4) as pool:
        for schema, text in pool.map(run, CLINICS * 8):
            assert f"{schema}-waits" in text
            assert not any(f"{other}-waits" in text for other in CLINICS if other != schema)


def _doctor():
    return get_user_model()._default_manager.get(username="doctor")
