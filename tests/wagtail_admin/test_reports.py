"""What the reports list, how they are filtered, and what the spreadsheets contain."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.formats import date_format
from openpyxl import load_workbook

from tests.options import set_options
from tests.pages.visitor import page, texts
from tests.wagtail_admin.conftest import TEXT
from tests.wagtail_admin.test_access import address
from vclinic_messages import actions
from vclinic_messages.models import AuditEvent, Message, Participant, Role
from vclinic_messages.testing import create_conversation, create_member, create_team
from vclinic_messages.wagtail_admin.report_base import CappedPaginator, no_formula


def table(response, *, accounts=False):
    """The texts of the cells; what tells people apart only on demand."""
    rows = page(response).select("table tbody tr")
    cells = [[" ".join(cell.get_text().split()) for cell in row.select("td")] for row in rows]
    return cells if accounts else [[without_account(cell) for cell in row] for row in cells]


def csv_rows(response, *, accounts=False):
    assert response["Content-Type"].startswith("text/csv")
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text if accounts else without_account(text))))


def without_account(text):
    return re.sub(r" \((deleted account, mailbox|account) \d+\)", "", text) if isinstance(text, str) else text


def xlsx_rows(response):
    sheet = load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    return [[without_account(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]


def age(message, **ago):
    """Move a message into the past. Outside tests a message cannot be changed."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE vclinic_messages_message DISABLE TRIGGER USER")
        Message.objects.filter(pk=message.pk).update(sent_at=timezone.now() - timedelta(**ago))
        cursor.execute("ALTER TABLE vclinic_messages_message ENABLE TRIGGER USER")


def wait_since(conversation, **ago):
    staff = Participant.objects.filter(conversation=conversation).exclude(role="patient")
    staff.update(waiting_since=timezone.now() - timedelta(**ago))


# Waiting


@pytest.fixture
def queue(conversation, patient2, admin):
    """Maya has been waiting for the doctor for 3 days, Joana for the clinic staff for an hour."""
    wait_since(conversation, days=3)
    wait_since(create_conversation(patient2, admin, TEXT), hours=1)


def test_the_longest_wait_comes_first(visit, clinic_admin, queue, doctor, patient):
    create_conversation(doctor, patient)
    rows = table(visit(clinic_admin).get(address("waiting")))
    assert [(row[0], row[2], row[3], row[4]) for row in rows] == [
        ("3 days", "Maya Ferreira", "Amara Okafor", "1"),
        ("1 hour", "Joana Lopes", "Ruth Adeyemi", "1"),
    ]


def test_times_are_written_as_everywhere_in_the_admin(visit, clinic_admin, queue):
    [first, _second] = table(visit(clinic_admin).get(address("waiting")))
    since = timezone.localtime(timezone.now() - timedelta(days=3))
    assert first[1].startswith(date_format(since, "N j, Y, "))


@pytest.mark.parametrize(
    ("query", "patients"),
    [
        ("person=joana", ["Joana Lopes"]),
        ("person=OKAFOR", ["Maya Ferreira"]),
        ("person=%C3%B6kafor", ["Maya Ferreira"]),
        ("person=okafor%20maya", ["Maya Ferreira"]),
        ("person=okafor%20joana", []),
        ("person=o.afor", []),
        ("role=admin", ["Joana Lopes"]),
        ("role=doctor", ["Maya Ferreira"]),
        ("days=2", ["Maya Ferreira"]),
        ("days=7", []),
    ],
)
def test_the_waiting_list_is_filtered(visit, clinic_admin, queue, query, patients):
    response = visit(clinic_admin).get(f"{address('waiting')}?{query}")
    assert [row[2] for row in table(response)] == patients
    if not patients:
        assert "No results match these filters." in response.content.decode()
        assert "No conversation is waiting for an answer." not in response.content.decode()


