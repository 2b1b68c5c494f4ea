"""Reads that many requests want at the same moment, by one statement.

Alone a read goes at once; while some are on their way, what comes goes together in the next ones. It never joins a
statement that was sent before it was wanted, so it sees every change made until then.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextvars import Context
from typing import Any, Generic, TypeVar

T = TypeVar("T")

MOST_AT_ONCE = 100
# So many are not divided.
FEW = 8
# With one, this process would idle while the database works.
MOST_STATEMENTS = 3


Asked = list[tuple[str, asyncio.Future[T | None]]]


class Together(Generic[T]):
    """Answers keys by `read(keys)`, which gives what it found by key; what fails, fails for all who asked with it."""

    def __init__(
        self, read: Callable[[Sequence[str]], Coroutine[Any, Any, Mapping[str, T]]], patience: float = math.inf
    ) -> None:
        self._read = read
        # In seconds: a read that takes longer holds up nobody else.
        self._patience = patience
        self._wanted: Asked[T] = []
        # Those that ask the database, as long as somebody waits for them.
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def one(self, key: str) -> T | None:
        """What is under a key; None where nothing is."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            # Nobody waits in the one before any more.
            self._loop, self._wanted, self._tasks = loop, [], set()
        answer: asyncio.Future[T | None] = loop.create_future()
        self._wanted.append((key, answer))
        if len(self._wanted) == 1:
            self._begin(loop)
        return await answer

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Ask for what is wanted, unless enough are at it."""
        if len(self._tasks) < MOST_STATEMENTS:
            # In no request's context: a transaction of one of them is nobody else's.
            self._tasks.add(loop.create_task(self._run(), context=Context()))

    async def _run(self) -> None:
        own = asyncio.current_task()
        assert own is not None  # noqa: S101 - a coroutine runs in a task
        try:
            # Requests that the loop has received already join.
            await asyncio.sleep(0)
            while self._wanted and own in self._tasks:
                asked = self._share()
                if self._wanted:
                    self._begin(own.get_loop())
                await self._answer(asked, own)
        finally:
            self._tasks.discard(own)
            if own.cancelling() and not self._tasks:
                # From outside, as when all ends: nobody is left who would ask.
                _fail(self._wanted, TimeoutError())
                self._wanted.clear()

    def _share(self) -> Asked[T]:
        """What goes by the next statement: half of what is wanted, if that is much.

        All of it would come back at once, and while the database works on it this process would have nothing to do.
        """
        number = min(max(FEW, (len(self._wanted) + 1) // 2), MOST_AT_ONCE)
        asked = self._wanted[:number]
        del self._wanted[:number]
        return asked

    async def _answer(self, asked: Asked[T], own: asyncio.Task[None]) -> None:
        # Not `asyncio.timeout`, which would wait for a connection that does not even take the news that it is over.
        late = (
            own.get_loop().call_later(self._patience, self._give_up, asked, own) if self._patience < math.inf else None
        )
        try:
            found = await self._read([key for key, _ in asked])
        except asyncio.CancelledError:
            # Its connection was closed under it, or this task is not wanted any more.
            _fail(asked, TimeoutError())
            if own.cancelling():
                raise
        except Exception as error:
            _fail(asked, error)
        else:
            for key, answer in asked:
                # Who asked may have gone meanwhile.
                if not answer.done():
                    answer.set_result(found.get(key))
        finally:
            if late:
                late.cancel()

    def _give_up(self, asked: Asked[T], task: asyncio.Task[None]) -> None:
        """Leave a read that takes too long; what was wanted since goes by another one."""
        self._tasks.discard(task)
        task.cancel()
        _fail(asked, TimeoutError())
        if self._wanted:
            self._begin(task.get_loop())


def _fail(asked: Asked[Any], error: Exception) -> None:
    for _, answer in asked:
        if not answer.done():
            answer.set_exception(error)
