"""No text of a message in logs and error reports, whatever fails. Each failure here is a real one."""

from __future__ import annotations

import logging
from html import unescape

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.utils.log import AdminEmailHandler
from rest_framework.renderers import JSONRenderer

from example_project.people.groups import ADMINISTRATORS, ensure_groups
from tests.api.caller import Caller
from tests.faults.secret import SECRET, as_sql, traces
from tests.hosts.broken import broken_receiver
from tests.models.sql import execute
from tests.pages.visitor import Visitor
from tests.servers import free_port
from vclinic_messages import actions, signals
from vclinic_messages.selectors import DraftPlace
from vclinic_messages.testing import create_conversation, create_member
from vclinic_messages.viewer import load_viewer

API, PAGE = "/messages/api/v1/conversations/", "/messages/"
#: What a browser sends with a form of ours.
OURS = {"Sec-Fetch-Site": "same-origin"}


class Mailer(AdminEmailHandler):
    """Django's own reports of errors, with every variable; kept here instead of being mailed."""

    def __init__(self):
        super().__init__(include_html=True)
        self.reports = []

    def send_mail(self, subject, message, *args, **kwargs):
        self.reports.append(f"{subject}\n{message}\n{kwargs['html_message']}")


@pytest.fixture
def reports():
    handler = Mailer()
    loggers = [logging.getLogger(name) for name in ("django", "vclinic_messages")]
    for logger in loggers:
        logger.addHandler(handler)
    yield handler.reports
    for logger in loggers:
        logger.removeHandler(handler)


@pytest.fixture
def heard(reports, caplog, capfd):
    """Everything that was written down: mails, log records with their tracebacks, both streams."""
    caplog.set_level(logging.INFO)

    def everything():
        return "\n".join([caplog.text, *capfd.readouterr(), *reports])

    return everything


def send_by_api(conversation, sender, other):
    caller = Caller(sender, raise_request_exception=False)
    reply = caller.post(f"{API}{conversation.pk}/messages/", {"body": SECRET}, Idempotency_Key="key")
    connection.close()
    start = caller.post(API, {"body": SECRET, "recipient": str(other.pk)})
    return reply, start


def send_by_page(conversation, sender, other):
    visitor = Visitor(sender, raise_request_exception=False)
    reply = visitor.post(f"{PAGE}{conversation.pk}/", {"body": SECRET, "key": "key"})
    connection.close()
    start = visitor.post(f"{PAGE}new/", {"body": SECRET, "recipient": str(other.pk)})
    return reply, start


@pytest.fixture(params=[send_by_api, send_by_page])
def send(request):
    return request.param


@pytest.fixture(params=["row security", "PROTECTIONS off"])
def rule(request, clinic):
    """The server refuses the text. Without row security its error quotes the whole row."""
    table = f"ALTER TABLE {clinic}.vclinic_messages_message"
    execute(f"{table} ADD CONSTRAINT vcm_test_rule CHECK (position({as_sql()} IN body) = 0)")
    if request.param == "PROTECTIONS off":
        execute(f"{table} DISABLE ROW LEVEL SECURITY")
    yield
    connection.close()
    execute(f"{table} DROP CONSTRAINT vcm_test_rule")
    execute(f"{table} ENABLE ROW LEVEL SECURITY")


def test_the_server_quotes_the_refused_row_and_nobody_passes_it_on(
    rule, conversation, doctor, patient, send, heard, reports
):
    answers = send(conversation, doctor, patient)
    assert [each.status_code for each in answers] == [500, 500]
    told = heard()
    assert "vcm_test_rule" in told, "the report names what failed"
    assert len(reports) == 2
    assert traces(told) == []


@pytest.mark.parametrize(
    "fields", [{"action": "save", "body": SECRET}, {"action": "undo", "discarded": SECRET}]
)
def test_a_draft_that_the_server_refuses(clinic, conversation, doctor, heard, reports, fields):
    """Without row security, the server quotes the row of the draft."""
    table = f"ALTER TABLE {clinic}.vclinic_messages_draft"
    execute(f"{table} ADD CONSTRAINT vcm_test_rule CHECK (position({as_sql()} IN body) = 0)")
    execute(f"{table} DISABLE ROW LEVEL SECURITY")
    try:
        visitor = Visitor(doctor, raise_request_exception=False)
        caller = Caller(doctor, raise_request_exception=False)
        answers = [
            visitor.post(path, {**fields, "draft": 0})
            for path in (f"{PAGE}{conversation.pk}/", f"{PAGE}new/")
        ]
        answers.append(caller.put(f"{API}{conversation.pk}/draft/", {"body": SECRET, "version": 0}))
    finally:
        connection.close()
        execute(f"{table} DROP CONSTRAINT vcm_test_rule")
        execute(f"{table} ENABLE ROW LEVEL SECURITY")
    assert [each.status_code for each in answers] == [500, 500, 500]
    told = heard()
    assert "vcm_test_rule" in told
    assert len(reports) == 3
    assert traces(told) == []