def test_the_waiting_list_as_spreadsheets(visit, clinic_admin, queue):
    head, first, _second = csv_rows(visit(clinic_admin).get(address("waiting") + "?export=csv"))
    assert head == ["Waiting time (hours)", "Since", "Patient", "Waiting for", "Messages"]
    assert (first[0], first[2:]) == ("72.0", ["Maya Ferreira", "Amara Okafor", "1"])
    filtered = visit(clinic_admin).get(address("waiting") + "?export=xlsx&role=admin")
    head, only_row = xlsx_rows(filtered)
    assert head[0] == "Waiting time (hours)"
    assert isinstance(only_row[1], datetime)
    assert only_row[2] == "Joana Lopes"


def test_a_name_is_no_formula(visit, clinic_admin, doctor):
    create_conversation(create_member(Role.PATIENT, first_name="=1+1"), doctor)
    assert csv_rows(visit(clinic_admin).get(address("waiting") + "?export=csv"))[1][2] == "'=1+1"
    # openpyxl writes a text that begins with "=" as a formula.
    assert xlsx_rows(visit(clinic_admin).get(address("waiting") + "?export=xlsx"))[1][2] == "'=1+1"


@pytest.mark.parametrize("first", list("=+-@\t\r\n＝＋－＠"))
def test_no_text_in_a_csv_file_begins_a_formula(first):
    """These are the characters that OWASP lists, and their full-width forms."""
    assert no_formula(f"{first}1") == f"'{first}1"
    assert no_formula(f"1{first}") == f"1{first}"


@pytest.mark.parametrize("character", ["\v", "\x01", "\x1f", "\ufffe", "\uffff"])
def test_a_control_character_in_a_name_breaks_no_spreadsheet(visit, clinic_admin, doctor, character):
    create_conversation(create_member(Role.PATIENT, first_name=f"A{character}B"), doctor)
    [_head, row] = xlsx_rows(visit(clinic_admin).get(address("waiting") + "?export=xlsx"))
    assert row[2].startswith("A\ufffdB")


def test_excel_reads_a_csv_file_as_utf_8(visit, clinic_admin, queue):
    response = visit(clinic_admin).get(address("waiting") + "?export=csv")
    assert b"".join(response.streaming_content).startswith(b"\xef\xbb\xbfWaiting time")


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_browsers_must_not_guess_the_type_of_a_spreadsheet(visit, clinic_admin, queue, settings, format):
    settings.SECURE_CONTENT_TYPE_NOSNIFF = False  # a portal may do without Django's own header
    response = visit(clinic_admin).get(address("waiting") + f"?export={format}")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "attachment" in response["Content-Disposition"]


def test_the_waiting_list_costs_the_same_however_long_it_is(visit, clinic_admin, queue, doctor):
    visitor = visit(clinic_admin)

    def own():
        with CaptureQueriesContext(connection) as captured:
            assert visitor.get(address("waiting_results")).status_code == 200
        return sum("vclinic_messages_" in query["sql"] for query in captured.captured_queries)

    few = own()
    for _ in range(20):
        create_conversation(create_member(Role.PATIENT), doctor)
    assert own() == few <= 7


@pytest.mark.parametrize("most", [1, 2, 3])
def test_a_report_lists_the_first_rows_and_its_spreadsheet_all(visit, clinic_admin, queue, monkeypatch, most):
    monkeypatch.setattr(CappedPaginator, "max_rows", most)
    response = visit(clinic_admin).get(address("waiting"))
    assert [row[2] for row in table(response)] == ["Maya Ferreira", "Joana Lopes"][:most]
    shown = ["Showing the first 1. Use the filters to reach the rest."] if most < 2 else []
    assert texts(response, "#vcm-first-rows") == shown
    assert len(csv_rows(visit(clinic_admin).get(address("waiting") + "?export=csv"))) == 3


