"""What is measured: the calls, and whom they are made for. Knows nothing of Django."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

API = "/messages/api/v1/"
#: Any text of this length will do: cookie and header must be the same.
CSRF = "b" * 32
#: Stands in one message of the whole clinic: every conversation of the person must be looked through.
RARE = "(77)"


@dataclass(frozen=True)
class Call:
    """``{…}`` in path and body stand for what is known of the person. ``floor`` names another call."""

    name: str
    floor: str
    path: str
    body: Mapping[str, str] | None = None
    #: Nothing new: with the cursor and the ETag that the person's browser would have.
    after_state: bool = False
    statuses: tuple[int, ...] = (200,)


@dataclass(frozen=True)
class Target:
    """Who calls, where. ``known`` is what the calls need to know of them."""

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
    Call("search, a word that one holds", FLOOR_API.name, f"{API}conversations/?q={RARE}"),
)
STATE = Call("live state", FLOOR_API.name, f"{API}live/state/")


def request_of(call: Call, target: Target, state: Mapping[str, str] | None = None) -> Request:
    """``state`` is ``cursor`` and ``etag`` of an answer to STATE, for a call that goes by them."""
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
    body = {name: text.format(**known) for name, text in call.body.items()}
    return Request("POST", call.path.format(**known), json.dumps(body).encode(), headers)