def test_a_page_that_fails_while_drafts_are_shown(conversation, doctor, patient, heard, settings):
    place = DraftPlace(conversation=conversation.pk)
    for where in (place, DraftPlace(), DraftPlace(recipient=str(patient.pk))):
        actions.save_draft(viewer=load_viewer(doctor), place=where, body=SECRET, version=0)
    settings.VCLINIC_MESSAGES = {**settings.VCLINIC_MESSAGES, "BASE_TEMPLATE": "tests/missing.html"}
    visitor = Visitor(doctor, raise_request_exception=False)
    newer = {"action": "save", "body": "Mine", "draft": 0}
    for path in (f"{PAGE}{conversation.pk}/", f"{PAGE}new/"):
        assert visitor.get(path).status_code == 500
        assert visitor.post(path, newer).status_code == 500
    assert visitor.get(PAGE).status_code == 500
    told = heard()
    assert "TemplateDoesNotExist" in told
    assert traces(told) == []


@pytest.fixture
def manager(clinic):
    ensure_groups()
    user = create_member(None, username="manager")
    user.groups.add(Group.objects.get(name=ADMINISTRATORS))
    return user


def test_a_failing_export_reports_no_reason(clinic, conversation, manager, heard, reports):
    """Without row security, the server quotes the row of the audit trail, with the reason."""
    table = f"ALTER TABLE {clinic}.vclinic_messages_auditevent"
    path = f"/cms/messages/export/{conversation.pk}/"
    execute(f"{table} ADD CONSTRAINT vcm_test_rule CHECK (action <> 'exported'), DISABLE ROW LEVEL SECURITY")
    try:
        visitor = Visitor(manager, raise_request_exception=False)
        assert visitor.post(path, {"reason": SECRET, "format": "json"}).status_code == 500
    finally:
        connection.close()
        execute(f"{table} DROP CONSTRAINT vcm_test_rule, ENABLE ROW LEVEL SECURITY")
    told = heard()
    assert "vcm_test_rule" in told
    assert len(reports) == 1
    assert traces(told) == []


#: What searches read: of conversations, and of people to write to.
LIST, PICKER = ("vclinic_messages_participant", "name"), ("people_profile", "title")


@pytest.mark.parametrize(("table", "column"), [LIST, PICKER])
def test_a_failing_search(clinic, conversation, doctor, heard, reports, table, column):
    """A search is posted: of the list, a row of what it found, and of the people to write to."""
    searches = [
        (PAGE, {}),
        (f"{PAGE}{conversation.pk}/", {"action": "open"}),
        (f"{PAGE}new/", {"action": "find", "body": SECRET}),
    ]
    failing = searches[2:] if (table, column) == PICKER else searches
    visitor = Visitor(doctor, raise_request_exception=False)
    execute(f"ALTER TABLE {clinic}.{table} RENAME COLUMN {column} TO lost")
    try:
        for path, data in failing:
            connection.close()
            assert visitor.post(path, {"q": SECRET, **data}, follow=True).status_code == 500
    finally:
        connection.close()
        execute(f"ALTER TABLE {clinic}.{table} RENAME COLUMN lost TO {column}")
    told = heard()
    assert "ProgrammingError" in told
    assert len(reports) == len(failing)
    assert traces(told) == []


def test_a_broken_directory(conversation, doctor, patient, send, heard, settings):
    settings.VCLINIC_MESSAGES = {
        **settings.VCLINIC_MESSAGES,
        "DIRECTORY": "tests.hosts.broken.BrokenDirectory",
    }
    answers = send(conversation, doctor, patient)
    assert [each.status_code for each in answers] == [500, 500]
    told = heard()
    assert "Breakdown" in told
    assert traces(told) == []