@pytest.mark.parametrize("format", ["csv", "xlsx"])
@pytest.mark.parametrize("name", ["waiting", "audit"])
def test_the_rows_of_a_spreadsheet_are_read_once_and_in_batches(visit, clinic_admin, queue, name, format):
    with CaptureQueriesContext(connection) as captured:
        response = visit(clinic_admin).get(address(name) + f"?export={format}")
    assert int(response["Content-Length"]) == len(b"".join(response.streaming_content))
    table_name = {"waiting": "conversation", "audit": "auditevent"}[name]
    whole = f'FROM "vclinic_messages_{table_name}"'
    found = [query["sql"] for query in captured.captured_queries if whole in query["sql"]]
    reads = [sql for sql in found if "OFFSET" not in sql]  # the limit of exports reads one event
    assert len([sql for sql in reads if "DECLARE" in sql]) == len(reads) == 1, reads


def test_a_page_behind_the_last_is_the_last(visit, clinic_admin, queue, monkeypatch):
    monkeypatch.setattr(CappedPaginator, "max_rows", 1)
    [row] = table(visit(clinic_admin).get(address("waiting") + "?p=5000"))
    assert row[2] == "Maya Ferreira"


# Activity


@pytest.fixture
def answered(patient, patient2, doctor, admin):
    """This week the doctor answered after an hour, the clinic staff after five."""
    for person, staff, hours in ((patient, doctor, 1), (patient2, admin, 5)):
        conversation = create_conversation(person, staff, TEXT, f"Antwort {TEXT}")
        age(Message.objects.filter(conversation=conversation).earliest("pk"), hours=hours, seconds=10)


def test_activity_by_week(visit, clinic_admin, answered, patient, doctor):
    create_conversation(doctor, patient)
    rows = table(visit(clinic_admin).get(address("activity")))
    total = [sum(int(row[column]) for row in rows) for column in (2, 3)]
    assert total == [5, 2]
    if len(rows) == 1:  # not in the first hours of a week
        assert rows[0][1:] == ["3", "5", "2", "3 hours", "4 hours 36 minutes"]


def test_activity_by_person(visit, clinic_admin, answered):
    rows = table(visit(clinic_admin).get(address("activity") + "?by=person"))
    assert rows == [
        ["Amara Okafor", "Doctor", "1", "1", "1", "1 hour", "1 hour"],
        ["Ruth Adeyemi", "Clinic staff", "1", "1", "1", "5 hours", "5 hours"],
    ]
    rows = table(visit(clinic_admin).get(address("activity") + "?by=person&role=doctor"))
    assert [row[0] for row in rows] == ["Amara Okafor"]


def test_activity_by_week_and_person(visit, clinic_admin, answered):
    rows = table(visit(clinic_admin).get(address("activity") + "?by=both"))
    assert {(row[1], row[5]) for row in rows if row[5] == "1"} == {
        ("Amara Okafor", "1"),
        ("Ruth Adeyemi", "1"),
    }
    assert all(row[0].startswith("Week of ") for row in rows)


@pytest.fixture
def answered_by_a_team(answered, patient, doctor, admin):
    """The front desk was asked twice, and the doctor answered for it once, after two hours."""
    team = create_team("Front desk", doctor, admin)
    for hours in (2, 0):
        conversation = create_conversation(patient, team, TEXT)
        if hours:
            actions.send_message(conversation=conversation, sender=doctor, body=f"Antwort {TEXT}")
            age(Message.objects.filter(conversation=conversation).earliest("pk"), hours=hours, seconds=10)


def test_activity_by_team(visit, clinic_admin, answered_by_a_team):
    figures = ["1", "1", "1", "2 hours", "2 hours"]
    assert table(visit(clinic_admin).get(address("activity") + "?by=team")) == [["Front desk", *figures]]
    assert table(visit(clinic_admin).get(address("activity") + "?by=team&role=admin")) == []
    rows = table(visit(clinic_admin).get(address("activity") + "?by=team_week"))
    assert {(row[1], row[4]) for row in rows if row[4] == "1"} == {("Front desk", "1")}
    head, row = csv_rows(visit(clinic_admin).get(address("activity") + "?by=team&export=csv"))
    assert (head[0], head[1], row[0], row[4]) == ("Team", "Conversations", "Front desk", "2.0")


