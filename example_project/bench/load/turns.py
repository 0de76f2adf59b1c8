"""Calls that take turns under load, so that other work of the machine affects all alike."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from example_project.bench.__main__ import note
from example_project.bench.calls import Request
from example_project.bench.load import wrk

HEADER = (
    "| connections | call | requests a second | × floor | at least | p50 | p95 | p99 | errors | of a core |"
    " × floor, per core |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|"
)
#: The least share of the floor's requests a second: shared budgets of docs/performance.md.
BUDGETS = {
    "inbox, API": 0.75,
    "send, API": 0.5,
    "conversation, page: list and 50 messages": 0.4,
    "live state": 1.1,
}


@dataclass(frozen=True)
class Subject:
    """What has its turn: the requests of one call, and the server that they go to.

    ``settle`` returns when the server has answered everything of the turn before.
    """

    name: str
    floor: str
    port: int
    process: int
    requests: Callable[[], list[Request]]
    settle: Callable[[], object]


@dataclass(frozen=True)
class Result:
    """What came of one turn, and how much of a processor's core the server used."""

    turn: wrk.Turn
    core: float

    @property
    def rate_of_core(self) -> float:
        """Return the requests in a second of processor time. Other work of the machine changes it little."""
        return self.turn.rate / self.core if self.core else 0.0


def take_turns(subjects: list[Subject], *, connections: int, turns: int, seconds: int) -> None:
    """Give each subject its turns, and print its line."""
    results: defaultdict[str, list[Result]] = defaultdict(list)
    for number in range(turns + 1):
        for each in subjects:
            note(f"{connections} connections, turn {number} of {turns}: {each.name}")
            result = _turn(each, connections, seconds)
            if number:  # the first is the warm-up
                results[each.name].append(result)
    for each in subjects:
        print(_line(connections, each, results), flush=True)


def _turn(subject: Subject, connections: int, seconds: int) -> Result:
    requests = subject.requests()
    subject.settle()
    before = _cpu_seconds(subject.process)
    turn = wrk.run(requests, port=subject.port, connections=connections, seconds=seconds)
    return Result(turn, (_cpu_seconds(subject.process) - before) / seconds)


def _cpu_seconds(process: int) -> float:
    """Return the processor time of a process and its children; 0 except on Linux."""
    folder = Path(f"/proc/{process}")
    if not folder.exists():
        return 0.0
    user, system = (folder / "stat").read_text().rpartition(")")[2].split()[11:13]
    children = (folder / f"task/{process}/children").read_text().split()
    own = (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
    return own + sum(_cpu_seconds(int(child)) for child in children)


def _line(connections: int, subject: Subject, results: dict[str, list[Result]]) -> str:
    own, floor = results[subject.name], results[subject.floor]
    rate, floor_rate = (_median(each.turn.rate for each in turns) for turns in (own, floor))
    per_core, floor_per_core = (_median(each.rate_of_core for each in turns) for turns in (own, floor))
    least = BUDGETS.get(subject.name)
    cells = [
        str(connections),
        subject.name,
        f"{rate:,.0f}",
        f"{rate / floor_rate:.2f}" if floor_rate else "",
        f"{least:.2f}" if least else "",
        *(f"{_median(getattr(each.turn, name) for each in own):,.0f} ms" for name in ("p50", "p95", "p99")),
        str(sum(each.turn.refused + each.turn.broken for each in own)),
        f"{_median(each.core for each in own):.0%}",
        f"{per_core / floor_per_core:.2f}" if floor_per_core else "",
    ]
    return f"| {' | '.join(cells)} |"


def _median(values: Iterable[float]) -> float:
    return median(list(values) or [0.0])
