"""A clinic's morning: people with open streams read, look at lists and send, for a minute.

Each send is repeated with its key until it is accepted, as the page does. Afterwards every accepted message
must be there once.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from random import Random

from example_project.bench.calls import CALLS, Call, Request, Target, request_of
from example_project.bench.crowd import Crowd
from example_project.bench.table import percentile

BY_NAME = {call.name: call for call in CALLS}
SEND = BY_NAME["send, API"]
#: What people do, and how often of a hundred times.
SHARES = {
    "conversation, API: 50 messages": 50,
    "conversation, page: list and 50 messages": 20,
    "inbox, API": 15,
    "inbox, page": 5,
    "send, API": 10,
}
AGAIN_SECONDS = 0.2
#: How long a send is repeated, in seconds.
PATIENCE = 120


@dataclass
class Morning:
    """What was asked and what came of it. ``times`` are seconds until the last byte."""

    port: int
    seconds: int
    times: list[float] = field(default_factory=list)
    troubles: Counter[str] = field(default_factory=Counter)
    #: The texts that were accepted, by conversation.
    accepted: dict[str, set[str]] = field(default_factory=dict)
    slowest_send: float = 0.0
    #: How many sends were never accepted.
    given_up: int = 0

    def line(self, what: str, pokes: int, lost: int, doubled: int) -> str:
        rate = len(self.times) / self.seconds
        cells = [
            what,
            f"{rate:,.0f}",
            *(f"{1000 * percentile(self.times, share):,.0f} ms" for share in (0.5, 0.95, 0.99)),
            f"{sum(map(len, self.accepted.values())):,}",
            f"{self.slowest_send:.1f} s",
            f"{pokes:,}",
            ", ".join(f"{name}: {count:,}" for name, count in sorted(self.troubles.items())) or "none",
            str(lost),
            str(doubled),
        ]
        return f"| {' | '.join(cells)} |"


HEADER = (
    "| morning | requests a second | p50 | p95 | p99 | sends | slowest send | pokes | troubles | lost |"
    " doubled |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|"
)


async def spend(morning: Morning, people: list[Target], streams: list[int], *, think: float) -> int:
    """Spend the morning, and return how many pokes arrived."""
    crowd = Crowd(people[0].clinic, morning.port)
    for user in streams:
        await crowd.join(range(user, user + 1))
    end = time.monotonic() + morning.seconds
    async with asyncio.TaskGroup() as group:
        for number, person in enumerate(people):
            group.create_task(_work(morning, person, number, end, think))
    await asyncio.sleep(1)
    await crowd.leave()
    return crowd.count("poke")


async def _work(morning: Morning, person: Target, number: int, end: float, think: float) -> None:
    dice = Random(number)  # noqa: S311
    turn = 0
    while time.monotonic() < end:
        name = dice.choices(list(SHARES), weights=list(SHARES.values()))[0]
        turn += 1
        await _do(morning, BY_NAME[name], person, f"Load {number} {turn} {time.time_ns()}")
        await asyncio.sleep(dice.expovariate(1 / think) if think else 0)


async def _do(morning: Morning, call: Call, person: Target, text: str) -> None:
    is_send = call is SEND
    call = replace(call, body={"body": text}) if is_send else call
    request = request_of(call, person)
    begun = time.monotonic()
    while (status := await _exchange(morning.port, request)) not in call.statuses:
        morning.troubles[str(status or "no answer")] += 1
        if not is_send:
            return
        if time.monotonic() - begun > PATIENCE:
            morning.given_up += 1
            return
        await asyncio.sleep(AGAIN_SECONDS)
    seconds = time.monotonic() - begun
    morning.times.append(seconds)
    if is_send:
        morning.accepted.setdefault(person.known["conversation"], set()).add(text)
        morning.slowest_send = max(morning.slowest_send, seconds)


async def _exchange(port: int, request: Request) -> int | None:
    """Return the status; None if there is no answer."""
    headers = {**request.headers, "Content-Length": str(len(request.body)), "Connection": "close"}
    head = [
        f"{request.method} {request.path} HTTP/1.1",
        *(f"{name}: {text}" for name, text in headers.items()),
    ]
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write("\r\n".join([*head, "", ""]).encode() + request.body)
        answer = await asyncio.wait_for(reader.read(), 60)
        writer.close()
        return int(answer.split(b" ", 2)[1])
    except (OSError, TimeoutError, IndexError):
        return None


def stored(rows: dict[str, list[str]], accepted: dict[str, set[str]]) -> tuple[int, int]:
    """Return how many accepted texts are not in these rows, and how many texts are there twice."""
    lost = sum(len(texts - set(rows.get(key, ()))) for key, texts in accepted.items())
    doubled = sum(len(texts) - len(set(texts)) for texts in rows.values())
    return lost, doubled
