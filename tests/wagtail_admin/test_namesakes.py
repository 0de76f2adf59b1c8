"""The admin tells people of one name apart, and no name changes the direction of what is around it."""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup, Comment
from django.db import connection

from example_project.people.models import Profile
from tests.pages.visitor import texts
from tests.wagtail_admin.conftest import TEXT
from tests.wagtail_admin.test_access import SETTINGS, address
from tests.wagtail_admin.test_no_text import content
from tests.wagtail_admin.test_reports import csv_rows, table
from vclinic_messages import actions
from vclinic_messages.exports import FORMATS
from vclinic_messages.models import Role
from vclinic_messages.testing import create_conversation, create_member

NAME = "Anna Smith"
LISTS = ["waiting", "audit", "export_list", "activity"]


def person(role, description=""):
    user = create_member(role, first_name="Anna", last_name="Smith")
    if description:
        Profile.objects.create(user=user, description=description)
    return user


#: Two patients of one name.
PAIRS = {
    "numbers": lambda: [person(Role.PATIENT, "no. 20481"), person(Role.PATIENT, "no. 30592")],
    "no numbers": lambda: [person(Role.PATIENT), person(Role.PATIENT)],
    "the same text": lambda: [person(Role.PATIENT, "VIP"), person(Role.PATIENT, "VIP")],
}


@pytest.fixture(params=PAIRS)
def namesakes(request, clinic):
    """Two conversations, whose people all have the same name."""
    made = []
    for patient in PAIRS[request.param]():
        conversation = create_conversation(patient, person(Role.DOCTOR), TEXT, "An answer", "A question")
        text = getattr(getattr(patient, "profile", None), "description", "")
        account = f"account {patient.pk}"
        made.append((conversation, {"": account, "VIP": f"VIP, {account}"}.get(text, text)))
    return made


def listed(name, *query):
    return f"{address(name)}?{'&'.join([*query, 'by=person' if name == 'activity' else ''])}"


@pytest.mark.parametrize("name", LISTS)
def test_no_two_rows_of_a_report_name_their_people_alike(visit, clinic_admin, namesakes, name):
    visitor = visit(clinic_admin)
    rows = [" ".join(row) for row in table(visitor.get(listed(name)), accounts=True)]
    rows = [row for row in rows if NAME in row]
    assert len(rows) >= 2
    assert all(len(re.findall(rf"{NAME} \(", row)) == row.count(NAME) for row in rows)
    if name != "activity":  # which names staff only
        for _conversation, known in namesakes:
            assert sum(f"{NAME} ({known})" in row for row in rows) * 2 == len(rows)


@pytest.mark.parametrize("name", ["waiting", "audit", "activity"])
def test_spreadsheets_tell_people_apart_too(visit, clinic_admin, namesakes, name):
    visitor = visit(clinic_admin)
    _head, *rows = csv_rows(visitor.get(listed(name, "export=csv")), accounts=True)
    found = [" ".join(row) for row in rows if NAME in " ".join(row)]
    assert all(len(re.findall(rf"{NAME} \(", row)) == row.count(NAME) for row in found)
    on_page = {
        cell for row in table(visitor.get(listed(name)), accounts=True) for cell in row if NAME in cell
    }
    assert {cell for row in rows for cell in row if NAME in cell} == on_page


def test_the_form_says_whose_conversation_it_exports(visit, clinic_admin, namesakes):
    for conversation, known in namesakes:
        found = texts(visit(clinic_admin).get(address("export", conversation.pk)), "main dl dd")
        assert found[0] == f"{NAME} ({known})"


@pytest.mark.parametrize("format", FORMATS)
def test_the_document_says_whose_conversation_it_is(visit, clinic_admin, namesakes, format):
    visitor = visit(clinic_admin)
    for conversation, known in namesakes:
        response = visitor.post(address("export", conversation.pk), {"reason": "Asked", "format": format})
        assert known in content(response)


def test_in_one_document_the_senders_of_one_name_are_told_apart(visit, clinic_admin, namesakes):
    conversation, known = namesakes[0]
    data = {"reason": "Asked", "format": "html"}
    response = visit(clinic_admin).post(address("export", conversation.pk), data)
    headings = [each.get_text() for each in BeautifulSoup(content(response), "html.parser").select("h2")]
    assert [known in each for each in headings] == [True, False, True]


def test_a_deleted_account_is_still_told_apart(visit, clinic_admin, doctor):
    for patient in [person(Role.PATIENT, "no. 20481"), person(Role.PATIENT, "no. 30592")]:
        create_conversation(patient, doctor)
        patient.delete()
    first, second = (row[2] for row in table(visit(clinic_admin).get(address("waiting")), accounts=True))
    assert first != second
    assert first.startswith(f"{NAME} (deleted account, mailbox ")


