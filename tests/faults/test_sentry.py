"""Sentry gets no text, no search and no reason of an export: the real sentry-sdk, in a real server."""

from __future__ import annotations

import json
from contextlib import contextmanager
from urllib.parse import quote

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django_tenants.utils import schema_context

from example_project.people.groups import ADMINISTRATORS, ensure_groups
from tests.faults.secret import PARTS, SECRET, as_sql, traces
from tests.models.sql import execute
from tests.servers import serve, sign_in
from vclinic_messages.testing import create_conversation, create_member

CSRF = "c" * 32
API, PAGE, ADMIN = "/messages/api/v1/", "/messages/", "/cms/messages/"

#: What a portal may have switched on. The last is Sentry's newer way of tracing.
OPTIONS = {
    "defaults": {},
    "everything": {
        "send_default_pii": True,
        "max_request_body_size": "always",
        "attach_stacktrace": True,
        "enable_logs": True,
        "_experiments": {"record_sql_params": True},
    },
    "streamed spans": {"send_default_pii": True, "trace_lifecycle": "stream"},
}


#: By table: what makes the database refuse, and what ends that.
RULES = {
    "message": (
        f"ADD CONSTRAINT vcm_test_text CHECK (position({as_sql()} IN body) = 0) NOT VALID",
        "DROP CONSTRAINT vcm_test_text",
    ),
    "auditevent": (
        "ADD CONSTRAINT vcm_test_export CHECK (action <> 'exported') NOT VALID",
        "DROP CONSTRAINT vcm_test_export",
    ),
    "participant": ("RENAME COLUMN name TO lost", "RENAME COLUMN lost TO name"),
}
#: The address of a search of the portal's own, as a browser tells it to the next page, and as a careless
#: program does.
ENCODED, BARE = f"{PAGE}?q={quote(SECRET)}", f"{PAGE}?q={SECRET}&x=1".encode("latin-1")
AFTER_A_SEARCH = [{"Referer": each, "HX-Current-URL": each} for each in (ENCODED, BARE)]


def alter(table, change):
    execute(f"ALTER TABLE vclinic_messages_{table} {change}")


@contextmanager
def refusing(*tables):
    for table in tables:
        alter(table, RULES[table][0])
    try:
        yield
    finally:
        for table in tables:
            alter(table, RULES[table][1])


@pytest.fixture(params=["row security", "PROTECTIONS off"])
def row_security(request, clinic):
    """Without row security the error of the server quotes the whole row."""
    tables = ("message", "auditevent")
    if request.param == "PROTECTIONS off":
        for table in tables:
            alter(table, "DISABLE ROW LEVEL SECURITY")
    yield
    connection.close()
    with schema_context(clinic):
        for table in tables:
            alter(table, "ENABLE ROW LEVEL SECURITY")


@pytest.fixture
def manager(clinic):
    ensure_groups()
    user = create_member(None, username="manager")
    user.groups.add(Group.objects.get(name=ADMINISTRATORS))
    return user


@pytest.fixture
def conversation(patient, doctor):
    """A conversation with a text that was sent long ago."""
    return create_conversation(patient, doctor, SECRET)


class Person:
    """Somebody at the portal, who says their secret wherever there is room for it."""

    def __init__(self, portal, user):
        self.client = portal.client("alder", sign_in(user))
        self.client.cookies.set("csrftoken", CSRF)
        self.client.headers["X-CSRFToken"] = CSRF
        self.statuses = []

    def post(self, path, **options):
        self.statuses.append(self.client.post(path, follow_redirects=True, **options).status_code)

    def get(self, path, **options):
        self.statuses.append(self.client.get(path, **options).status_code)

    def send(self, conversation, other):
        self.post(f"{API}conversations/{conversation.pk}/messages/", json={"body": SECRET})
        self.post(f"{API}conversations/", json={"body": SECRET, "recipient": str(other.pk)})
        self.post(f"{PAGE}{conversation.pk}/", data={"body": SECRET, "key": "one"})
        self.post(f"{PAGE}new/", data={"body": SECRET, "recipient": str(other.pk)})

    def search(self, conversation):
        self.get(f"{API}conversations/", params={"q": SECRET})
        self.post(PAGE, data={"q": SECRET})
        self.post(f"{PAGE}{conversation.pk}/", data={"q": SECRET, "action": "open"})
        self.post(f"{PAGE}new/", data={"q": SECRET, "action": "find", "body": SECRET})

    def export(self, conversation):
        path = f"{ADMIN}export/{conversation.pk}/"
        self.post(path, data={"reason": SECRET, "format": "json"})


def reports(tmp_path, people, conversation, options, hooks):
    """What Sentry got about failing sends, failing and good searches, and a failing export."""
    doctor, patient, manager = people
    path = tmp_path / "reports"
    environment = {
        "DJANGO_SETTINGS_MODULE": "tests.hosts.sentry",
        "TEST_SENTRY_FILE": str(path),
        "TEST_SENTRY_OPTIONS": json.dumps(options),
        "TEST_SENTRY_HOOKS": hooks,
    }
    with serve(**environment) as portal:
        person, clerk = Person(portal, doctor), Person(portal, manager)
        with refusing("message", "auditevent"):
            person.send(conversation, patient)
            clerk.export(conversation)
        assert person.statuses + clerk.statuses == [500] * 5
        person.search(conversation)
        assert person.statuses[4:] == [200] * 4
        with refusing("participant"):
            person.search(conversation)
            for headers in AFTER_A_SEARCH:
                person.get("/", headers=headers)
        assert person.statuses[8:] == [500] * 4 + [200] * 2
    return path.read_text()


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_no_report_contains_a_text_a_search_or_a_reason(
    tmp_path, row_security, conversation, doctor, patient, manager, options
):
    told = reports(tmp_path, (doctor, patient, manager), conversation, options, "on")
    for name in ("vcm_test_text", "vcm_test_export", "ProgrammingError"):
        assert name in told, "the reports name what failed"
    assert "vclinic_messages.api.views" in told, "and where"
    assert "SELECT" in told, "and the statements before"
    assert traces(told) == []


def test_without_the_function_sentry_gets_them_all(tmp_path, conversation, doctor, patient, manager):
    """Otherwise the test above would prove nothing."""
    told = reports(tmp_path, (doctor, patient, manager), conversation, {}, "off")
    assert told.count(PARTS[0]) > 20
    assert PARTS[1] in told
