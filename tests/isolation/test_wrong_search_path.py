"""A connection that is not where the request belongs, as behind a pooler that mixes up search paths."""

from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.urls import reverse
from django.utils.timezone import localdate
from django_tenants.utils import schema_context

from tests.api.caller import refusal
from tests.isolation.conftest import furnish
from tests.models.sql import execute
from vclinic_messages import actions, protections, selectors
from vclinic_messages.clinic_switch import clinic_settings
from vclinic_messages.errors import ClinicMismatch, ConversationNotFound, RemindersFailed
from vclinic_messages.models import Message, QuickReply
from vclinic_messages.selectors import DraftPlace, report_rows
from vclinic_messages.tenancy import run_in_clinic, verify_clinic
from vclinic_messages.testing import create_member
from vclinic_messages.viewer import load_viewer

LISTS = [
    "feature/",
    "recipients/",
    "conversations/",
    "{}",
    "{}messages/",
    "{}messages/?after=0",
    "live/state/?after=0-0",
    "drafts/",
    "draft/",
    "{}draft/",
]


def save_drafts(caller, address):
    """Where a list has to show some."""
    for path in (f"{address}draft/", "draft/"):
        assert caller.put(path, {"body": "Draft", "version": 0}).status_code == 200


def misplace(schema):
    """Under Django's feet: it believes the connection to be where it was."""
    connection.connection.execute(f'SET search_path TO "{schema}", public')


@contextmanager
def misplaced(clinic, schema):
    """In the clinic, as Django believes, while the database is in another schema."""
    with schema_context(clinic):
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        misplace(schema)
        yield


@contextmanager
def misplaced_before(number, schema):
    """A pooler hands out a connection of another schema for this transaction and the following ones.

    A statement outside of a transaction is one of its own. Counted from 1, from the first that is about us.
    """
    depth = len(connection.savepoint_ids)
    begun, ends = 0, ("RELEASE", "ROLLBACK")

    def count(execute, sql, params, many, context):
        nonlocal begun
        is_begin = sql.startswith("SAVEPOINT")
        is_about_us = begun or is_begin or "vclinic_messages_" in sql
        if is_about_us and len(connection.savepoint_ids) == depth and not sql.startswith(ends):
            begun += 1
            if begun == number:
                misplace(schema)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        yield


ACTIONS = {
    "start": lambda alder: actions.start_conversation(
        sender=alder.patient, recipient=alder.doctor, body="Hi"
    ),
    "send": lambda alder: actions.send_message(
        conversation=alder.conversation, sender=alder.doctor, body="Hi"
    ),
    "read": lambda alder: actions.mark_read(
        conversation=alder.conversation, reader=alder.doctor, up_to=alder.message
    ),
    "no answer needed": lambda alder: actions.no_answer_needed(
        conversation=alder.conversation, actor=alder.doctor
    ),
    "answer needed": lambda alder: actions.undo_no_answer_needed(
        conversation=alder.conversation, actor=alder.doctor
    ),
    "remove from waiting list": lambda alder: actions.remove_from_waiting_list(
        conversation=alder.conversation, actor=alder.doctor
    ),
    "settings": lambda alder: actions.change_settings(enabled=False),
    "export": lambda alder: actions.export_conversation(
        conversation=alder.conversation, actor=alder.doctor, reason="A letter", format="html"
    ),
    "prune": lambda alder: actions.prune_audit(older_than=timedelta(seconds=1)),
    "save draft": lambda alder: actions.save_draft(
        viewer=alder.viewer, place=DraftPlace(conversation=alder.conversation.pk), body="Hi", version=0
    ),
    "save new draft": lambda alder: actions.save_draft(
        viewer=alder.viewer, place=DraftPlace(recipient=str(alder.patient.pk)), body="Hi", version=0
    ),
    "discard draft": lambda alder: actions.discard_draft(viewer=alder.viewer, place=DraftPlace()),
    "prune drafts": lambda alder: actions.prune_drafts(older_than=timedelta(seconds=1)),
    "sever": lambda alder: actions.sever_mailboxes(),
    "refold": lambda alder: actions.refold(),
    "repair": lambda alder: actions.verify_counters(repair=True),
    "open": lambda alder: actions.open_conversation(viewer=alder.viewer, conversation=alder.conversation.pk),
    "download": lambda alder: actions.download_conversation(
        viewer=alder.viewer, conversation=alder.conversation.pk, format="html"
    ),
    "print": lambda alder: actions.print_conversation(
        viewer=alder.viewer, conversation=alder.conversation.pk
    ),
    "report": lambda alder: actions.export_report(
        actor=alder.doctor, report="waiting", format="csv", filters=[], write=lambda: 0
    ),
    "assign": lambda alder: actions.assign(
        conversation=alder.conversation.pk, actor=alder.doctor, to=alder.doctor
    ),
    "note writing": lambda alder: actions.note_writing(
        viewer=alder.viewer, conversation=alder.conversation.pk
    ),
    "change team": lambda alder: actions.change_team(name="Front desk"),
    "close team": lambda alder: actions.close_team(team=uuid4()),
    "absence": lambda alder: actions.set_absence(actor=None, who=alder.doctor, first_day=localdate()),
    "end absence": lambda alder: actions.end_absence(actor=None, who=alder.doctor),
    "quick reply": lambda alder: actions.change_quick_reply(title="Hours", body="We are open."),
    "delete quick reply": lambda alder: actions.delete_quick_reply(reply=QuickReply(pk=1)),
    "own quick reply": lambda alder: actions.change_own_quick_reply(
        viewer=alder.viewer, title="Hours", body="We are open."
    ),
    "delete own quick reply": lambda alder: actions.delete_own_quick_reply(
        viewer=alder.viewer, reply=QuickReply(pk=1)
    ),
    "reminders": lambda alder: actions.choose_reminders(viewer=alder.viewer, by_email=False),
    "stop reminders": lambda alder: actions.stop_reminders(mailbox=1),
    "groups": lambda alder: actions.create_groups(),
    "hold": lambda alder: actions.hold_conversation(
        conversation=alder.conversation.pk, reason="A case", by="Ruth"
    ),
    "release": lambda alder: actions.release_conversation(
        conversation=alder.conversation.pk, reason="A case", by="Ruth"
    ),
    "erase": lambda alder: actions.erase_conversation(
        conversation=alder.conversation.pk, reason="A case", by="Ruth"
    ),
    "erase patient": lambda alder: actions.erase_patient(mailbox=1, reason="A case", by="Ruth"),
    "erase expired": lambda alder: actions.erase_expired(),
    "protect": lambda alder: protections.protect(),
}
#: The first tells the processes of the clinic by its name, and touches no table. The second has its own test.
TRIED_ELSEWHERE = {"end_streams", "send_due_reminders"}