def test_who_did_something_is_told_by_the_account_of_that_time(visit, clinic_admin, namesakes, doctor):
    """Not by what the directory says today: a new account may have the key of a deleted one."""
    old = person(Role.DOCTOR, "Cardiology")
    key = old.pk
    actions.send_message(conversation=create_conversation(old, doctor), sender=old, body=TEXT)
    old.delete()
    Profile.objects.create(user=create_member(Role.DOCTOR, pk=key), description="Dermatology")
    [row] = table(visit(clinic_admin).get(address("audit") + "?action=sent"), accounts=True)[:1]
    assert row[1] == f"{NAME} (account {key})"


def test_a_spreadsheet_asks_the_directory_in_batches(visit, clinic_admin, doctor, monkeypatch):
    monkeypatch.setattr("vclinic_messages.wagtail_admin.report_base.BATCH_SIZE", 2)
    for _ in range(5):
        create_conversation(person(Role.PATIENT), doctor)
    _head, *rows = csv_rows(visit(clinic_admin).get(address("waiting") + "?export=csv"), accounts=True)
    assert len({row[2] for row in rows}) == 5


# Directions of text

HEBREW = "\u05d0\u05e0\u05d4 (1)"


@pytest.fixture
def hebrew(conversation, doctor, patient, clinic_admin):
    """A patient, a doctor and an admin whose names run from right to left, and everything has happened."""
    for user in (doctor, patient, clinic_admin):
        user.first_name, user.last_name = HEBREW, ""
        user.save()
    create_conversation(patient, doctor, TEXT, "An answer", "A question")
    actions.export_conversation(
        conversation=conversation, actor=clinic_admin, reason=f"Asked by {HEBREW}", format="html"
    )
    gone = create_member(Role.PATIENT, first_name=HEBREW)
    waiting = create_conversation(gone, create_member(Role.DOCTOR, first_name=HEBREW))
    gone.delete()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return waiting


def outside_of_bdi(response):
    """The texts with the name that no <bdi> isolates. A title and a field cannot contain elements."""
    page = BeautifulSoup(content(response), "html.parser")
    return [
        str(each)
        for each in page.find_all(string=re.compile(re.escape(HEBREW)))
        if not isinstance(each, Comment)
        and not each.find_parent("bdi")
        and each.parent.name not in ("title", "option", "textarea", "script")
    ]


def test_every_name_in_the_admin_is_isolated(visit, clinic_admin, hebrew, conversation):
    visitor = visit(clinic_admin)
    paths = [*map(listed, LISTS), address("audit_results"), SETTINGS]
    paths += [address("export", each.pk) for each in (conversation, hebrew)]
    shown = 0
    for path in paths:
        response = visitor.get(path, follow=True)
        assert outside_of_bdi(response) == [], path
        shown += content(response).count(HEBREW)
    assert shown > 20


def test_every_name_in_an_exported_page_is_isolated(visit, clinic_admin, hebrew, conversation):
    data = {"reason": f"Asked by {HEBREW}", "format": "html"}
    response = visit(clinic_admin).post(address("export", conversation.pk), data)
    isolated_otherwise = [f"Asked by {HEBREW}"]  # a line of its own, with dir="auto"
    assert outside_of_bdi(response) == isolated_otherwise


@pytest.mark.parametrize("name", ["waiting", "audit", "export_list"])
def test_a_report_names_a_person_as_they_were_and_as_they_are_now(visit, clinic_admin, patient, doctor, name):
    conversation = create_conversation(patient, doctor)
    patient.last_name = "Weber"
    patient.save()
    actions.send_message(conversation=conversation, sender=patient, body="It is me")
    both = f"Maya Ferreira (now Maya Weber; account {patient.pk})"
    for search in ("ferreira", "weber"):
        rows = table(visit(clinic_admin).get(f"{address(name)}?person={search}"), accounts=True)
        assert rows
        assert all(both in " ".join(row) for row in rows if "Okafor" in " ".join(row))
    if name != "export_list":
        response = visit(clinic_admin).get(f"{address(name)}?export=csv")
        assert both in " ".join(" ".join(row) for row in csv_rows(response, accounts=True))


@pytest.mark.parametrize("name", ["waiting", "audit", "export_list"])
def test_a_report_finds_a_person_by_the_number_that_it_shows(visit, clinic_admin, name):
    found, other = person(Role.PATIENT, "no. 20481"), person(Role.PATIENT, "no. 30592")
    for patient in (found, other):
        create_conversation(patient, create_member(Role.DOCTOR))
    for search in ("20481", "anna+20481", "no.+20481"):
        rows = table(visit(clinic_admin).get(f"{address(name)}?person={search}"), accounts=True)
        assert ["no. 20481" in " ".join(row) for row in rows] == [True], search


@pytest.mark.parametrize("search", ["smith", "20481", "smith+20481"])
def test_the_audit_trail_finds_what_was_done_with_somebodys_conversation(visit, clinic_admin, search):
    patient, doctor = person(Role.PATIENT, "no. 20481"), create_member(Role.DOCTOR)
    create_conversation(patient, doctor, "A question", "An answer")
    create_conversation(create_member(Role.PATIENT), doctor)
    rows = table(visit(clinic_admin).get(f"{address('audit')}?about={search}"))
    assert len(rows) == 2
    assert not table(visit(clinic_admin).get(f"{address('audit')}?about=nobody"))
