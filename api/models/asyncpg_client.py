"""Tortoise's PostgreSQL client without the statement that resets a connection each time it goes back to the pool.

It would undo session settings, locks and listeners; this program makes none on its pooled connections, and
the extra round trip doubled the cost of every single read.
"""

from __future__ import annotations

from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient

from api.models.asyncpg_pool import Pool


class _Connection(asyncpg.Connection):  # type: ignore[misc]
    def get_reset_query(self) -> str:
        return ""


class Client(AsyncpgDBClient):
    """Production's database."""

    connection_class = _Connection

    async def create_pool(self, **settings: Any) -> Pool:
        """The pool of this process."""
        pool: Pool = await Pool(**settings)
        return pool

    async def records(self, sql: str, *values: object) -> list[asyncpg.Record]:
        """The rows of a statement as asyncpg gives them; the ORM's wrappers took as long as the statement."""
        self.log.debug("%s: %s", sql, values)
        async with self.acquire_connection() as connection:
            found: list[asyncpg.Record] = await connection.fetch(sql, *values)
        return found


client_class = Client
