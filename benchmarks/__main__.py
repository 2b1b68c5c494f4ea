"""`make bench [P5 P6 P7]`: each work beside its floor in the same run and in turns, as ratios against their targets."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

import httpx

from benchmarks.load import Call, burst, rate
from benchmarks.people import meter, registering, sign_in
from benchmarks.server import WORKER, Server, running

SECONDS = float(os.environ.get("BENCH_SECONDS", "6"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
AT_ONCE = 50
MEMORY_TARGET_MB = 200
_IN_FORCE = "{ agreement(kind: SERVICE_AGREEMENT) { id } notice: agreement(kind: PRIVACY_NOTICE) { id } }"


def _floor(name: str) -> float:
    command = [sys.executable, "-m", "benchmarks.floors", name, str(SECONDS), str(min(WORKER))]
    return float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def _works(server: Server) -> dict[str, tuple[str, str, Callable[[], Call], float]]:
    found = httpx.post(f"{server.base}/graphql", json={"query": _IN_FORCE}).json()["data"]
    register = registering(found["agreement"]["id"], found["notice"]["id"])
    return {
        "P5": ("signIn", "verify", sign_in, 0.90),
        "P6": ("registerAccount", "hash", register, 0.85),
        "P7": ("password meter", "score", meter, 0.60),
    }


def _measure(server: Server, name: str, floor: str, make: Callable[[], Call]) -> tuple[list[float], list[float]]:
    rate(server.port, make, 1)
    floors, works = [], []
    for turn in range(ROUNDS):
        print(f"  {name}: round {turn + 1} of {ROUNDS}", file=sys.stderr)
        floors.append(_floor(floor))
        works.append(rate(server.port, make, SECONDS))
    return floors, works


def main(wanted: list[str]) -> int:
    """Print the table; 1 when a target was missed."""
    missed = 0
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as server:
        print(f"one worker on one core, PostgreSQL and the load on another; {ROUNDS} rounds of {SECONDS:g} s in turns")
        print(f"{'':4} {'work':16} {'work/s':>9} {'floor/s':>9} {'ratio':>6} {'spread':>13} {'target':>7}")
        for name, (title, floor, make, target) in _works(server).items():
            if wanted and name not in wanted:
                continue
            floors, works = _measure(server, name, floor, make)
            ratios = sorted(work / base for work, base in zip(works, floors, strict=True))
            missed += median(ratios) < target
            spread = f"{ratios[0]:.2f} - {ratios[-1]:.2f}"
            print(
                f"{name:4} {title:16} {median(works):9.1f} {median(floors):9.1f} {median(ratios):6.2f} {spread:>13} "
                f"{target:7.2f} {'' if median(ratios) >= target else 'missed'}"
            )
        register = _works(server)["P6"][2]
        burst(server.port, [register() for _ in range(AT_ONCE)])
        now, highest = server.memory_mb()
        missed += highest >= MEMORY_TARGET_MB
        print(
            f"memory of the worker: {now:.0f} MB after {AT_ONCE} registrations at once, {highest:.0f} MB at its highest"
        )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
