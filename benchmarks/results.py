"""What was measured, as lines of a table: on the terminal and in Markdown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Result:
    """A line of the table: a work, what it is divided by, and their ratio in each round.

    `work` and `floor` are medians, in `unit`: answers a second, milliseconds of an answer, MB of a process.
    """

    name: str
    title: str
    work: float
    floor: float
    unit: str
    ratios: tuple[float, ...]
    target: float
    # Whether the ratio has to stay below the target rather than reach it.
    at_most: bool = False
    # Microseconds of its process that one answer cost.
    cpu_us: float | None = None
    floor_cpu_us: float | None = None
    note: str = ""
    # Whether what the note tells of is as it should be.
    note_holds: bool = True

    @property
    def ratio(self) -> float:
        """The middle one of all rounds'."""
        return median(self.ratios)

    @property
    def spread(self) -> tuple[float, float]:
        """The lowest ratio and the highest."""
        return min(self.ratios), max(self.ratios)

    @property
    def reached(self) -> bool:
        """Whether the target was."""
        return self.note_holds and (self.ratio <= self.target if self.at_most else self.ratio >= self.target)

    @property
    def wanted(self) -> str:
        """The target in words."""
        return f"{'<=' if self.at_most else '>='} {self.target:.2f}"


def _spread(result: Result) -> str:
    low, high = result.spread
    return f"{low:.2f} - {high:.2f}" if len(result.ratios) > 1 else ""


def _cpu(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def heading() -> str:
    """The first line of the table on the terminal."""
    return (
        f"{'':5} {'work':22} {'work':>8} {'floor':>8} {'':3} {'ratio':>6} {'spread':>12} {'CPU us':>7} {'floor':>6} "
        f"{'target':>8}"
    )


def line(result: Result) -> str:
    """A result on the terminal."""
    text = (
        f"{result.name:5} {result.title:22} {result.work:8.1f} {result.floor:8.1f} {result.unit:3} "
        f"{result.ratio:6.2f} {_spread(result):>12} {_cpu(result.cpu_us):>7} {_cpu(result.floor_cpu_us):>6} "
        f"{result.wanted:>8} {'' if result.reached else 'missed'}"
    ).rstrip()
    return f"{text}\n{'':5} {result.note}" if result.note else text


def _figure(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.1f} {unit}"


def markdown(results: Iterable[Result]) -> str:
    """The table in Markdown."""
    rows = [
        "| | work | floor | ratio | spread | CPU us | floor's | target |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in results:
        ratio = f"{one.ratio:.2f}" if one.reached else f"**{one.ratio:.2f} (missed)**"
        cells = [
            f"{one.name}: {one.title}", _figure(one.work, one.unit), _figure(one.floor, one.unit), ratio, _spread(one),
            _cpu(one.cpu_us), _cpu(one.floor_cpu_us), one.wanted,
        ]  # fmt: skip
        rows.append(f"| {' | '.join(cells)} |")
    notes = [f"- {one.name}: {one.note}" for one in results if one.note]
    return "\n".join([*rows, "", *notes]).rstrip() + "\n"
