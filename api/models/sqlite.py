"""Tortoise's SQLite client with write locks taken at the start of a transaction.

A deferred BEGIN that reads first and writes later fails at once when another process has written in
between (SQLITE_BUSY_SNAPSHOT), whatever the busy timeout; BEGIN IMMEDIATE waits its turn instead.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from typing import cast
from uuid import UUID

from tortoise.backends.base.client import TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionContext, SqliteTransactionWrapper
from tortoise.connection import get_connections
from tortoise.exceptions import TransactionManagementError

# Tortoise stores keys as text; statements of our own do the same.
sqlite3.register_adapter(UUID, str)
# Instants are text there, and compared as text: they must all be of one zone.
sqlite3.register_adapter(datetime, lambda at: (at.astimezone(UTC) if at.tzinfo else at).isoformat(" "))


class _ImmediateTransaction(SqliteTransactionWrapper):
    async def begin(self) -> None:
        try:
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise TransactionManagementError(error) from error


class _Context(SqliteTransactionContext):
    """Gives the connection's lock back when the transaction could not begin; Tortoise's own keeps it for ever."""

    async def __aenter__(self) -> TransactionalDBClient:
        await self._trxlock.acquire()
        try:
            await self.ensure_connection()
            await self.connection.begin()
        except BaseException:
            self._trxlock.release()
            raise
        self.token = get_connections().set(self.connection_name, self.connection)
        return cast("TransactionalDBClient", self.connection)


class Client(SqliteClient):
    """The embedded default: WAL, foreign keys, a busy timeout for the other processes."""

    def _in_transaction(self) -> TransactionContext:
        return _Context(_ImmediateTransaction(self), self._lock)


client_class = Client
