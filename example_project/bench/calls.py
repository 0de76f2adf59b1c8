"""The calls that are measured, and the people they are made for. Does not use Django."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

API = "/messages/api/v1/"
#: Any text of this length is valid, if cookie and header contain the same.
CSRF = "b" * 32
#: No message contains this, so all conversations of the person must be searched.
UNHEARD = "unheard"


@dataclass(frozen=True)
class Call:
    """One call. ``Target.known`` fills the placeholders of path and body. ``floor`` names another call."""

    name: str
    floor: str
    path: str
    body: Mapping[str, str | int] | None = None
    #: Whether to send the cursor and the ETag of a state request before, so that there is nothing new.
    after_state: bool = False
    statuses: tuple[int, ...] = (200,)
    method: str = "POST"
    """Of a call with a body."""


@dataclass(frozen=True)
class Target:
    """The person who makes the calls. ``known`` contains their session, a conversation and a recipient."""

    database: str
    clinic: str
    person: str
    known: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Request:
    """One HTTP request, ready to be sent."""

    method: str
    path: str
    body: bytes
    headers: dict[str, str]


FLOOR_API = Call("floor: DRF view", "", "/bench/api/")
FLOOR_PAGE = Call("floor: page", "", "/bench/page/")

CALLS = (
    FLOOR_API,
    FLOOR_PAGE,
    Call("inbox, API", FLOOR_API.name, f"{API}conversations/"),
    Call("inbox, page", FLOOR_PAGE.name, "/messages/"),
    Call("conversation, API: 50 messages", FLOOR_API.name, f"{API}conversations/{{conversation}}/messages/"),
    Call("conversation, page: list and 50 messages", FLOOR_PAGE.name, "/messages/{conversation}/"),
    Call(
        "send, API",
        FLOOR_API.name,
        f"{API}conversations/{{conversation}}/messages/",
        body={"body": "Measured."},
        statuses=(201,),
    ),
    Call(
        "start, API",
        FLOOR_API.name,
        f"{API}conversations/",
        body={"recipient": "{recipient}", "body": "Measured."},
        statuses=(201,),
    ),
    Call("badge and live region on a page", FLOOR_PAGE.name, "/bench/badge/"),
    Call(
        "live state, nothing new",
        FLOOR_API.name,
        f"{API}live/state/?after={{cursor}}",
        after_state=True,
        statuses=(304,),
    ),
    Call("recipients, API", FLOOR_API.name, f"{API}recipients/"),
    Call("recipients, a name that many have", FLOOR_API.name, f"{API}recipients/?q=brandt"),
    Call("recipients, a name that one has", FLOOR_API.name, f"{API}recipients/?q=load-patient-0"),
    Call("search, a word that many hold", FLOOR_API.name, f"{API}conversations/?q=appointment"),
    Call("search, a word that nobody wrote", FLOOR_API.name, f"{API}conversations/?q={UNHEARD}"),
)
#: The calls that the table shows without --all: what people do all day, and what takes longest.
IN_SHORT = {
    "floor: DRF view",
    "floor: page",
    "inbox, API",
    "inbox, page",
    "conversation, API: 50 messages",
    "conversation, page: list and 50 messages",
    "send, API",
    "badge and live region on a page",
    "live state, nothing new",
    "recipients, a name that many have",
    "search, a word that many hold",
    "search, a word that nobody wrote",
}
STATE = Call("live state", FLOOR_API.name, f"{API}live/state/")


def request_of(call: Call, target: Target, state: Mapping[str, str] | None = None) -> Request:
    """Return the request of a call. ``state`` contains ``cursor`` and ``etag`` for calls that need them."""
    known = {**target.known, **(state or {})}
    headers = {
        "Host": f"{target.clinic}.localhost",
        "Cookie": f"sessionid={known['session']}; csrftoken={CSRF}",
        "Accept": "*/*",
    }
    if call.after_state:
        headers["If-None-Match"] = known["etag"]
    if call.body is None:
        return Request("GET", call.path.format(**known), b"", headers)
    headers |= {
        "Content-Type": "application/json",
        "X-CSRFToken": CSRF,
        "Idempotency-Key": uuid.uuid4().hex,
    }
    body = {
        name: value.format(**known) if isinstance(value, str) else value for name, value in call.body.items()
    }
    return Request(call.method, call.path.format(**known), json.dumps(body).encode(), headers)
