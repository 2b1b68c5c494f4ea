"""Lives several stories at once, strictly in the order of time, with the clock door running every week.

A story is an async generator: it acts, and yields how many days ago, or at what instant, it goes on.
"""

from __future__ import annotations

import heapq
from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta

from api import clock
from api.demo.post import deliver
from api.jobs import do_due
from api.settings import Settings

Story = AsyncIterator[int | datetime]
WEEK = 7
# The hour in Istanbul at which people act; each story has its own minute.
_OPEN = timedelta(hours=10)


def instant(now: datetime, days_ago: int, minute: int = 0) -> datetime:
    """An instant of the working day so many days before `now`, never after it."""
    day = clock.local(now).date() - timedelta(days=days_ago)
    return min(now, clock.start_of(day) + _OPEN + timedelta(minutes=minute))


async def _the_clock_door(first: int, now: datetime) -> Story:
    """What passing days do, once a week and at the end."""
    for when in (*range(first, 0, -WEEK), now):
        yield when
        await do_due()


async def live(stories: Iterable[Story], first: int, settings: Settings) -> None:
    """Live every story from `first` days ago until now, and deliver the letters of each step."""
    now = clock.now()
    told = [*stories, _the_clock_door(first, now)]
    # The place decides between equal instants, so that stories themselves are never compared.
    waiting = [(instant(now, first), place) for place in range(len(told))]
    heapq.heapify(waiting)
    while waiting:
        at, place = heapq.heappop(waiting)
        with clock.stopped(at):
            when = await anext(told[place], None)
            await deliver(settings)
        if when is not None:
            goes_on = min(now, when) if isinstance(when, datetime) else instant(now, when, place)
            heapq.heappush(waiting, (max(at, goes_on), place))