def test_every_action_is_tried():
    tried = {name for act in ACTIONS.values() for name in act.__code__.co_names}
    assert set(actions.__all__) - tried == TRIED_ELSEWHERE


@pytest.mark.parametrize("schema", ["birch", "cedar"])
def test_no_reminder_is_sent_from_the_wrong_place(alder, birch, mailoutbox, schema):
    for name in ("alder", "birch"):
        with schema_context(name):
            actions.change_settings(reminders=True, reminder_minutes=0, quiet_from=0, quiet_until=0)
    before = alder.rows(), birch.rows()
    with misplaced("alder", schema), pytest.raises(RemindersFailed):
        actions.send_due_reminders()
    assert (alder.rows(), birch.rows()) == before
    assert mailoutbox == []


@pytest.mark.parametrize("schema", ["birch", "cedar"])
@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_writes_nothing_in_the_wrong_place(alder, birch, name, schema):
    with schema_context("alder"):
        alder.viewer = load_viewer(alder.doctor)
    before = alder.rows(), birch.rows()
    with misplaced("alder", schema), pytest.raises(ClinicMismatch):
        ACTIONS[name](alder)
    assert (alder.rows(), birch.rows()) == before


def hide(table):
    """A temporary table hides the clinic's, has its rows, and takes whatever is inserted."""
    execute(f"CREATE TEMPORARY TABLE {table} (LIKE {table} INCLUDING ALL)")
    execute(f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM alder.{table}")


@pytest.fixture
def hidden(alder, birch):
    with schema_context("alder"):
        alder.viewer = load_viewer(alder.doctor)
        hide("vclinic_messages_message")
        yield alder


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_does_nothing_where_a_temporary_table_hides_ours(hidden, name):
    with pytest.raises(ClinicMismatch):
        ACTIONS[name](hidden)


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_writes_nothing_where_a_temporary_table_hides_another(alder, birch, name):
    others = [table for table in protections.table_names() if table != "vclinic_messages_message"]
    with schema_context("alder"):
        alder.viewer = load_viewer(alder.doctor)
        before = alder.rows()
        for table in others:
            hide(table)
            with pytest.raises((ClinicMismatch, ConversationNotFound)):
                ACTIONS[name](alder)
            execute(f"DROP TABLE pg_temp.{table}")
            assert alder.rows() == before, table


def test_nothing_is_read_from_a_temporary_table_that_hides_ours(hidden):
    assert not Message.objects.exists()
    assert run_in_clinic("SELECT 1 FROM vclinic_messages_message WHERE {in_clinic}") == []
    with pytest.raises(ClinicMismatch):
        verify_clinic()
    with pytest.raises(ClinicMismatch):
        selectors.inbox(hidden.viewer)


def test_an_opening_is_not_noted_in_the_wrong_place(committed):
    """The conversation was found before, in another transaction than that of the note."""
    alder, birch = furnish("alder"), furnish("birch")
    with schema_context("alder"):
        viewer = load_viewer(alder.doctor)
        found = selectors.conversation(viewer, alder.conversation.pk)
    before = alder.rows(), birch.rows()
    with misplaced("alder", "birch"), pytest.raises(ClinicMismatch):
        actions.open_conversation(viewer=viewer, conversation=found)
    assert (alder.rows(), birch.rows()) == before


def test_nor_in_a_transaction_of_the_portals_own(alder, birch):
    """Which began after the conversation was found, and goes on after the refusal."""
    with schema_context("alder"):
        viewer = load_viewer(alder.doctor)
        found = selectors.conversation(viewer, alder.conversation.pk)
    before = alder.rows(), birch.rows()
    with misplaced("alder", "birch"), transaction.atomic(), pytest.raises(ClinicMismatch):
        actions.open_conversation(viewer=viewer, conversation=found)
    assert (alder.rows(), birch.rows()) == before


@pytest.mark.parametrize("name", ["send", "read", "no answer needed"])
def test_even_an_id_of_the_wrong_clinic_opens_nothing_there(alder, birch, name):
    before = birch.rows()
    alder.conversation, alder.message = birch.conversation, birch.message
    with misplaced("alder", "birch"), pytest.raises(ClinicMismatch):
        ACTIONS[name](alder)
    assert birch.rows() == before


def test_what_is_read_first_notices(alder, birch):
    with schema_context("alder"):
        viewer = load_viewer(alder.doctor)
    for look in (
        clinic_settings,
        lambda: load_viewer(alder.doctor),
        lambda: selectors.inbox(viewer),
        lambda: selectors.conversation(viewer, alder.conversation.pk),
        lambda: selectors.conversation(viewer, birch.conversation.pk),
        report_rows.overview,
    ):
        with misplaced("alder", "birch"), pytest.raises(ClinicMismatch):
            look()


@pytest.mark.parametrize("name", ["waiting", "activity", "audit", "export_list"])
def test_a_report_is_refused_in_the_wrong_place(alder, birch, name):
    """After Wagtail has let the person in: what counts is the transaction of the report."""
    with schema_context("alder"):
        manager = create_member(None, is_superuser=True)
    caller, path = alder.api(manager), reverse(f"vclinic_messages_admin:{name}")
    if name != "export_list":
        path += "?export=csv"
    assert caller.get(path).status_code == 200
    with misplaced_before(1, "birch"):
        response = caller.get(path)
    assert (response.status_code, response.streaming) == (503, False)


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("path", LISTS)
def test_a_list_is_right_or_refused_wherever_the_path_changes(alder, birch, path, number):
    """Never another clinic's rows, and never an empty list that looks like the truth."""
    path = path.format(alder.address)
    caller = alder.api(alder.doctor)
    save_drafts(caller, alder.address)
    truth = caller.get(path)
    assert truth.status_code == 200
    with misplaced_before(number, "birch"):
        response = caller.get(path)
    if response.status_code == 200:
        assert response.json() == truth.json()
    else:
        assert refusal(response) == (503, "clinic_mismatch")
        assert int(response.headers["Retry-After"]) > 0
    assert alder.api(alder.doctor).get(path).json() == truth.json()


@pytest.mark.parametrize("path", LISTS)
def test_a_path_that_is_wrong_from_the_start_is_refused(alder, birch, path):
    caller = alder.api(alder.doctor)
    with misplaced_before(1, "birch"):
        response = caller.get(path.format(alder.address))
    assert refusal(response) == (503, "clinic_mismatch")


def test_a_draft_in_the_wrong_place_is_refused(alder, birch):
    caller = alder.api(alder.doctor)
    save_drafts(caller, alder.address)
    before = alder.rows(), birch.rows()
    for path in (f"{alder.address}draft/", "draft/", "draft/?recipient=7001"):
        for method in ("PUT", "DELETE"):
            with misplaced_before(1, "birch"):
                response = caller.call(method, path, b'{"body": "Hi", "version": 1}', "application/json")
            assert refusal(response) == (503, "clinic_mismatch")
    assert (alder.rows(), birch.rows()) == before


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("conversations/", {"recipient": "7001", "body": "Hi"}),
        ("{}messages/", {"body": "Hi"}),
        ("{}read/", {"message": 1}),
        ("{}no-answer-needed/", {}),
    ],
)
def test_a_write_in_the_wrong_place_is_refused(alder, birch, path, data):
    before = alder.rows(), birch.rows()
    caller = alder.api(alder.doctor)
    with misplaced_before(1, "birch"):
        response = caller.post(path.format(alder.address), data)
    assert refusal(response) == (503, "clinic_mismatch")
    assert (alder.rows(), birch.rows()) == before
