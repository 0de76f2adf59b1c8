"""No text of our screens in Wagtail is English only. Wagtail's own may be: not all of it is in Greek."""

from __future__ import annotations

from pathlib import Path

import pytest
from django import conf
from django.apps import apps
from django.contrib.auth.models import Group

from example_project.people.groups import ADMINISTRATORS
from tests.pages.visitor import only
from tests.pseudo_language import pseudo_language, untranslated
from tests.test_translations import known_texts
from vclinic_messages import actions
from vclinic_messages.models import Role
from vclinic_messages.testing import create_conversation, create_member, create_team

#: Wagtail's own texts that it puts together, or shows in Greek with an English word.
PIECES = {"Ληψη CSV", "1 item", "You have", "unsaved edits"}

PATHS = {
    "dashboard": "/cms/",
    "waiting": "/cms/messages/waiting/",
    "activity": "/cms/messages/activity/",
    "audit": "/cms/messages/audit/",
    "exports": "/cms/messages/export-list/",
    "teams": "/cms/messages/teams/",
    "new team": "/cms/messages/teams/new/",
    "settings": "/cms/settings/vclinic_messages/messagessettings/",
}


@pytest.fixture
def greek(settings, monkeypatch, tmp_path):
    with pseudo_language(settings, monkeypatch, tmp_path) as header:
        yield header


@pytest.fixture
def manager(clinic):
    user = create_member(Role.ADMIN, username="manager", first_name="Νίκος", last_name="Παπαδάκη")
    user.groups.add(Group.objects.get(name=ADMINISTRATORS))
    return user


@pytest.fixture
def written(manager):
    """A clinic in which every kind of event was recorded."""
    patient = create_member(Role.PATIENT, username="patient", first_name="Μαρία", last_name="Παπαδάκη")
    team = create_team("Γραμματεία", manager, description="Ραντεβού")
    create_conversation(patient, manager, "Πόνος", "Ελάτε")
    asked = create_conversation(patient, team, "Καλημέρα")
    actions.change_settings(actor=manager, phone="210 555", read_receipts=True, emergency_notice="")
    actions.export_conversation(actor=manager, conversation=asked.pk, reason="Αίτηση", format="json")
    actions.no_answer_needed(conversation=asked.pk, actor=manager)
    return asked


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_our_screens_in_wagtail(visit, manager, written, greek, path):
    wagtails = set().union(*(known_texts(each.path) for each in apps.get_app_configs()))
    wagtails |= known_texts(Path(conf.__file__).parent)
    response = visit(manager).get(path, headers=greek, follow=True)
    assert response.status_code == 200
    ours = only(response, ".vcm-panel" if path == "/cms/" else "main")
    found = untranslated(str(ours), ignored="[data-sprite], .vcm-translated label, [name=time_zone] option")
    assert sorted(found - PIECES - {" ".join(each.split()) for each in wagtails}) == []
