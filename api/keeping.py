"""The public figure of promises of an answer (8.1): how many were kept and missed, read once a minute at most."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from api import clock
from api.models.tickets import TicketPromise

WITHIN = timedelta(days=90)
_GOOD_FOR = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Figure:
    """Promises of the last 90 days, as they were counted at an instant."""

    kept: int
    missed: int
    read_at: datetime


_figure: Figure | None = None
_reading = asyncio.Lock()


def forget() -> None:
    """Count anew next time: another database."""
    global _figure, _reading
    _figure, _reading = None, asyncio.Lock()


async def figure() -> Figure:
    """The figure of this minute; who asks while it is being counted waits for it, so never in a transaction."""
    global _figure
    async with _reading:
        now = clock.now()
        if _figure is None or not timedelta(0) <= now - _figure.read_at < _GOOD_FOR:
            kept, missed = await TicketPromise.counted(now - WITHIN, now)
            _figure = Figure(kept, missed, now)
        return _figure