def test_a_template_that_fails_while_the_text_is_shown_again(conversation, doctor, patient, heard, settings):
    """The text is among the template's variables when the portal's own part of the page breaks."""
    settings.VCLINIC_MESSAGES = {
        **settings.VCLINIC_MESSAGES,
        "SENDS_PER_MINUTE": 1,
        "BASE_TEMPLATE": "tests/missing.html",
    }
    sent, refused = send_by_page(conversation, doctor, patient)
    assert (sent.status_code, refused.status_code) == (302, 500)
    told = heard()
    assert "TemplateDoesNotExist" in told
    assert traces(told) == []


def test_a_template_that_fails_while_a_conversation_is_shown(patient, doctor, heard, settings):
    """Texts that were sent long ago are variables of the page too."""
    conversation = create_conversation(patient, doctor, SECRET)
    settings.VCLINIC_MESSAGES = {**settings.VCLINIC_MESSAGES, "BASE_TEMPLATE": "tests/missing.html"}
    visitor = Visitor(doctor, raise_request_exception=False)
    for path in (PAGE, f"{PAGE}{conversation.pk}/"):
        assert visitor.get(path).status_code == 500
    told = heard()
    assert "TemplateDoesNotExist" in told
    assert traces(told) == []


def test_an_api_that_fails_while_messages_are_listed(patient, doctor, heard, monkeypatch):
    conversation = create_conversation(patient, doctor, SECRET)
    monkeypatch.setattr(JSONRenderer, "render", broken_receiver)
    caller = Caller(doctor, raise_request_exception=False)
    for path in ("", f"{conversation.pk}/messages/"):
        assert caller.get(f"{API}{path}").status_code == 500
    told = heard()
    assert "Breakdown" in told
    assert traces(told) == []


@pytest.mark.parametrize(
    "fault", ["PERFORM pg_terminate_backend(pg_backend_pid())", "RAISE 'no' USING ERRCODE = '53100'"]
)
def test_a_database_that_fails(conversation, doctor, patient, send, heard, failing, fault):
    with failing(fault):
        answers = send(conversation, doctor, patient)
        assert [each.status_code for each in answers] == [503, 503]
    told = heard()
    assert "unavailable: the database failed with OperationalError" in told
    assert traces(told) == []


def test_a_database_that_is_gone_before_the_view(conversation, doctor, heard, reports, monkeypatch):
    """Finding the clinic fails in a middleware, when no view has said yet which posted values are secret."""
    visitor = Visitor(doctor, raise_request_exception=False)
    caller = Caller(doctor, raise_request_exception=False)
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "PORT", str(free_port()))
    answers = [
        visitor.post(f"{PAGE}{conversation.pk}/", {"body": SECRET, "key": "key"}, headers=OURS),
        caller.post(f"{API}{conversation.pk}/messages/", {"body": SECRET}),
    ]
    monkeypatch.undo()
    assert [each.status_code for each in answers] == [503, 503]
    assert SECRET in unescape(answers[0].content.decode()), "the text is shown to whoever typed it"
    assert len(reports) == 2
    assert traces(heard()) == []


def test_a_receiver_that_fails_after_the_send(conversation, doctor, patient, send, heard):
    signals.message_sent.connect(broken_receiver)
    try:
        answers = send(conversation, doctor, patient)
    finally:
        signals.message_sent.disconnect(broken_receiver)
    assert {each.status_code for each in answers} <= {201, 302}
    told = heard()
    assert "Breakdown" in told
    assert traces(told) == []


@pytest.mark.parametrize("body", ["[" * 100_000, f'{{"body": "{SECRET}"', f'{{"body": ["{SECRET}"]}}'])
def test_json_that_cannot_be_read(conversation, doctor, heard, body):
    caller = Caller(doctor)
    response = caller.call("POST", f"{API}{conversation.pk}/messages/", body.encode(), "application/json")
    assert response.status_code == 400
    assert traces(response.content.decode()) == []
    assert traces(heard()) == []


def test_a_refused_text_is_not_in_the_answer_of_the_api(conversation, doctor, heard):
    caller = Caller(doctor)
    response = caller.post(f"{API}{conversation.pk}/messages/", {"body": SECRET + "\0"})
    assert response.status_code == 400
    assert traces(response.content.decode()) == []
    assert traces(heard()) == []
