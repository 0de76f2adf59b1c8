"""Portals whose clinics have users of their own."""

from __future__ import annotations

import re

from tests.portals.visiting import Person, Site
from tests.portals.walk import walk
from tests.servers import free_port

SERVER = ["uvicorn", "portal.asgi:application", "--port", "{port}", "--log-level", "warning"]
HOST = "riverside.localhost"


def test_clinics_in_folders_of_one_host(clinic_users):
    portal = clinic_users("portal.subfolders")
    with portal.serving(SERVER) as server:
        walk(Site(server, "portal.localhost", prefix="/clinics/riverside"), streams=True)
    portal.manage("messages_doctor")


def test_types_of_tenants(clinic_users):
    portal = clinic_users("portal.types_of_tenants")
    options = ["--noinput", "--schema_name", "pills", "--name", "Pills", "--type", "pharmacy"]
    portal.manage("create_tenant", *options, "--domain-domain", "pills.localhost")
    portal.manage("shell", "-c", PHARMACIST)
    with portal.serving(SERVER) as server:
        walk(Site(server, HOST))
        pharmacist = Person(Site(server, "pills.localhost"))
        pharmacist.sign_in("pharmacist")
        assert "data-vcm" not in pharmacist.get("/").text
        pharmacist.get("/messages/", status=404)
    assert "pills" not in portal.manage("messages_isolation", "--check")
    assert "pills" not in portal.manage("messages_doctor")


PHARMACIST = """
from django.contrib.auth.models import User
from django_tenants.utils import get_tenant_model, tenant_context
with tenant_context(get_tenant_model().objects.get(schema_name="pills")):
    User.objects.create_user("pharmacist", password="tutorial")
"""


def test_gunicorn_with_streams_in_another_process(clinic_users):
    portal = clinic_users("portal.behind_gunicorn")
    portal.manage("collectstatic", "--noinput")
    port = free_port()
    address = f"http://live.localhost:{port}/stream/"
    streams = ["uvicorn", "vclinic_messages.live.asgi:application", "--port", str(port)]
    gunicorn = ["gunicorn", "portal.wsgi", "--bind", "127.0.0.1:{port}", "--workers", "2"]
    with portal.serving(streams, port=port), portal.serving(gunicorn, STREAM_URL=address) as server:
        site = Site(server, HOST)
        walk(site)
        patient = Person(site)
        patient.sign_in("patient")
        page = patient.get_page("/messages/")
        scripts = [str(each["src"]) for each in page.select("script[src]")]
        assert all(re.search(r"\.[0-9a-f]{12}\.js$", path) for path in scripts), scripts
        for path in scripts:
            patient.get(path)
        url = patient.call("POST", "live/ticket/")["url"]
        assert url.startswith(address)


def test_what_the_portals_are_checked_for(clinic_users):
    found = clinic_users("portal.settings").manage("check", "--database", "default")
    assert "no issues" in found
