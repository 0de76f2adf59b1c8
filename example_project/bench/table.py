"""The table of results, and the budgets that some of its ratios must meet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median

HEADER = (
    "| what | clinic | person | SQL | median | p95 | × floor | in process | × floor | bytes | peak memory |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|"
)


@dataclass
class Row:
    """The results of one call of one person. Times are in seconds, one per round."""

    what: str
    clinic: str
    person: str
    served: list[float] = field(default_factory=list)
    in_process: list[float] = field(default_factory=list)
    bytes: int = 0
    ours: int | None = None
    others: int | None = None
    peak: int | None = None
    floor: Row | None = None

    def ratio(self) -> float | None:
        return _ratio(self.served, self.floor.served if self.floor else [])

    def ratio_in_process(self) -> float | None:
        return _ratio(self.in_process, self.floor.in_process if self.floor else [])

    def line(self) -> str:
        statements = "" if self.ours is None else f"{self.ours} + {self.others}"
        cells = [
            self.what,
            self.clinic,
            self.person,
            statements,
            _milliseconds(median(self.served)) if self.served else "",
            _milliseconds(percentile(self.served, 0.95)) if self.served else "",
            _times(self.ratio()),
            _milliseconds(median(self.in_process)) if self.in_process else "",
            _times(self.ratio_in_process()),
            f"{self.bytes:,}" if self.bytes else "",
            f"{self.peak / 1000:,.0f} kB" if self.peak else "",
        ]
        return f"| {' | '.join(cells)} |"


@dataclass(frozen=True)
class Budget:
    """The highest allowed ratio of one median to another median of the same run."""

    what: str
    found: float | None
    most: float

    def line(self) -> str:
        if self.found is None:
            return f"| {self.what} | {self.most:.2f} × | not measured | |"
        verdict = "met" if self.found <= self.most else "missed"
        return f"| {self.what} | {self.most:.2f} × | {self.found:.2f} × | {verdict} |"


#: Who is compared with the heavy person, and the highest ratio.
_MEMBERS = (
    ("member", "member of a team with as many conversations", 1.2),
    ("in-five", "member of 5 teams", 1.3),
)

BUDGET_HEADER = "| budget | at most | found | |\n|---|---|---|---|"

Key = tuple[str, str, str, str]


def budgets(rows: Mapping[Key, Row], few: str, many: str, large: str) -> Iterable[Budget]:
    """Return the budgets. The keys of ``rows`` are database, clinic, person and call."""

    def times(database: str, person: str, call: str) -> list[float]:
        row = rows.get((database, large, person, call))
        return row.served if row else []

    inbox = times(few, "heavy", "inbox, API")
    for call, floor, most in (
        ("inbox, API", "floor: DRF view", 1.7),
        ("inbox, page", "floor: page", 2.2),
        ("conversation, page: list and 50 messages", "floor: page", 2.6),
        ("send, API", "floor: DRF view", 2.0),
        ("search, a word that nobody wrote", "floor: DRF view", 25.0),
    ):
        found = _ratio(times(few, "heavy", call), times(few, "heavy", floor))
        yield Budget(f"{call}, large clinic, heavy person: × floor", found, most)
    light = times(few, "light", "inbox, API")
    yield Budget("inbox, API, heavy against light person", _ratio(inbox, light), 1.2)
    for person, who, most in _MEMBERS:
        for call in ("inbox, API", "inbox, page"):
            found = _ratio(times(few, person, call), times(few, "heavy", call))
            yield Budget(f"{call}, {who} against heavy person", found, most)
    found = _ratio(times(many, "heavy", "inbox, API"), inbox)
    yield Budget("inbox, API, many clinics against few", found, 1.15)


def percentile(times: list[float], share: float) -> float:
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _ratio(times: list[float], floor: list[float]) -> float | None:
    return median(times) / median(floor) if times and floor else None


def _milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:,.1f} ms"


def _times(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:,.2f}"
