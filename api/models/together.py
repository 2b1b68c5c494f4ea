"""Reads that many requests want at the same moment, by one statement.

Alone a read goes at once; while some are on their way, what comes goes together in the next. It never joins a
statement that was sent before it was wanted, so it sees every change made until then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextvars import Context
from typing import Any, Generic, TypeVar

T = TypeVar("T")

MOST_AT_ONCE = 100
# With one, this process would idle while the database works.
MOST_STATEMENTS = 3
# A database that does not answer for so long holds up nobody else.
PATIENCE_SECONDS = 2.0


class Together(Generic[T]):
    """Answers keys by `read(keys)`, which gives what it found by key; what fails, fails for all who asked with it."""

    def __init__(self, read: Callable[[Sequence[str]], Coroutine[Any, Any, Mapping[str, T]]]) -> None:
        self._read = read
        self._wanted: list[tuple[str, asyncio.Future[T | None]]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._at_work = 0
        self._loop: asyncio.AbstractEventLoop | None = None

    async def one(self, key: str) -> T | None:
        """What is under a key; None where nothing is."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            # Nobody waits in the one before any more.
            self._loop, self._wanted, self._at_work = loop, [], 0
        answer: asyncio.Future[T | None] = loop.create_future()
        self._wanted.append((key, answer))
        if len(self._wanted) == 1 and self._at_work < MOST_STATEMENTS:
            self._at_work += 1
            # In no request's context: a transaction of one of them is nobody else's.
            task = loop.create_task(self._run(), context=Context())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await answer

    async def _run(self) -> None:
        try:
            # Requests that the loop has received already join.
            await asyncio.sleep(0)
            while self._wanted:
                asked = self._wanted[:MOST_AT_ONCE]
                del self._wanted[:MOST_AT_ONCE]
                await self._answer(asked)
        finally:
            self._at_work -= 1

    async def _answer(self, asked: list[tuple[str, asyncio.Future[T | None]]]) -> None:
        loop = asyncio.get_running_loop()
        reading = loop.create_task(self._read([key for key, _ in asked]))  # noqa: RUF006 - awaited or canceled here
        # Not `asyncio.timeout`, which would wait for a connection that does not even take the news that it is over.
        done, _ = await asyncio.wait([reading], timeout=PATIENCE_SECONDS)
        # A canceled one (its connection was closed under it) has no exception to be asked for.
        failure = reading.exception() if done and not reading.cancelled() else TimeoutError()
        if not done:
            reading.cancel()
        for key, answer in asked:
            if answer.done():
                # Who asked has gone meanwhile.
                continue
            if failure:
                answer.set_exception(failure)
            else:
                answer.set_result(reading.result().get(key))
