"""How long a license check takes while 50 sign-ins hash, beside how long it takes when all is quiet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import median, quantiles

from benchmarks.load import Call, durations
from benchmarks.modules import checking, validating
from benchmarks.people import signing_in
from benchmarks.results import Result
from benchmarks.rounds import SECONDS, in_turns
from benchmarks.server import Server

SIGNING_IN = 50
TARGET = 3.0


def calm(server: Server) -> Iterator[Result]:
    """For the old protocol and for GraphQL: the 99th percentile of one who asks again and again."""
    yield _calm(server, "legacy check", checking(server.size))
    yield _calm(server, "validateLicense", validating(server.size))


def _calm(server: Server, title: str, make: Callable[[], Call]) -> Result:
    sign_in = signing_in(server.size.accounts)
    durations(server.port, make, min(1, SECONDS))

    def busy() -> tuple[float, float]:
        return _percentiles(durations(server.port, make, SECONDS, sign_in, SIGNING_IN))

    def quiet() -> tuple[float, float]:
        return _percentiles(durations(server.port, make, SECONDS))

    busies, quiets = in_turns(f"calm {title}", busy, quiet)
    middle_busy, middle_quiet = (median(middle for middle, _ in side) for side in (busies, quiets))
    return Result(
        "calm",
        title,
        median(high for _, high in busies),
        median(high for _, high in quiets),
        "ms",
        tuple(high / low for (_, high), (_, low) in zip(busies, quiets, strict=True)),
        TARGET,
        at_most=True,
        note=f"the 99th percentiles, while {SIGNING_IN} sign in and quiet; the medians: {middle_busy:.2f} and "
        f"{middle_quiet:.2f} ms",
    )


def _percentiles(seconds: list[float]) -> tuple[float, float]:
    """The 50th and the 99th, in milliseconds."""
    found = quantiles(seconds, n=100, method="inclusive")
    return found[49] * 1000, found[98] * 1000
