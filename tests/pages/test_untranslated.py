"""No text of a page is English only."""

from __future__ import annotations

import pytest

from tests.pages.visitor import INBOX, NEW
from tests.pseudo_language import pseudo_language, untranslated
from vclinic_messages import actions
from vclinic_messages.models import Role
from vclinic_messages.testing import create_conversation, create_member, create_team, switch_messages

#: The portal's name of the clinic, the pages that the clinic edits, and the names of languages.
NOT_OURS = ".clinic span, .languages button, #vcm-unsent, .account__name"
SKIPPED = frozenset({"Alder Clinic", "· Alder Clinic", "UTC", "America/New_York", "Europe/Berlin"})


@pytest.fixture
def greek(settings, monkeypatch, tmp_path):
    with pseudo_language(settings, monkeypatch, tmp_path) as header:
        yield header


@pytest.fixture
def people(clinic):
    switch_messages(phone="210 555", emergency_notice="Καλέστε 112.", response_time="Δύο ημέρες.")
    names = {"patient": "Μαρία", "doctor": "Άννα", "admin": "Νίκος"}
    return {
        role: create_member(Role(role), username=role, first_name=name, last_name="Παπαδάκη")
        for role, name in names.items()
    }


@pytest.fixture
def shown(visit, people, greek):
    def shown(person, path, *, method="get", data=None):
        visitor = visit(people.get(person))
        response = visitor.send(method, path, data, headers=greek)
        text = response.getvalue() if response.streaming else response.content
        return untranslated(text.decode(), ignored=NOT_OURS, skipped=SKIPPED)

    return shown


@pytest.fixture
def asked(people):
    team = create_team("Γραμματεία", people["admin"], people["doctor"], description="Ραντεβού")
    conversation = create_conversation(people["patient"], team, "Καλημέρα")
    create_conversation(people["patient"], people["doctor"], "Πόνος", "Ελάτε")
    return conversation


@pytest.mark.parametrize("person", ["patient", "doctor", "admin"])
def test_the_pages(shown, asked, person):
    found = {}
    for path in (INBOX, NEW, f"{INBOX}{asked.pk}/", f"{INBOX}{asked.pk}/print/", f"{INBOX}?show=waiting"):
        found |= dict.fromkeys(shown(person, path), path)
    assert found == {}


def test_searches_and_choices(shown, asked, people):
    found = shown("patient", INBOX, method="post", data={"q": "Καλημέρα", "action": "find"})
    found |= shown("patient", INBOX, method="post", data={"q": "τίποτα", "action": "find"})
    found |= shown("patient", NEW, method="post", data={"q": "ζζζ", "action": "find"})
    found |= shown("doctor", f"{INBOX}{asked.pk}/assign/")
    assert found == set()


def test_refusals(shown, asked, people):
    reply = {"body": "", "key": ""}
    found = shown("patient", f"{INBOX}{asked.pk}/", method="post", data=reply)
    found |= shown("patient", f"{INBOX}{asked.pk}/", method="post", data={**reply, "body": "λ" * 5001})
    found |= shown("patient", NEW, method="post", data={**reply, "body": "Γεια"})
    found |= shown("patient", f"{INBOX}00000000-0000-0000-0000-000000000000/")
    found |= shown(None, f"{INBOX}{asked.pk}/", method="post", data={**reply, "body": "Γεια"})
    assert found == set()


def test_notes_in_conversations(shown, asked, people):
    actions.no_answer_needed(conversation=asked.pk, actor=people["doctor"])
    found = shown("doctor", f"{INBOX}{asked.pk}/")
    people["doctor"].groups.clear()
    found |= shown("doctor", INBOX)
    assert found == set()


def test_the_pages_while_messages_is_off(shown, asked):
    switch_messages(False)
    assert shown("patient", INBOX) == set()


def test_the_portals_own_pages(shown, people):
    assert shown("patient", "/login/") == set()
    assert shown("patient", "/no-such-page/") == set()
