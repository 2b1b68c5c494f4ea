"""Two sides measured in turns."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

from benchmarks.load import Call
from benchmarks.results import Result
from benchmarks.server import Server
from benchmarks.wrk import Load

SECONDS = float(os.environ.get("BENCH_SECONDS", "6"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))

One = TypeVar("One")


@dataclass(frozen=True, slots=True)
class Measured:
    """What one side did in one turn: right answers a second, and what one of them cost its process."""

    rate: float
    cpu_us: float | None = None


Side = Callable[[], Measured]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a side is asked for: the next call, and how many different ones there are (0: each must be new)."""

    make: Callable[[], Call]
    different: int


@dataclass(frozen=True, slots=True)
class Work:
    """A work, what it is divided by, and the ratio that it should reach."""

    name: str
    title: str
    work: Side
    floor: Side
    target: float


def asking(server: Server, asked: Asked) -> Side:
    """A side that asks a server over 16 connections."""
    load = Load(server.port, asked.make, asked.different, SECONDS)

    def measure() -> Measured:
        before = server.cpu_seconds()
        found, seconds = load.rate()
        spent = server.cpu_seconds() - before
        load.look()
        return Measured(found, spent / (found * seconds) * 1_000_000)

    return measure


def in_turns(name: str, work: Callable[[], One], floor: Callable[[], One]) -> tuple[list[One], list[One]]:
    """What both gave in each round; each goes first as often: what the machine does meanwhile favors neither."""
    works: list[One] = []
    floors: list[One] = []
    for turn in range(ROUNDS):
        print(f"  {name}: round {turn + 1} of {ROUNDS}", file=sys.stderr)
        for kept, side in ((works, work), (floors, floor)) if turn % 2 else ((floors, floor), (works, work)):
            kept.append(side())
    return works, floors


def measured(work: Work) -> Result:
    """Both sides of a work, measured in turns."""
    works, floors = in_turns(f"{work.name} {work.title}", work.work, work.floor)
    return Result(
        work.name,
        work.title,
        median(one.rate for one in works),
        median(one.rate for one in floors),
        "/s",
        tuple(one.rate / base.rate for one, base in zip(works, floors, strict=True)),
        work.target,
        cpu_us=_cpu(works),
        floor_cpu_us=_cpu(floors),
    )


def _cpu(side: list[Measured]) -> float | None:
    known = [one.cpu_us for one in side if one.cpu_us is not None]
    return median(known) if known else None