def test_activity_of_a_period(visit, clinic_admin, conversation):
    age(Message.objects.get(), weeks=8)
    counted = {
        weeks: sum(
            int(row[2]) for row in table(visit(clinic_admin).get(f"{address('activity')}?weeks={weeks}"))
        )
        for weeks in ("4", "", "52")
    }
    assert counted == {"4": 0, "": 1, "52": 1}


def test_activity_as_spreadsheets(visit, clinic_admin, answered):
    head, *rows = csv_rows(visit(clinic_admin).get(address("activity") + "?by=person&export=csv"))
    assert head == [
        "Name",
        "Role",
        "Conversations",
        "Messages",
        "First answers",
        "Median of the first answer (hours)",
        "90th percentile of the first answer (hours)",
    ]
    assert [(row[0], row[5]) for row in rows] == [("Amara Okafor", "1.0"), ("Ruth Adeyemi", "5.0")]
    assert xlsx_rows(visit(clinic_admin).get(address("activity") + "?by=person&export=xlsx"))[1][5] == 1


# Audit trail


@pytest.fixture
def events(conversation, clinic_admin, doctor):
    actions.send_message(conversation=conversation, sender=doctor, body=TEXT)
    actions.change_settings(actor=clinic_admin, phone="555-0144", patients_may_start=False)
    actions.export_conversation(
        conversation=conversation, actor=clinic_admin, reason="By letter", format="fhir"
    )
    actions.prune_audit(older_than=timedelta(days=30))


def test_the_audit_trail_says_who_did_what(visit, clinic_admin, events):
    rows = [row[1:] for row in table(visit(clinic_admin).get(address("audit")))]
    people = "Amara Okafor, Maya Ferreira"
    day = timezone.localtime(timezone.now() - timedelta(days=30))
    assert rows[0][:3] == ["A command on the server", "removed old events", ""]
    assert rows[0][3].startswith("0 events from before ")
    assert str(day.year) in rows[0][3]
    assert rows[1] == [
        "Noor Haddad",
        "exported a conversation",
        people,
        "By letter · FHIR R4 Communication bundle, for another clinic’s system",
    ]
    assert rows[2][:2] == ["Noor Haddad", "changed the settings of Messages"]
    assert "phone number: from “555-0100” to “555-0144”" in rows[2][3]
    assert "patients may start conversations: from yes to no" in rows[2][3]
    assert rows[3] == ["Amara Okafor", "sent a message", people, ""]
    assert rows[4] == ["Maya Ferreira", "started a conversation", people, ""]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("person=haddad", 2),
        ("person=H%C3%A1DDAD%20noor", 2),
        ("person=haddad%20amara", 0),
        ("last=9999-12-31", 6),
        ("first=9999-12-31", 0),
        ("last=0001-01-01", 0),
        ("action=sent", 1),
        ("action=exported&person=noor", 1),
        ("first={today}", 6),
        ("last={yesterday}", 0),
        ("first={yesterday}&last={today}", 6),
    ],
)
def test_the_audit_trail_is_filtered(visit, clinic_admin, events, query, count):
    today = timezone.localdate()
    query = query.format(today=today, yesterday=today - timedelta(days=1))
    assert len(table(visit(clinic_admin).get(f"{address('audit')}?{query}"))) == count


def test_old_events_may_name_what_no_longer_exists(visit, clinic_admin):
    AuditEvent.objects.create(actor_name="A", action="switched", details={"gone": {"from": "", "to": "on"}})
    AuditEvent.objects.create(actor_name="A", action="exported", details={"format": "pdf", "reason": "Asked"})
    AuditEvent.objects.create(
        actor_name="A", action="reported", details={"report": "gone", "format": "csv", "rows": 1}
    )
    rows = table(visit(clinic_admin).get(address("audit") + "?person=A"))
    assert [row[4] for row in rows] == ["gone · CSV · 1 row", "Asked · pdf", "gone: from nothing to “on”"]


