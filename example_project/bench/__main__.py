"""`make bench`, or `python -m example_project.bench`: print a table of what Messages costs.

Each figure is a median over rounds of all calls, so that other work of the machine affects all calls alike.
Each round has a different order, because the calls before determine what the processor has cached. Compare
the ratios to the floor of the same run; the times depend on the machine. The data stays in --data-dir for the
next run. The table shows twelve rows, of a doctor with 20,000 conversations; --all shows every call of every
person.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import product
from pathlib import Path
from random import Random

import psycopg

from example_project import database
from example_project.bench import by_hand, peer
from example_project.bench.calls import CALLS, IN_SHORT, Call, Target
from example_project.bench.processes import SERVERS, Site, Worker, site, worker
from example_project.bench.stage import (
    HEAVY,
    IN_FIVE,
    LARGE,
    LIGHT,
    MEMBER,
    SMALL,
    Stage,
    add_options,
    stage_of,
)
from example_project.bench.table import BUDGET_HEADER, HEADER, Key, Row, budgets
from example_project.demo.options import ROOT

FEW, MANY = "few", "many"
ROLE = "portal"
HAND = "hand-written SQL of the inbox"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add_options(parser)
    parser.add_argument("--rounds", type=int, default=30, help="how often every call is measured")
    parser.add_argument("--all", action="store_true", help="show every call of every person")
    parser.add_argument(
        "--only", default="", help="measure only calls with this in their name, and the floors"
    )
    parser.add_argument("--server", choices=sorted(SERVERS), default="uvicorn")
    parser.add_argument("--no-pool", action="store_true", help="a new database connection for each request")
    parser.add_argument("--peer", action="store_true", help="measure django-postman too, in its own venv")
    parser.add_argument(
        "--data-dir", type=Path, default=ROOT / ".bench", help="directory of the embedded PostgreSQL"
    )
    parser.add_argument("--database-url", help="another PostgreSQL, with a role that may create databases")
    options = parser.parse_args()
    with servers(options) as urls, ExitStack() as stack:
        sites = {
            name: stack.enter_context(site(url, server=options.server, pool=not options.no_pool))
            for name, url in urls.items()
        }
        workers = {name: stack.enter_context(worker(url)) for name, url in urls.items()}
        targets = list(people(workers))
        if MANY in workers:
            visit_all(workers[MANY], sites[MANY])
        calls = [call for call in CALLS if options.only in call.name or not call.floor]
        rows = measure(targets, calls, sites, workers, urls[FEW], options.rounds)
        if options.peer:
            note("Measuring django-postman …")
            for row in peer.measure(options.data_dir, urls[FEW], options.rounds):
                rows[FEW, row.clinic, row.person, row.what] = row
        report(rows if options.all else in_short(rows), rows, sites)


@contextmanager
def servers(options: argparse.Namespace) -> Iterator[dict[str, str]]:
    """Give the URLs of the prepared databases, while PostgreSQL runs."""
    if options.database_url:
        yield prepare(options.database_url, stage_of(options))
        return
    server = database.start(options.data_dir, settings={"max_connections": "200"})
    try:
        server.ensure_role(ROLE, createdb=True)
        yield prepare(server.url("postgres", ROLE), stage_of(options))
    finally:
        server.stop()


def prepare(url: str, stage: Stage) -> dict[str, str]:
    """Prepare the databases, and return their URLs by name.

    The database with many clinics starts as a copy of the other, so that both contain the same messages.
    """
    urls = {name: f"{url.rsplit('/', 1)[0]}/{name}" for name in (FEW, MANY)}
    create_database(url, FEW)
    fill(urls[FEW], replace(stage, clinics=0).arguments())
    if not stage.clinics:
        return {FEW: urls[FEW]}
    create_database(url, MANY, template=FEW)
    fill(urls[MANY], stage.arguments())
    return urls


def create_database(url: str, name: str, template: str = "template1") -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")


def fill(url: str, arguments: list[str]) -> None:
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "example_project.bench.settings",
    }
    command = [sys.executable, "-m", "example_project.bench.stage", *arguments]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=sys.stderr)  # noqa: S603


def people(workers: Mapping[str, Worker]) -> Iterator[Target]:
    for name, clinic, person in (
        (FEW, LARGE, HEAVY),
        (FEW, LARGE, LIGHT),
        (FEW, LARGE, MEMBER),
        (FEW, LARGE, IN_FIVE),
        (FEW, SMALL, HEAVY),
        (MANY, LARGE, HEAVY),
    ):
        if name in workers:
            known = workers[name].ask(do="know", clinic=clinic, person=person)
            yield Target(name, clinic, person, known)


def visit_all(process: Worker, server: Site) -> None:
    """Request an inbox in each clinic, so that the server's connection has cached all clinics."""
    inbox = next(call for call in CALLS if call.name == "inbox, API")
    visitors = process.ask(do="visitors", prefix="load")
    note(f"Visiting {len(visitors):,} clinics …")
    for schema, session in visitors:
        server.make(inbox, Target(MANY, schema, HEAVY, {"session": session}))


