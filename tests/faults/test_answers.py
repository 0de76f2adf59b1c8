"""What the server cannot do is answered with a code, stores nothing, and keeps the text for another try."""

from __future__ import annotations

from contextlib import contextmanager
from urllib.parse import urlencode

import pytest
from django.db import connection

from tests.api.caller import Caller, refusal
from tests.clients import CutOff
from tests.isolation.test_wrong_search_path import misplace
from tests.models.sql import execute
from tests.pages.visitor import NEW, Visitor, only, page, texts, values
from tests.servers import free_port
from vclinic_messages import actions
from vclinic_messages.errors import ClinicMismatch, Unavailable
from vclinic_messages.models import Message

FAULTS = {
    "gone": "PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5)",
    "timeout": "PERFORM set_config('statement_timeout', '50', true); PERFORM pg_sleep(5)",
    "disk full": "RAISE 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'",
    "deadlock": "RAISE 'deadlock detected' USING ERRCODE = 'deadlock_detected'",
    "read-only": "RAISE 'cannot execute INSERT' USING ERRCODE = 'read_only_sql_transaction'",
}
#: The composer; where the database cannot even be asked for the conversation, a form that stands alone.
FORM = "form.vcm-composer, form.vcm-again"
TEXT = "Typed <carefully>,\nover two lines"
SETTINGS = "vclinic_messages_messagessettings"
#: What a browser sends with a form of ours.
OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(params=FAULTS)
def fault(request, failing):
    if request.param == "timeout":  # the limit counts from the statement's begin, so it is set before
        execute("SET statement_timeout = '200ms'")
    return failing(FAULTS[request.param])


def stored():
    connection.close()
    return list(Message.objects.order_by("pk").values_list("body", flat=True))


def test_the_api_says_unavailable_and_a_repeat_is_sent_once(conversation, doctor, fault):
    caller, path = Caller(doctor), f"conversations/{conversation.pk}/messages/"
    with fault:
        response = caller.post(path, {"body": TEXT}, Idempotency_Key="key")
        assert refusal(response) == (503, "unavailable")
        assert int(response["Retry-After"]) > 0
        assert response["Cache-Control"] == "private, no-store"
        assert TEXT not in response.content.decode()
    assert stored() == ["Good morning"]
    for _ in range(2):
        assert caller.post(path, {"body": TEXT}, Idempotency_Key="key").status_code == 201
    assert stored() == ["Good morning", TEXT]


def test_a_start_says_unavailable_and_leaves_nothing(patient, doctor, fault):
    caller, data = Caller(patient), {"recipient": str(doctor.pk), "body": TEXT}
    with fault:
        response = caller.post("conversations/", data, Idempotency_Key="key")
        assert refusal(response) == (503, "unavailable")
    assert stored() == []
    assert caller.results("conversations/") == []
    assert caller.post("conversations/", data, Idempotency_Key="key").status_code == 201


def test_a_page_keeps_the_text_and_sends_it_once_on_the_next_try(conversation, doctor, fault):
    visitor, path = Visitor(doctor), f"/messages/{conversation.pk}/"
    with fault:
        response = visitor.post(path, {"body": TEXT, "key": "form", "seen": "1"}, headers=OURS)
        assert response.status_code == 503
        assert "not available right now" in texts(response, "#vcm-reason, .vcm-alert")[0]
        assert int(response["Retry-After"]) > 0
    connection.close()
    assert values(only(response, FORM))["body"] == TEXT
    for _ in range(2):
        again = visitor.press(response, FORM)
        assert (again.status_code, again["Location"]) == (302, path)
    assert stored() == ["Good morning", TEXT]


def test_a_new_message_is_kept_with_whom_it_is_for(patient, doctor, fault):
    visitor = Visitor(patient)
    with fault:
        data = {"body": TEXT, "key": "form", "recipient": str(doctor.pk)}
        response = visitor.post(NEW, data, headers=OURS)
        assert response.status_code == 503
    connection.close()
    assert visitor.press(response, FORM).status_code == 302
    assert stored() == [TEXT]


@pytest.fixture
def unreachable(monkeypatch):
    """``with unreachable():`` the database does not respond, so that no view of ours runs."""

    @contextmanager
    def cut_off():
        connection.close()
        with monkeypatch.context() as patched:
            patched.setitem(connection.settings_dict, "PORT", str(free_port()))
            yield
        connection.close()

    return cut_off


@pytest.fixture(params=["before the view", "in the view"])
def gone(request, unreachable):
    return unreachable if request.param == "before the view" else lambda: without_table(SETTINGS)


