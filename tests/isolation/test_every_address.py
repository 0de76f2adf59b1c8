"""Every address of ours, called with what belongs to the other clinic: nothing of it is seen or changed.

The addresses come from the URLconf, so that a new view is attacked as soon as it is there.
"""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.utils.timezone import localdate
from django_tenants.utils import schema_context

from example_project.people.groups import ADMINISTRATORS
from tests.api.caller import Caller
from tests.isolation.addresses import addresses, filled
from vclinic_messages.actions import set_absence
from vclinic_messages.models import Mailbox, QuickReply, Role
from vclinic_messages.reminders.addresses import stop_token
from vclinic_messages.testing import create_conversation, create_member, create_team

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
#: Of the other clinic: a name, or a text.
SECRETS = re.compile(r"of birch|Only in birch", re.IGNORECASE)
#: What differs between two answers to the same question.
CHANGING = re.compile(
    r"\b[A-Za-z0-9]{64}\b|nonce-[\w+/=-]+|[0-9a-f]{8}-[0-9a-f-]{27}|ticket=[^\"&]+|\d\d:\d\d:\d\d[\d.]*"
)


LOGIN_REQUIRED = "django.contrib.auth.middleware.LoginRequiredMiddleware"


@pytest.fixture(params=["a portal without it", LOGIN_REQUIRED])
def login_middleware(request, settings):
    if request.param == LOGIN_REQUIRED:
        settings.MIDDLEWARE = [*settings.MIDDLEWARE, LOGIN_REQUIRED]


#: A team that exists nowhere.
NO_TEAM = uuid.uuid4()
#: Each clinic has one row of settings, and its key says nothing about the clinic.
NO_SETTINGS = 900_009


@dataclass
class Foreign:
    """Values that mean something in the other clinic, or nothing anywhere."""

    conversation: object
    message: int
    person: int
    team: object = NO_TEAM
    #: Whether it is the team that the call names as recipient and as the one to whom a conversation goes.
    to_team: bool = False
    absence: int = 900_003
    reply: int = 900_003
    token: str = "forged"

    @property
    def somebody(self) -> str:
        return f"team:{self.team}" if self.to_team else str(self.person)

    @property
    def parts(self) -> dict[str, object]:
        """Values of the parameters of our routes."""
        return {
            "conversation_id": self.conversation,
            "team_id": self.team,
            "absence_id": self.absence,
            "reply_id": self.reply,
            "token": self.token,
            "pk": NO_SETTINGS,
        }

    def query(self) -> str:
        names = {"cursor": "cD03OTAw", "after": self.message, "before": self.message, "q": "Only in"}
        names |= {"recipient": self.somebody, "actor": self.person, "person": "Only in", "conversation": "x"}
        names |= {"mailbox": f"team:{self.team}"}
        return "&".join(f"{name}={value}" for name, value in names.items())

    def data(self) -> dict[str, Any]:
        return {
            "body": "Hello",
            "version": 0,
            "draft": 0,
            "recipient": self.somebody,
            "message": self.message,
            "seen": self.message,
            "reason": "A request",
            "format": "json",
            "to": self.somebody,
            "was": self.somebody,
            "members": str(self.person),
            "name": "Here",
            "title": "Here",
            "email": "1",
            "action": "continue",
            "conversation": str(self.conversation),
            "who": f"team:{self.team}",
            "first_day": "2026-12-03",
            "from": "2026-12-03",
            "end": "1",
        }


@pytest.fixture
def theirs(birch):
    """More in the other clinic than here: a person, messages, a waiting patient."""
    with schema_context("birch"):
        only = create_member(Role.DOCTOR, id=7900, username="only", first_name="Only in", last_name="birch")
        conversation = create_conversation(only, birch.patient, *["Only in birch"] * 5)
        conversation.refresh_from_db()
        team = create_team("Team of birch", only)
        create_conversation(birch.patient, team, "Only in birch")
        absence = set_absence(actor=None, who=only, first_day=localdate(), instead=team)
        own = Mailbox.objects.get(user=only)
        reply = QuickReply.objects.create(id=900_004, owner=own, title="Only in birch", body="Only in birch")
        QuickReply.objects.create(title="Only in birch", body="Only in birch")
        token = stop_token(own.pk)
    found = Foreign(conversation.pk, conversation.last_message_id, only.pk, team.pk)
    return replace(found, absence=absence.pk, reply=reply.pk, token=token)


NOWHERE = Foreign(uuid.uuid4(), 900_001, 900_002, uuid.uuid4())


@pytest.fixture(params=["patient", "doctor", "member", "clinic admin"])
def viewer(request, alder):
    if request.param == "member":
        with schema_context("alder"):
            user = create_member(Role.ADMIN, id=7004, username="member")
            create_conversation(alder.patient, create_team("Team of alder", user), "In alder")
        return user
    if request.param != "clinic admin":
        return getattr(alder, request.param)
    with schema_context("alder"):
        user = create_member(Role.ADMIN, id=7003, username="admin")
        user.groups.add(Group.objects.get(name=ADMINISTRATORS))
    return user


