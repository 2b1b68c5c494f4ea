"""A pool whose connections go from hand to hand: asyncpg's own gives each back by a task of its own.

That took three times as long as asking for a row (decision 0021). What differs is only who comes next: while
somebody waits, and for a connection that is not plainly at rest, everything goes asyncpg's way.
"""

from __future__ import annotations

from typing import Any

import asyncpg
from asyncpg.pool import PoolConnectionProxy

_DEFAULTS = {
    "max_queries": 50_000,
    "max_inactive_connection_lifetime": 300.0,
    "connect": None,
    "setup": None,
    "init": None,
    "reset": None,
    "record_class": asyncpg.Record,
}


class Pool(asyncpg.Pool):  # type: ignore[misc]
    """asyncpg's pool, which believes those that are at rest here to be in use."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**(_DEFAULTS | settings))
        self._resting: list[PoolConnectionProxy] = []
        self._waiting = 0

    async def _acquire(self, timeout: float | None) -> PoolConnectionProxy:  # noqa: ASYNC109 - as asyncpg has it
        while self._resting and not self._closing:
            connection = self._resting.pop()
            if _at_rest(connection):
                return connection
            # Closed meanwhile, by the server or under it.
            await super().release(connection)
        self._waiting += 1
        try:
            return await super()._acquire(timeout)
        finally:
            self._waiting -= 1

    async def release(self, connection: PoolConnectionProxy, *, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Give a connection to whoever comes next."""
        if self._waiting or self._closing or not _at_rest(connection):
            await super().release(connection, timeout=timeout)
        elif connection not in self._resting:
            self._resting.append(connection)

    async def close(self) -> None:
        """Close all connections once they are given back."""
        while self._resting:
            await super().release(self._resting.pop())
        await super().close()


def _at_rest(proxy: PoolConnectionProxy) -> bool:
    """Whether nothing is going on over a connection, and nothing is left of who used it."""
    connection = proxy._con  # noqa: SLF001 - as asyncpg's own pool looks at it
    return (
        connection is not None
        and not connection.is_closed()
        and not connection.is_in_transaction()
        # Of a transaction that could not begin.
        and connection._top_xact is None  # noqa: SLF001
        and not connection._protocol._is_cancelling()  # noqa: SLF001
    )