def test_the_audit_trail_as_spreadsheets(visit, clinic_admin, events, conversation):
    head, *rows = csv_rows(visit(clinic_admin).get(address("audit") + "?export=csv"))
    assert head == ["When", "Who", "What", "Conversation of", "Details", "Conversation"]
    assert len(rows) == AuditEvent.objects.count() - 1  # its own download is not in it
    assert rows[1][5] == str(conversation.pk)
    assert (
        len(xlsx_rows(visit(clinic_admin).get(address("audit") + "?export=xlsx"))) == len(rows) + 2
    )  # the heading, and the first download


def test_the_filters_print_no_inline_script(visit, clinic_admin, events):
    response = visit(clinic_admin).get(address("audit"))
    found = page(response).select("input[type=date]")
    assert [field["name"] for field in found] == ["first", "last"]
    assert "initDateChooser" not in response.content.decode()
    assert texts(response, ".vcm-explanation")[0].startswith("Who did what, and when.")


# Downloads are recorded and limited


@pytest.mark.parametrize("format", ["csv", "xlsx"])
@pytest.mark.parametrize(
    ("name", "query", "filters"),
    [
        ("waiting", "person=maya&role=doctor", ["person", "role"]),
        ("activity", "by=person", ["by"]),
        ("audit", "about=maya&first=", ["about"]),
        ("audit", "", []),
    ],
)
def test_a_download_is_recorded_without_the_words_of_its_filters(
    visit, clinic_admin, conversation, format, name, query, filters
):
    response = visit(clinic_admin).get(f"{address(name)}?{query}&export={format}")
    rows = (csv_rows if format == "csv" else xlsx_rows)(response)
    event = AuditEvent.objects.latest("pk")
    assert (event.action, event.actor_id, event.actor_name) == ("reported", clinic_admin.pk, "Noor Haddad")
    recorded = {"report": name, "format": format, "filters": filters, "rows": len(rows) - 1}
    assert event.details == recorded
    assert table(visit(clinic_admin).get(address("audit")))[0][2] == "downloaded a report"


def test_the_audit_trail_says_which_report(visit, clinic_admin, conversation):
    visit(clinic_admin).get(address("waiting") + "?export=csv")
    shown = table(visit(clinic_admin).get(address("audit")))[0]
    assert shown[4] == "Messages: waiting for the clinic · CSV · 1 row"


def test_neither_a_page_nor_a_head_request_is_recorded(visit, clinic_admin, conversation):
    before = AuditEvent.objects.count()
    visit(clinic_admin).get(address("waiting") + "?person=maya")
    visit(clinic_admin).send("head", address("waiting") + "?export=csv")
    assert AuditEvent.objects.count() == before


@pytest.mark.parametrize("name", ["waiting", "activity", "audit"])
def test_downloads_are_limited_together_with_exports(visit, clinic_admin, conversation, settings, name):
    set_options(settings, EXPORTS_PER_HOUR=2)
    actions.export_conversation(
        conversation=conversation, actor=clinic_admin, reason="By letter", format="json"
    )
    visitor = visit(clinic_admin)
    assert visitor.get(address("waiting") + "?export=csv").streaming
    for format in ("csv", "xlsx"):
        response = visitor.get(f"{address(name)}?export={format}")
        assert (response.status_code, response.streaming) == (429, False)
        assert 0 < int(response["Retry-After"]) <= 3600
        [said] = texts(response, ".messages li")
        assert "a lot in the last hour. Please try again later." in said
        assert table(response)
    assert AuditEvent.objects.filter(action="reported").count() == 1


def test_the_charts_of_the_activity_ask_nothing_again(visit, clinic_admin, conversation):
    visitor = visit(clinic_admin)
    with CaptureQueriesContext(connection) as captured:
        assert visitor.get(address("activity")).context["charts"]
    assert sum("asked AS MATERIALIZED" in query["sql"] for query in captured.captured_queries) == 1
