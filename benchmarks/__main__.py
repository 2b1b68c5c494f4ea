"""`make bench [P2 P9]`: each work beside its floor in the same run and in turns, as ratios against their targets.

`make bench tickets` is the other benchmark, in `benchmarks/tickets.py`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

import httpx

from benchmarks import tickets
from benchmarks.lists import catalog, own_licenses
from benchmarks.load import Call, burst, size
from benchmarks.modules import checking, validating
from benchmarks.people import meter, registering, sign_in
from benchmarks.rounds import ROUNDS, SECONDS, Measured, Work, asking, heading, measured
from benchmarks.server import WORKER, Server, floor_of, postgres, running
from benchmarks.stock import Size, scaled

# A fraction of all amounts, for a look at the benchmark itself.
SCALE = float(os.environ.get("BENCH_SCALE", "1"))
FEW, MANY = 10_000, 1_000_000
AT_ONCE = 50
MEMORY_TARGET_MB = 200
_IN_FORCE = "{ agreement(kind: SERVICE_AGREEMENT) { id } notice: agreement(kind: PRIVACY_NOTICE) { id } }"


def _makers(amounts: Size, most: int | None = None) -> dict[str, tuple[str, Callable[[], Call]]]:
    """What is asked of a server with licenses, by name; checks are of all licenses or of `most`."""
    return {
        "P1": ("validateLicense", validating(amounts, most)),
        "P2": ("legacy verify.php", checking(amounts, most)),
        "P3": ("products(first: 20)", catalog),
        "P4": ("licenses(first: 20)", own_licenses(amounts)),
    }


def _on_floor(name: str, make: Callable[[], Call]) -> Callable[[], Call]:
    """The same requests for the floor, which signs nothing."""
    unsigned = (b"RL1.", b"<md5hash>")

    def call() -> Call:
        asked = make()
        kept = tuple(part for part in asked.expected if not any(mark in part for mark in unsigned))
        return replace(asked, path=f"/{name}", expected=kept)

    return call


def _web_works(server: Server, folder: Path, wanted: list[str], stack: ExitStack) -> Iterator[Work]:
    """P1 to P4, each beside a floor that answers as many bytes."""
    makers = {name: maker for name, maker in _makers(server.size).items() if name in wanted}
    targets = {"P1": (0.50, False), "P2": (0.70, True), "P3": (0.50, False), "P4": (0.35, False)}
    if not makers:
        return
    sizes = {name: size(server.port, make()) for name, (_, make) in makers.items()}
    floor = stack.enter_context(floor_of(server, folder, sizes))
    for name, (title, make) in makers.items():
        target, required = targets[name]
        yield Work(name, title, asking(server, make), asking(floor, _on_floor(name, make)), target, required=required)


def _hashing_floor(name: str) -> Measured:
    command = [sys.executable, "-m", "benchmarks.floors", name, str(SECONDS), str(min(WORKER))]
    return Measured(float(subprocess.run(command, capture_output=True, check=True, text=True).stdout))


def _register(server: Server) -> Callable[[], Call]:
    found = httpx.post(f"{server.base}/graphql", json={"query": _IN_FORCE}).json()["data"]
    return registering(found["agreement"]["id"], found["notice"]["id"])


def _people_works(server: Server, wanted: list[str]) -> Iterator[Work]:
    """P5 to P7, whose floors are computing alone."""
    makers = {
        "P5": ("signIn", "verify", sign_in, 0.90),
        "P6": ("registerAccount", "hash", _register(server), 0.85),
        "P7": ("password meter", "score", meter, 0.60),
    }
    for name, (title, floor, make, target) in makers.items():
        if name in wanted:
            yield Work(name, title, asking(server, make), partial(_hashing_floor, floor), target)


def _growth(few: Server, many: Server) -> Iterator[Work]:
    """P9: the same asked of many licenses and of few."""
    # As many different ones of either, so that the leases that a worker keeps help both alike.
    with_few, with_many = (_makers(server.size, few.size.licenses) for server in (few, many))
    for name in ("P1", "P2", "P4"):
        title = f"{with_few[name][0]}, many/few"
        yield Work(f"P9 {name}", title, asking(many, with_many[name][1]), asking(few, with_few[name][1]), 0.90)


def _memory(server: Server) -> bool:
    """Register many at once; whether the worker stays below its target."""
    register = _register(server)
    burst(server.port, [register() for _ in range(AT_ONCE)])
    now, highest = server.memory_mb()
    print(f"memory of the worker: {now:.0f} MB after {AT_ONCE} registrations at once, {highest:.0f} MB at its highest")
    return highest < MEMORY_TARGET_MB


def main(given: list[str]) -> int:
    """Print the table; 1 when a required target was missed."""
    if given[:1] == ["tickets"]:
        return tickets.main(given[1:])
    wanted = given or ["P1", "P2", "P3", "P4", "P5", "P6", "P7", "P9"]
    reached = []
    print(f"one worker on one core, PostgreSQL and the load on another; {ROUNDS} rounds of {SECONDS:g} s in turns")
    print(heading(), flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = postgres(folder / "postgres")
        if wanted != ["P9"]:
            with ExitStack() as stack:
                server = stack.enter_context(running(url, folder, scaled(SCALE)))
                reached += [measured(work) for work in _web_works(server, folder, wanted, stack)]
                reached += [measured(work) for work in _people_works(server, wanted)]
                if not given or "P6" in given:
                    reached.append(_memory(server))
        if "P9" in wanted:
            with running(url, folder, scaled(SCALE, FEW)) as few, running(url, folder, scaled(SCALE, MANY)) as many:
                reached += [measured(work) for work in _growth(few, many)]
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
