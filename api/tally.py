"""What is counted off a request's path: noted in memory, written in batches every second and when the server stops.

A note costs a look into a dictionary and never waits. The buffer is bounded: a key that finds no room is dropped, and
the dropped ones are counted and logged once a flush. A database that is away loses nothing that has room.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any, Generic, Protocol, TypeVar

logger = logging.getLogger(__name__)

FLUSH_EVERY_SECONDS = 1.0
STOP_WITHIN_SECONDS = 5.0
MOST_KEYS = 10_000
ROWS_A_STATEMENT = 500


class Key(Protocol):
    """Hashable, and sorts: of two processes that write the same rows neither waits for the other's second one."""

    def __lt__(self, other: Any, /) -> bool: ...
    def __hash__(self) -> int: ...


K = TypeVar("K", bound=Key)
V = TypeVar("V")


class Tally(Generic[K, V]):
    """Values by key until they are written.

    `merge(older, newer)` makes one value of two of the same key; `write` saves up to `ROWS_A_STATEMENT` rows, sorted
    by key, all of them or, when it raises, none: they are kept and tried again. Flushed `every` so many seconds with
    `most` keys at most, it writes no more than that, however many are noted.
    """

    def __init__(
        self,
        name: str,
        write: Callable[[list[tuple[K, V]]], Awaitable[object]],
        merge: Callable[[V, V], V],
        most: int = MOST_KEYS,
        every: int = 1,
    ) -> None:
        self.name = name
        self.every = every
        self.dropped = 0
        self._write, self._merge, self._most = write, merge, most
        self._noted: dict[K, V] = {}
        self._told = 0
        self._failing = False

    def __len__(self) -> int:
        return len(self._noted)

    def note(self, key: K, value: V) -> None:
        """Remember a value for the next flush; dropped, and counted, where there is no room for another key."""
        if key in self._noted:
            self._noted[key] = self._merge(self._noted[key], value)
        elif len(self._noted) < self._most:
            self._noted[key] = value
        else:
            self.dropped += 1

    async def flush(self) -> bool:
        """Write what was noted; False, and the reason in the log, when the database would not take it."""
        if self.dropped > self._told:
            logger.warning("%s: %d dropped for want of room", self.name, self.dropped - self._told)
            self._told = self.dropped
        noted, self._noted = self._noted, {}
        waiting = sorted(noted.items(), key=lambda row: row[0])
        try:
            while waiting:
                await self._write(waiting[:ROWS_A_STATEMENT])
                del waiting[:ROWS_A_STATEMENT]
        except Exception:
            # Once, not every second for as long as the database is away.
            if not self._failing:
                logger.exception("%s: could not be written; kept and tried again", self.name)
            self._failing = True
            return False
        finally:
            self._put_back(waiting)
        if self._failing:
            logger.warning("%s: written again", self.name)
        self._failing = False
        return True

    def _put_back(self, rows: Iterable[tuple[K, V]]) -> None:
        """Keep what was not written, as older than what has been noted meanwhile."""
        meanwhile, self._noted = self._noted, {}
        for key, value in (*rows, *meanwhile.items()):
            self.note(key, value)

    def forget(self) -> None:
        """Leave behind what was noted for another database."""
        self._noted = {}


_registered: list[Tally[Any, Any]] = []


def register(tally: Tally[K, V]) -> Tally[K, V]:
    """Let the running server flush this one too."""
    _registered.append(tally)
    return tally


async def flush_all() -> bool:
    """Flush every registered tally now; whether all was written."""
    return all([await tally.flush() for tally in _registered])


def forget_all() -> None:
    """Begin with empty tallies: another database."""
    for tally in _registered:
        tally.forget()


async def run_until(stopped: asyncio.Event) -> None:
    """Flush each tally in its time, and all once more at the end."""
    for second in itertools.count():
        if stopped.is_set():
            break
        for tally in _registered:
            if second % tally.every == 0:
                await tally.flush()
        with suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), FLUSH_EVERY_SECONDS)
    await flush_all()


class Beside:
    """The flushing that runs beside a server: started in its loop, stopped before the database is closed."""

    def __init__(self) -> None:
        self._stopped = asyncio.Event()
        self._work = asyncio.create_task(run_until(self._stopped))

    async def stop(self) -> None:
        """Let it write a last time; a database that does not answer is not waited for longer than five seconds."""
        self._stopped.set()
        await asyncio.wait({self._work}, timeout=STOP_WITHIN_SECONDS)
        self._work.cancel()
        await asyncio.gather(self._work, return_exceptions=True)