@pytest.mark.parametrize("button", [{"action": "find"}, {"more": "100"}, {"action": "continue"}])
def test_a_search_never_becomes_a_send_on_the_next_try(conversation, patient, doctor, gone, button):
    visitor = Visitor(patient, raise_request_exception=False)
    data = {"body": TEXT, "key": "form", "recipient": str(doctor.pk), "q": "dr", **button}
    with gone():
        response = visitor.post(NEW, data, headers=OURS)
        assert response.status_code == 503
    assert values(only(response, FORM)).items() >= data.items()
    assert "Your search was not done." in texts(response, "label[for=vcm-unsent]")[0]
    again = visitor.press(response, FORM)
    assert again.status_code == 200
    assert values(only(again, "form.vcm-composer"))["body"] == TEXT
    assert stored() == ["Good morning"]


def post_unread(visitor, conversation, headers, **environ):
    """Post a text while nobody but the page of the outage reads it."""
    path, kind = f"/messages/{conversation.pk}/", "application/x-www-form-urlencoded"
    body = urlencode({"body": TEXT}).encode()
    response = visitor.send("generic", "POST", path, body, kind, headers=headers, **environ)
    assert response.status_code == 503
    assert "not available right now" in texts(response, "#vcm-reason")[0]
    return [values(form)["body"] for form in page(response).select(FORM)]


def test_a_form_that_cannot_be_read_gets_the_page_without_the_text(
    conversation, doctor, unreachable, settings
):
    visitor = Visitor(doctor, raise_request_exception=False)
    with unreachable():
        assert post_unread(visitor, conversation, OURS) == [TEXT]
        assert post_unread(visitor, conversation, OURS, **{"wsgi.input": CutOff()}) == []
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
        assert post_unread(visitor, conversation, OURS) == []


def test_the_page_asks_no_session_for_the_token(conversation, doctor, unreachable, settings):
    settings.CSRF_USE_SESSIONS = True
    visitor = Visitor(doctor, raise_request_exception=False)
    with unreachable():
        assert post_unread(visitor, conversation, OURS) == [TEXT]
        assert post_unread(visitor, conversation, {}) == []


def test_python_hears_it_as_a_coded_error(conversation, doctor, fault):
    with fault, pytest.raises(Unavailable) as caught:
        actions.send_message(conversation=conversation, sender=doctor, body=TEXT)
    assert caught.value.__cause__ is None
    assert stored() == ["Good morning"]


def test_a_mistake_of_code_is_no_fault_of_the_database(conversation, doctor, failing):
    caller = Caller(doctor, raise_request_exception=False)
    with failing("PERFORM this_function_is_missing()"):
        response = caller.post(f"conversations/{conversation.pk}/messages/", {"body": TEXT})
    assert response.status_code == 500


@pytest.fixture
def in_public(clinic):
    """The database is in ``public`` while Django believes it to be in the clinic."""

    def go():
        execute("SELECT 1")
        misplace("public")

    yield go
    connection.close()


def test_where_no_clinic_is_actions_say_clinic_mismatch(conversation, patient, doctor, in_public):
    for act in (
        lambda: actions.send_message(conversation=conversation, sender=doctor, body=TEXT),
        lambda: actions.start_conversation(sender=patient, recipient=doctor, body=TEXT),
        lambda: actions.mark_read(conversation=conversation, reader=doctor, up_to=1),
        lambda: actions.no_answer_needed(conversation=conversation, actor=doctor),
        lambda: actions.undo_no_answer_needed(conversation=conversation, actor=doctor),
        lambda: actions.remove_from_waiting_list(conversation=conversation, actor=doctor),
        lambda: actions.change_settings(enabled=False),
    ):
        in_public()
        with pytest.raises(ClinicMismatch):
            act()


@pytest.mark.parametrize("path", ["feature/", "conversations/", "recipients/", "live/state/?after=0-0"])
def test_where_a_table_is_missing_the_api_says_clinic_mismatch(doctor, path):
    caller = Caller(doctor)
    with without_table(SETTINGS):
        assert refusal(caller.get(path)) == (503, "clinic_mismatch")


def test_where_a_table_is_missing_the_portals_other_pages_stand(doctor):
    visitor = Visitor(doctor)
    with without_table(SETTINGS):
        response = visitor.get("/")
        assert response.status_code == 200
        assert b"vcm-nav-item" not in response.content
        assert visitor.get("/messages/").status_code == 503


def without_table(name):
    return _Renamed(name)


class _Renamed:
    """A clinic that was not migrated yet."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        execute(f"ALTER TABLE alder.{self.name} RENAME TO hidden")

    def __exit__(self, *error):
        connection.close()
        execute(f"ALTER TABLE alder.hidden RENAME TO {self.name}")
