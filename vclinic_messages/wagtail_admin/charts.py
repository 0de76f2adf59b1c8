"""Bar charts as inline SVG, made by the server. They need no script and can be printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: The sizes of a chart, in units of its view box.
WIDTH, HEIGHT = 520, 150
_TOP, _BASE = 20, 122
#: With more bars than this their values do not fit above them.
_MOST_VALUES = 26
#: How many bars have a label below them, at most.
_MOST_LABELS = 6


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a chart. ``value`` is None where there is nothing to measure, and then it is a dash."""

    label: str
    value: float | None
    shown: str


@dataclass(frozen=True, slots=True)
class DrawnBar:
    """A bar with its place. ``value`` and ``label`` are empty where they would not fit."""

    x: float
    y: float
    width: float
    height: float
    value: str
    label: str

    @property
    def middle(self) -> float:
        """Return where the texts are centred."""
        return round(self.x + self.width / 2, 1)

    @property
    def above(self) -> float:
        """Return the base line of the value."""
        return self.y - 6


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart: what it shows, the newest figures as a sentence, and its bars."""

    name: str
    title: str
    summary: str
    bars: Sequence[Bar]

    width = WIDTH
    height = HEIGHT
    base = _BASE
    label_line = HEIGHT - 8

    @property
    def drawn(self) -> list[DrawnBar]:
        """Return the bars with their places, the oldest first."""
        highest = max((bar.value or 0 for bar in self.bars), default=0) or 1
        step = WIDTH / max(1, len(self.bars))
        every = -(-len(self.bars) // _MOST_LABELS)
        drawn = []
        for number, bar in enumerate(self.bars):
            height = round((bar.value or 0) / highest * (_BASE - _TOP), 1)
            is_labelled = (len(self.bars) - 1 - number) % every == 0
            drawn.append(
                DrawnBar(
                    x=round(number * step + step * 0.2, 1),
                    y=_BASE - height,
                    width=round(step * 0.6, 1),
                    height=height,
                    value=bar.shown if len(self.bars) <= _MOST_VALUES else "",
                    label=bar.label if is_labelled else "",
                )
            )
        return drawn
