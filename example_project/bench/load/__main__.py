"""`make load`, or `python -m example_project.bench.load`: print what one web process serves under load.

One process as deployed, PostgreSQL, and wrk with 32 and 128 connections, as 50 people of one clinic. The
calls take turns after a warm-up, so that other work of the machine affects all alike. Then the morning of a
clinic: 500 open streams, and people who work; then the same with a restart of PostgreSQL in the middle.
Compare the shares of the floor's requests a second; the figures depend on the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from example_project import database
from example_project.bench.__main__ import ROLE, create_database, fill
from example_project.bench.calls import CALLS, STATE, Call, Request, Target, request_of
from example_project.bench.load import drafts, morning, peer, turns
from example_project.bench.load.turns import Subject, take_turns
from example_project.bench.processes import SERVERS, Site, Worker, site, worker
from example_project.bench.stage import LARGE, Stage
from example_project.demo.options import ROOT

DATABASE = "load"
FLOOR = "floor: DRF view"
BY_NAME = {call.name: call for call in CALLS}
#: All requests belong to one person and one conversation, whose rows they wait for.
HOT = replace(BY_NAME["send, API"], name="send, API: all to one conversation")
MEASURED = (
    BY_NAME[FLOOR],
    BY_NAME["inbox, API"],
    BY_NAME["conversation, API: 50 messages"],
    STATE,
    drafts.DRAFT,
    BY_NAME["send, API"],
    HOT,
    BY_NAME["floor: page"],
    BY_NAME["inbox, page"],
    BY_NAME["conversation, page: list and 50 messages"],
)
#: What processes with other settings do too.
COMPARED = (BY_NAME[FLOOR], BY_NAME["inbox, API"], BY_NAME["send, API"])
ENVIRONMENT = {"BENCH_SENDS_PER_MINUTE": "1000000"}
#: Keys of users whose streams are open and who get nothing.
NOBODY = 50_000_000


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--server", choices=sorted(SERVERS), default="uvicorn")
    parser.add_argument("--messages", type=int, default=200_000, help="messages of the clinic")
    parser.add_argument("--people", type=int, default=50, help="how many people the requests belong to")
    parser.add_argument("--connections", type=int, nargs="*", default=[32, 128])
    parser.add_argument("--turns", type=int, default=5, help="how often each call has its turn")
    parser.add_argument("--seconds", type=int, default=3, help="seconds of a turn")
    parser.add_argument("--morning", type=int, default=60, help="seconds of the morning; 0 for none")
    parser.add_argument("--streams", type=int, default=500, help="open streams in the morning")
    parser.add_argument("--think", type=float, default=1.0, help="seconds between two requests of a person")
    parser.add_argument(
        "--also",
        nargs="*",
        default=[],
        help="more processes, each with this setting: BENCH_NOTIFY=on_commit",
    )
    parser.add_argument("--peer", action="store_true", help="measure django-postman on gunicorn too")
    parser.add_argument("--data-dir", type=Path, default=ROOT / ".bench", help="of the embedded PostgreSQL")
    parser.add_argument("--database-url", help="another PostgreSQL, with a role that may create databases")
    parser.add_argument("--restart", help="the shell command that restarts that PostgreSQL")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_project.bench.settings")  # it signs the tickets
    with server(options) as (url, restart):
        create_database(url, DATABASE)
        url = f"{url.rsplit('/', 1)[0]}/{DATABASE}"
        size = options.messages
        stage = Stage(size, size // 10, size // 200, size // 50, staff=options.people)
        fill(url, stage.arguments())
        with (
            worker(url) as helper,
            site(url, server=options.server, pool=True, environment=ENVIRONMENT) as portal,
        ):
            people = [
                Target(DATABASE, LARGE, str(number), known)
                for number, known in enumerate(helper.ask(do="people", clinic=LARGE, count=options.people))
            ]
            print(turns.HEADER)
            with postman(options, url, people) as pages, also(options, url, people) as others:
                measured = [*subjects(portal, people, MEASURED), *others, *pages]
                for number in options.connections:
                    take_turns(measured, connections=number, turns=options.turns, seconds=options.seconds)
            if options.morning:
                print(f"\n{morning.HEADER}")
                spend(helper, portal, people, options, None)
                if restart:
                    spend(helper, portal, people, options, restart)


@contextmanager
def server(options: argparse.Namespace) -> Iterator[tuple[str, Callable[[], None] | None]]:
    """Give the URL of a database, and what restarts its server."""
    if options.database_url:
        yield options.database_url, _shell(options.restart)
        return
    running = [database.start(options.data_dir, settings={"max_connections": "200"})]

    def restart() -> None:
        running.pop().stop()
        running.append(database.start(options.data_dir, settings={"max_connections": "200"}))

    try:
        running[0].ensure_role(ROLE, createdb=True)
        yield running[0].url("postgres", ROLE), restart
    finally:
        running[0].stop()


def _shell(command: str | None) -> Callable[[], None] | None:
    def run() -> None:
        subprocess.run(["/bin/sh", "-c", str(command)], check=True)  # noqa: S603

    return run if command else None


@contextmanager
def postman(options: argparse.Namespace, url: str, people: list[Target]) -> Iterator[list[Subject]]:
    """Give the pages of django-postman, while gunicorn serves them; none without ``--peer``."""
    if not options.peer:
        yield []
        return
    known = [dict(person.known) for person in people]
    with peer.gunicorn(options.data_dir, url, known) as (process, port, pages):
        yield [
            Subject(name, peer.FLOOR, port, process, partial(list, requests), settle=lambda: None)
            for name, requests in pages.items()
        ]


@contextmanager
def also(options: argparse.Namespace, url: str, people: list[Target]) -> Iterator[list[Subject]]:
    """Give some calls to further processes, each of which has one other setting."""
    with ExitStack() as stack:
        found = []
        for setting in options.also:
            name, _equals, value = setting.partition("=")
            environment = {**ENVIRONMENT, name: value}
            other = stack.enter_context(site(url, server=options.server, pool=True, environment=environment))
            found += subjects(other, people, COMPARED, suffix=f", {setting}")
        yield found


def subjects(portal: Site, people: list[Target], calls: Iterable[Call], suffix: str = "") -> list[Subject]:
    """Return these calls to Messages. ``suffix`` tells the process in their names."""

    def requests(call: Call) -> list[Request]:
        if call is drafts.DRAFT:
            return drafts.saves(portal, people)
        return [request_of(call, person) for person in (people[:1] if call is HOT else people)]

    return [
        Subject(
            call.name + suffix,
            FLOOR + suffix,
            portal.port,
            portal.process.pid,
            partial(requests, call),
            settle=partial(portal.make, BY_NAME[FLOOR], people[0]),
        )
        for call in calls
    ]


def spend(
    helper: Worker,
    portal: Site,
    people: list[Target],
    options: argparse.Namespace,
    restart: Callable[[], None] | None,
) -> None:
    """Spend a morning, and print its line."""
    spent = morning.Morning(portal.port, options.morning)
    streams = [int(person.known["reader"]) for person in people]
    streams += range(NOBODY, NOBODY + max(0, options.streams - len(streams)))
    work = morning.spend(spent, people, streams, think=options.think)
    pokes = disturbed(work, restart, options.morning / 2) if restart else asyncio.run(work)
    rows = helper.ask(do="texts", clinic=LARGE, conversations=list(spent.accepted))
    lost, doubled = morning.stored(rows, spent.accepted)
    what = "with a restart of PostgreSQL" if restart else "undisturbed"
    print(spent.line(what, pokes, lost, doubled), flush=True)
    if lost or doubled:
        sys.exit("Messages were lost or doubled.")
    if spent.given_up:
        sys.exit(f"{spent.given_up} sends were not accepted within {morning.PATIENCE} seconds.")


def disturbed(work: Coroutine[None, None, int], restart: Callable[[], None], seconds: float) -> int:
    """Return what the work returns. After these seconds of it, restart PostgreSQL.

    The work runs in another thread. Linux stops PostgreSQL when the thread ends that has started it.
    """
    with ThreadPoolExecutor(1) as other:
        result = other.submit(asyncio.run, work)
        time.sleep(seconds)
        restart()
        return result.result()


if __name__ == "__main__":
    main()
