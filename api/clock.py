"""The only clock of the program: UTC instants, and days in Europe/Istanbul (domain-tr 0.5)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ISTANBUL = ZoneInfo("Europe/Istanbul")

_offset = timedelta(0)
_stopped: datetime | None = None


def now() -> datetime:
    """The present instant, in UTC."""
    return _stopped if _stopped is not None else datetime.now(UTC) + _offset


def local(instant: datetime) -> datetime:
    """The same instant on a wall clock in Istanbul."""
    return instant.astimezone(ISTANBUL)


def today() -> date:
    """The present day in Istanbul."""
    return local(now()).date()


def start_of(day: date) -> datetime:
    """The instant at which a day begins in Istanbul."""
    return datetime.combine(day, time.min, ISTANBUL)


def start_at(instant: datetime | None) -> None:
    """Let the clock start at `instant` and run on from there (CLOCK_START, demo only)."""
    global _offset
    _offset = instant.astimezone(UTC) - datetime.now(UTC) if instant else timedelta(0)


@contextmanager
def stopped(instant: datetime) -> Iterator[None]:
    """Stop the clock at `instant` for the block; for tests and rehearsals."""
    global _stopped
    before, _stopped = _stopped, instant.astimezone(UTC)
    try:
        yield
    finally:
        _stopped = before
