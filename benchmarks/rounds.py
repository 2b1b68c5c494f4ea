"""Two sides measured in turns, and their line in the table."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from benchmarks.load import Call, rate
from benchmarks.server import Server

SECONDS = float(os.environ.get("BENCH_SECONDS", "6"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))


@dataclass(frozen=True, slots=True)
class Measured:
    """What one side did in one turn: right answers a second, and what one of them cost its process."""

    rate: float
    cpu_us: float | None = None


Side = Callable[[], Measured]


@dataclass(frozen=True, slots=True)
class Work:
    """A line of the table: the work, what it is divided by, and the ratio that it should reach."""

    name: str
    title: str
    work: Side
    floor: Side
    target: float
    # Whether missing the target is a failure; where not, a later issue owes it.
    required: bool = True


def asking(server: Server, make: Callable[[], Call]) -> Side:
    """A side that asks a server over 16 connections."""
    rate(server.port, make, min(1, SECONDS))

    def measure() -> Measured:
        before = server.cpu_seconds()
        found = rate(server.port, make, SECONDS)
        return Measured(found, (server.cpu_seconds() - before) / (found * SECONDS) * 1_000_000)

    return measure


def heading() -> str:
    """The table's first line."""
    return (
        f"{'':6} {'work':24} {'work/s':>8} {'floor/s':>8} {'ratio':>6} {'spread':>12} {'CPU us':>7} {'floor':>6} "
        f"{'target':>7}"
    )


def measured(work: Work) -> bool:
    """Measure both sides in turns, print the line; whether the target is reached or not required."""
    works, floors = [], []
    for turn in range(ROUNDS):
        print(f"  {work.name}: round {turn + 1} of {ROUNDS}", file=sys.stderr)
        # Each goes first as often: what the machine does meanwhile shall not favor either.
        if turn % 2:
            works.append(work.work())
            floors.append(work.floor())
        else:
            floors.append(work.floor())
            works.append(work.work())
    ratios = sorted(one.rate / base.rate for one, base in zip(works, floors, strict=True))
    ratio = median(ratios)
    reached = ratio >= work.target
    verdict = "" if reached else "missed" if work.required else "missed, not required yet"
    print(
        f"{work.name:6} {work.title:24} {median(one.rate for one in works):8.1f} "
        f"{median(one.rate for one in floors):8.1f} {ratio:6.2f} {f'{ratios[0]:.2f} - {ratios[-1]:.2f}':>12} "
        f"{_cpu(works):>7} {_cpu(floors):>6} {work.target:7.2f} {verdict}".rstrip(),
        flush=True,
    )
    return reached or not work.required


def _cpu(side: list[Measured]) -> str:
    known = [one.cpu_us for one in side if one.cpu_us is not None]
    return f"{median(known):.0f}" if known else ""