def ask(caller: Caller, method: str, route: str, given: Foreign, kind: str) -> Any:
    path = f"{filled(route, **given.parts)}?{given.query()}"
    data = given.data()
    if "absence" in route:  # elsewhere it is a button that takes the place of the others
        data["instead"] = f"team:{given.team}"
    if kind == "json":
        return caller.call(method, path, json.dumps(data).encode(), "application/json")
    body = "&".join(f"{name}={value}" for name, value in data.items())
    return caller.call(method, path, body.encode(), "application/x-www-form-urlencoded")


def shown(response: Any) -> str:
    """All that an answer says, but for what differs by chance."""
    streamed = getattr(response, "streaming_content", None)
    content = b"".join(streamed) if streamed is not None else response.content
    headers = "\n".join(f"{name}: {value}" for name, value in response.headers.items() if name != "ETag")
    return CHANGING.sub("…", f"{response.status_code}\n{headers}\n{content.decode(errors='replace')}")


@pytest.mark.parametrize(
    ("kind", "to_team"),
    [("json", False), ("form", True)],
    ids=["json person", "form team"],
)
@pytest.mark.parametrize("route", addresses())
def test_what_is_the_other_clinics_is_nothing_here(alder, birch, theirs, viewer, route, to_team, kind):
    """Not seen, not changed, and answered as what does not exist anywhere."""
    before = birch.rows()
    theirs, nowhere_given = replace(theirs, to_team=to_team), replace(NOWHERE, to_team=to_team)
    caller = alder.api(viewer, raise_request_exception=False)
    for method in METHODS:
        there = ask(caller, method, route, theirs, kind)
        nowhere = ask(caller, method, route, nowhere_given, kind)
        assert there.status_code < 500, (method, there.content)
        text = shown(there)
        assert SECRETS.search(text) is None, method
        if "<" in route:
            assert same(text, theirs) == same(shown(nowhere), nowhere_given), method
    assert birch.rows() == before


def same(text: str, given: Foreign) -> str:
    """Without the values that the question itself held, where an address repeats them."""
    asked = (given.message, given.person, given.reply, given.absence, given.token)
    values = "|".join(re.escape(str(each)) for each in asked)
    # What repeats them has another length as well.
    return re.sub(rf"(=|%3D|/)({values})\b|Content-Length: \d+", "=…", text)


#: All but the one that whoever has an e-mail may open: tests/pages/test_reminders.py has its tests.
WITH_SIGN_IN = [route for route in addresses() if "<str:token>" not in route]


@pytest.mark.parametrize("route", WITH_SIGN_IN)
def test_a_session_of_the_other_clinic_is_nobodys_here(alder, birch, theirs, route):
    """The same user key stands in both sessions."""
    before = alder.rows(), birch.rows()
    caller = alder.api(None)
    caller.client.cookies = birch.api(birch.doctor).client.cookies
    mine = Foreign(alder.conversation.pk, alder.message, alder.doctor.pk)
    for method in METHODS:
        response = ask(caller, method, route, mine, "json")
        assert response.status_code in (302, 401, 403), (method, response.status_code)
        assert "of alder" not in shown(response)
        if response.status_code == 302:
            assert "/login/" in response["Location"]
    assert (alder.rows(), birch.rows()) == before


@pytest.mark.parametrize("kind", ["json", "form"])
@pytest.mark.parametrize("route", WITH_SIGN_IN)
def test_whoever_is_signed_out_sees_nothing(alder, login_middleware, route, kind):
    """Our views are exempt from Django's middleware, so each must check by itself."""
    before = alder.rows()
    caller = alder.api(None, raise_request_exception=False)
    mine = Foreign(alder.conversation.pk, alder.message, alder.doctor.pk)
    for method in METHODS:
        response = ask(caller, method, route, mine, kind)
        if "/api/" in route:
            assert (response.status_code, response.headers["Content-Type"]) == (403, "application/json")
        else:
            assert response.status_code in (302, 403, 405), method
            assert response.status_code != 302 or "/login/" in response["Location"]
        assert "of alder" not in shown(response)
    assert alder.rows() == before


@pytest.mark.parametrize("route", addresses())
def test_a_head_request_records_nothing(alder, viewer, route):
    """It is answered like a GET, without the content. So nobody has opened or downloaded anything."""
    path = filled(route, **Foreign(alder.conversation.pk, 1, 1, uuid.uuid4()).parts)
    before = alder.rows()
    caller = alder.api(viewer)
    head = caller.call("HEAD", path)
    assert shown(head).endswith("\n")
    assert alder.rows() == before
    assert caller.call("GET", path).status_code == head.status_code


def test_all_our_addresses_are_there():
    found = addresses()
    assert "messages/" in found
    assert "messages/api/v1/live/state/" in found
    assert any(route.startswith("cms/") for route in found)


@pytest.mark.parametrize("tag", ["nav", "page"])
def test_the_portals_other_pages_count_ones_own_messages_only(alder, birch, theirs, tag):
    with schema_context("birch"):
        for _ in range(3):
            create_conversation(create_member(Role.PATIENT), birch.doctor)
    response = alder.api(alder.doctor).get("/" if tag == "nav" else "/messages/")
    text = response.content.decode()
    assert SECRETS.search(text) is None
    assert ", 1 unread" in text
