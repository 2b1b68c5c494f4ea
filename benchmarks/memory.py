"""P10: what a worker holds after 200,000 mixed requests, beside what it held after the first 2,000."""

from __future__ import annotations

import sys
from collections.abc import Callable

from benchmarks.load import Call, ask, burst
from benchmarks.mixture import mixture
from benchmarks.results import Result
from benchmarks.server import Server

FIRST, ALL = 2_000, 200_000
AT_ONCE = 50
# Memory is looked at after each part: whether it grows on or has grown.
_PARTS = 10
TARGET, MOST_MB = 1.10, 200


def memory(server: Server, register: Callable[[], Call], scale: float) -> Result:
    """Ask a worker that has answered nothing yet; at the end so many register at once, which is its highest."""
    first, every = int(FIRST * scale), int(ALL * scale)
    make = mixture(server.size, register)
    ask(server.port, make, first)
    early, _ = server.memory_mb()
    late = early
    for part in range(_PARTS):
        print(f"  P10: part {part + 1} of {_PARTS}, {late:.0f} MB so far", file=sys.stderr)
        ask(server.port, make, (every - first) // _PARTS)
        late, _ = server.memory_mb()
    burst(server.port, [register() for _ in range(AT_ONCE)])
    _, highest = server.memory_mb()
    return Result(
        "P10",
        "memory of the worker",
        late,
        early,
        "MB",
        (late / early,),
        TARGET,
        at_most=True,
        note=f"after {every:,} requests and after {first:,}; {highest:.0f} MB at its "
        f"highest, with {AT_ONCE} registrations at once, of {MOST_MB} MB",
        note_holds=highest <= MOST_MB,
    )
