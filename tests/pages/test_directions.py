"""No name changes the direction of what is around it, or looks like another one."""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup, Comment

from example_project.clinics.models import Clinic
from tests.pages.visitor import INBOX, NEW, page
from vclinic_messages import actions, selectors
from vclinic_messages.models import Participant, Role
from vclinic_messages.testing import create_conversation, create_member, switch_messages
from vclinic_messages.viewer import load_viewer

HEBREW = "\u05d0\u05e0\u05d4 (1)"
#: Shown as "Dr Chua", but not that name.
TURNED = "\u202eauhC rD\u202c"


@pytest.fixture
def people(clinic):
    roles = (Role.PATIENT, Role.DOCTOR, Role.DOCTOR, Role.ADMIN)
    made = [create_member(role, first_name=HEBREW) for role in roles]
    patient, doctor, other_doctor, admin = made
    conversation = create_conversation(patient, doctor, "Good morning", "Good morning", "How are you?")
    create_conversation(patient, other_doctor)
    create_conversation(doctor, admin)
    admin.is_superuser = True
    actions.export_conversation(conversation=conversation, actor=admin, reason="Asked", format="html")
    return conversation, made


def outside_of_bdi(response):
    """The texts with the name that no <bdi> isolates. A title and a field cannot contain elements."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    found = BeautifulSoup(body.decode(), "html.parser").find_all(string=re.compile(re.escape(HEBREW)))
    texts = [each for each in found if not isinstance(each, Comment) and each.parent.name != "title"]
    ours = [each for each in texts if not each.find_parent("header", class_="header")]
    return [each.parent for each in ours if not each.find_parent("bdi")]


def test_every_name_on_our_pages_is_isolated(visit, people):
    Clinic.objects.filter(schema_name="alder").update(name=HEBREW)
    conversation, users = people
    for user in users:
        visitor = visit(user)
        paths = [INBOX, NEW, f"{NEW}?recipient={users[1].pk}", f"{INBOX}?q=x", f"{INBOX}{conversation.pk}/"]
        for path in [*paths, f"{INBOX}{conversation.pk}/print/"]:
            assert outside_of_bdi(visitor.get(path)) == [], path
    assert outside_of_bdi(visit(create_member(None)).get(INBOX)) == []
    switch_messages(False)
    assert outside_of_bdi(visit(users[0]).get(INBOX)) == []


def test_no_name_or_excerpt_is_turned_round(visit, patient):
    """Neither in what is stored nor in what the directory says now."""
    doctor = create_member(Role.DOCTOR, first_name=TURNED)
    conversation = create_conversation(doctor, patient, f"Good {TURNED} morning")
    assert Participant.objects.get(role="doctor").name == "auhC rD"
    [row] = selectors.inbox(load_viewer(patient)).items
    assert [each.name for each in row.others] == ["auhC rD"]
    for path in (INBOX, NEW, f"{INBOX}{conversation.pk}/"):
        parts = page(visit(patient).get(path))
        for body in parts.select(".vcm-msg__body"):
            body.decompose()  # a text is shown as it was written
        assert "\u202e" not in parts.get_text(), path
