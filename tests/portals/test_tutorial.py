"""Somebody follows the tutorial from an empty folder, with DEBUG on, and a message arrives."""

from __future__ import annotations

import re

from tests.portals import tutorial
from tests.portals.serving import serving
from tests.portals.visiting import Site
from tests.portals.walk import walk


def test_a_message_arrives_in_the_portal_of_the_tutorial(tutorial_portal, environment):
    folder = tutorial_portal.result()
    server = [*tutorial.command("uvicorn"), "--port", "{port}"]
    with serving(server, folder=folder, variables=environment.variables(tutorial.DATABASE)) as portal:
        walk(Site(portal, "riverside.localhost"), streams=True)
    told = tutorial.run_line("python manage.py messages_doctor", folder, environment)
    assert re.search(r"^riverside \(Messages is on\): nothing is missing\.$", told, flags=re.MULTILINE)
    tutorial.run_line("python manage.py test clinics", folder, environment)