def measure(
    targets: list[Target],
    calls: list[Call],
    sites: Mapping[str, Site],
    workers: Mapping[str, Worker],
    few: str,
    rounds: int,
) -> dict[Key, Row]:
    rows: dict[Key, Row] = {}
    for target in targets:
        for call in calls:
            row = Row(call.name, where(target), target.person)
            seen = workers[target.database].ask(do="examine", call=call.name, target=vars(target))
            row.ours, row.others, row.peak = seen["ours"], seen["others"], seen["peak"]
            row.bytes = sites[target.database].make(call, target)["bytes"]
            row.floor = rows.get((target.database, target.clinic, target.person, call.floor))
            rows[target.database, target.clinic, target.person, call.name] = row
    hand = Row(HAND, LARGE, HEAVY, ours=1, others=0)
    hand.floor = rows[FEW, LARGE, HEAVY, "floor: DRF view"]
    rows[FEW, LARGE, HEAVY, hand.what] = hand
    with by_hand.inbox(few, LARGE, HEAVY) as inbox:
        begun = time.monotonic()
        for number in range(rounds):
            for target, call in shuffled(product(targets, calls), number):
                row = rows[target.database, target.clinic, target.person, call.name]
                row.served.append(sites[target.database].make(call, target)["seconds"])
                answer = workers[target.database].ask(do="make", call=call.name, target=vars(target))
                row.in_process.append(answer["seconds"])
            hand.served.append(inbox.make())
            left = (time.monotonic() - begun) / (number + 1) * (rounds - number - 1)
            note(f"Round {number + 1} of {rounds}, about {left:.0f} s left", end="\r")
    note("")
    return rows


def shuffled(calls: Iterable[tuple[Target, Call]], number: int) -> list[tuple[Target, Call]]:
    """Return the calls in another order for each round, but in the same order in every run."""
    order = list(calls)
    Random(number).shuffle(order)  # noqa: S311 - not a secret
    return order


def where(target: Target) -> str:
    return f"{target.clinic}, one of many" if target.database == MANY else target.clinic


def in_short(rows: Mapping[Key, Row]) -> dict[Key, Row]:
    """Return the rows that people read, and those of the peer."""
    ours = {call.name for call in CALLS}
    return {
        key: row
        for key, row in rows.items()
        if (key[:3] == (FEW, LARGE, HEAVY) and key[3] in IN_SHORT) or key[3] not in {*ours, HAND}
    }


def report(shown: Mapping[Key, Row], rows: Mapping[Key, Row], sites: Mapping[str, Site]) -> None:
    print(HEADER)
    for row in shown.values():
        print(row.line())
    print(f"\n{BUDGET_HEADER}")
    for budget in budgets(rows, FEW, MANY, LARGE):
        print(budget.line())
    for name, each in sites.items():
        peak = each.peak()
        if peak is not None:
            print(f"\nThe server of the database with {name} clinics used at most {peak / 1e6:,.0f} MB.")


def note(text: str, end: str = "\n") -> None:
    print(text, file=sys.stderr, end=end, flush=True)


if __name__ == "__main__":
    main()
