"""`make bench [P2 P9]`: each work beside its floor in the same run and in turns, as ratios against their targets.

`--save RELEASE` keeps them in `docs/performance`, if all were measured. `make bench tickets` is another benchmark, in
`benchmarks/tickets.py`.
"""

from __future__ import annotations

import argparse
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

from api.settings import ROOT
from benchmarks import people, release, tickets
from benchmarks.calm import calm
from benchmarks.lists import catalog, own_licenses
from benchmarks.load import Call, size
from benchmarks.machine import facts
from benchmarks.memory import memory
from benchmarks.modules import checking, validating
from benchmarks.pages import licenses_page
from benchmarks.people import meter, registering, signing_in
from benchmarks.results import Result, heading, line
from benchmarks.rounds import SECONDS, Asked, Measured, Work, asking, measured
from benchmarks.server import WORKER, Server, anew, floor_of, postgres, running
from benchmarks.stock import Size, scaled

# A fraction of all amounts, for a look at the benchmark itself.
SCALE = float(os.environ.get("BENCH_SCALE", "1"))
FEW, MANY = 10_000, 1_000_000
NAMES = ("P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "calm", "P10", "P9")
_IN_FORCE = "{ agreement(kind: SERVICE_AGREEMENT) { id } notice: agreement(kind: PRIVACY_NOTICE) { id } }"


def _checks_and_lists(amounts: Size, most: int | None = None) -> dict[str, tuple[str, Asked]]:
    """What is asked of a server with licenses, by name; checks are of all licenses or of `most`."""
    checked = min(most or amounts.licenses, amounts.licenses)
    return {
        "P1": ("validateLicense", Asked(validating(amounts, most), checked)),
        "P2": ("legacy verify.php", Asked(checking(amounts, most), checked)),
        "P3": ("products(first: 20)", Asked(catalog, 1)),
        "P4": ("licenses(first: 20)", Asked(own_licenses(amounts), amounts.asked)),
    }


def _on_floor(name: str, asked: Asked) -> Asked:
    """The same requests for the floor, which signs nothing."""
    unsigned = (b"RL1.", b"<md5hash>")

    def call() -> Call:
        made = asked.make()
        kept = tuple(part for part in made.expected if not any(mark in part for mark in unsigned))
        return replace(made, path=f"/{name}", expected=kept)

    return Asked(call, asked.different)


def _web_works(server: Server, folder: Path, wanted: list[str], stack: ExitStack) -> Iterator[Work]:
    """P1 to P4 and P8, each beside a floor that answers as many bytes."""
    works = _checks_and_lists(server.size)
    works["P8"] = ("page of 20 licenses", Asked(licenses_page(server.size), server.size.asked))
    targets = {"P1": 0.50, "P2": 0.70, "P3": 0.50, "P4": 0.35, "P8": 0.35}
    works = {name: work for name, work in works.items() if name in wanted}
    if not works:
        return
    sizes = {name: size(server.port, asked.make()) for name, (_, asked) in works.items()}
    floor = stack.enter_context(floor_of(server, folder, sizes))
    for name, (title, asked) in works.items():
        # The page's floor has the data of one customer ready.
        same = Asked(licenses_page(server.size, 1), 1) if name == "P8" else asked
        yield Work(name, title, asking(server, asked), asking(floor, _on_floor(name, same)), targets[name])


def _hashing_floor(name: str) -> Measured:
    command = [sys.executable, "-m", "benchmarks.floors", name, str(SECONDS), str(min(WORKER))]
    return Measured(float(subprocess.run(command, capture_output=True, check=True, text=True).stdout))


def _register(server: Server) -> Callable[[], Call]:
    found = httpx.post(f"{server.base}/graphql", json={"query": _IN_FORCE}).json()["data"]
    return registering(found["agreement"]["id"], found["notice"]["id"])


def _people_works(server: Server, wanted: list[str]) -> Iterator[Work]:
    """P5 to P7, whose floors are computing alone."""
    works = {
        "P5": ("signIn", "verify", Asked(signing_in(server.size.accounts), 0), 0.90),
        "P6": ("registerAccount", "hash", Asked(_register(server), 0), 0.85),
        "P7": ("password meter", "score", Asked(meter, len(people.METER_PASSWORDS)), 0.60),
    }
    for name, (title, floor, asked, target) in works.items():
        if name in wanted:
            yield Work(name, title, asking(server, asked), partial(_hashing_floor, floor), target)


def _growth(few: Server, many: Server) -> Iterator[Work]:
    """P9: the same asked of many licenses and of few."""
    # As many different ones of either, so that the leases that a worker keeps help both alike.
    with_few, with_many = (_checks_and_lists(server.size, few.size.licenses) for server in (few, many))
    for name in ("P1", "P2", "P4"):
        yield Work("P9", f"{name}, many / few", asking(many, with_many[name][1]), asking(few, with_few[name][1]), 0.90)


def _results(url: str, folder: Path, wanted: list[str]) -> Iterator[Result]:
    """Everything wanted, as it is measured."""
    if set(wanted) - {"P9"}:
        with ExitStack() as stack:
            server = stack.enter_context(running(url, folder, scaled(SCALE)))
            yield from map(measured, _web_works(server, folder, wanted, stack))
            yield from map(measured, _people_works(server, wanted))
            if "calm" in wanted:
                yield from calm(server)
            if "P10" in wanted:
                yield memory(stack.enter_context(anew(server, folder)), _register(server), SCALE)
    if "P9" in wanted:
        with running(url, folder, scaled(SCALE, FEW)) as few, running(url, folder, scaled(SCALE, MANY)) as many:
            yield from map(measured, _growth(few, many))


def _asked_for(given: list[str]) -> tuple[list[str], str | None]:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("works", nargs="*", metavar="WORK", help=f"of {', '.join(NAMES)}; all without")
    parser.add_argument(
        "--save",
        metavar="RELEASE",
        type=release.named,
        default=os.environ.get("RELEASE") or None,
        help="keep the results of all works in docs/performance; also by RELEASE in the environment",
    )
    found = parser.parse_args(given)
    if unknown := set(found.works) - set(NAMES):
        parser.error(f"there is no {', '.join(sorted(unknown))}: {', '.join(NAMES)}")
    if found.save and found.works and set(found.works) != set(NAMES):
        # They would replace the release's page, and what docs/performance.md shows as the newest.
        parser.error(f"{found.save} is kept with the results of all works: name none, or leave --save and RELEASE out")
    return found.works or list(NAMES), found.save


def main(given: list[str]) -> int:
    """Print the table, keep it where wanted; 1 when a target was missed."""
    if given[:1] == ["tickets"]:
        return tickets.main(given[1:])
    wanted, kept_as = _asked_for(given)
    results = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = postgres(folder / "postgres")
        about = ["one worker on one core, PostgreSQL and the load on another", *facts(url, SCALE)]
        print(*about, heading(), sep="\n", flush=True)
        for result in _results(url, folder, wanted):
            print(line(result), flush=True)
            results.append(result)
    if kept_as:
        print(f"kept in {release.save(ROOT / 'docs', kept_as, results, about).relative_to(ROOT)}")
    return 0 if all(result.reached for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
