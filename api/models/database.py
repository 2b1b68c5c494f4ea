"""Where the rows live: SQLite or PostgreSQL, by DATABASE_URL."""

from __future__ import annotations

import fcntl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import asyncpg
from anyio import to_thread
from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient, TransactionContext
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.connection import ConnectionHandler, get_connections
from tortoise.fields import Field
from tortoise.migrations.api import migrate as apply_migrations
from tortoise.models import Model
from tortoise.transactions import in_transaction

APP = "ruhsat"
SQLITE, POSTGRES = "sqlite", "postgres"
MODULES = [
    "api.models.accounts",
    "api.models.agreements",
    "api.models.announcements",
    "api.models.attachments",
    "api.models.audit",
    "api.models.billing",
    "api.models.catalog",
    "api.models.catalog_versions",
    "api.models.conduct",
    "api.models.downloads",
    "api.models.letters",
    "api.models.licenses",
    "api.models.orders",
    "api.models.people",
    "api.models.persisted_documents",
    "api.models.registrations",
    "api.models.sessions",
    "api.models.sightings",
    "api.models.signing_keys",
    "api.models.throttles",
    "api.models.tickets",
]
_BUSY_TIMEOUT_MS = 20_000
# Any number, as long as every release uses the same.
_MIGRATION_LOCK = 6698
POOL = {"minsize": 1, "maxsize": 10}
# Where Tortoise keeps what `connect` opened: looking for it took as long as a tenth of a statement.
_handler: ConnectionHandler | None = None


def config(url: str) -> dict[str, Any]:
    """Tortoise's configuration for a DATABASE_URL."""
    connection = expand_db_url(url.replace("postgresql://", "postgres://", 1))
    # Named by its kind: Tortoise keeps statements by connection name for the life of the process.
    name = SQLITE if connection["engine"] == "tortoise.backends.sqlite" else POSTGRES
    if name == SQLITE:
        connection["engine"] = "api.models.sqlite"
        connection["credentials"] |= {"busy_timeout": _BUSY_TIMEOUT_MS}
    else:
        connection["engine"] = "api.models.asyncpg_client"
        connection["credentials"] |= POOL
    return {
        "connections": {name: connection},
        "apps": {
            APP: {"models": MODULES, "default_connection": name, "migrations": "api.models.migrations"},
        },
        "use_tz": True,
        "timezone": "UTC",
    }


# For `tortoise makemigrations` only: it compares models with migrations and opens no database.
MIGRATION_CONFIG = config("sqlite:///dev/null")


async def connect(url: str) -> None:
    """Open the database for this process; requests find it in any task."""
    if url.startswith("sqlite:"):
        Path(url.removeprefix("sqlite://")).parent.mkdir(parents=True, exist_ok=True)
    global _handler
    await Tortoise.init(config=config(url), _enable_global_fallback=True)
    _handler = get_connections()


async def disconnect() -> None:
    """Close what `connect` opened."""
    global _handler
    _handler = None
    await Tortoise.close_connections()


async def migrate(url: str) -> None:
    """Bring the database's tables to this release, keeping what is in them; one process at a time."""
    async with _alone(url):
        await apply_migrations(config=config(url))
        await Tortoise.close_connections()


def _prepared(path: Path) -> Path:
    """Make the database's folder and file where they are missing; answers the file that is locked meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Personal data are nobody else's on this machine to read; the WAL takes its mode from the file.
    path.touch(mode=0o600, exist_ok=True)
    return path.with_suffix(".lock")


@asynccontextmanager
async def _alone(url: str) -> AsyncIterator[None]:
    """Wait until no other process migrates this database."""
    if url.startswith("sqlite:"):
        with _prepared(Path(url.removeprefix("sqlite://"))).open("w") as file:
            await to_thread.run_sync(fcntl.flock, file, fcntl.LOCK_EX)
            yield
        return
    other = await asyncpg.connect(url)
    try:
        await other.execute("SELECT pg_advisory_lock($1)", _MIGRATION_LOCK)
        yield
    finally:
        await other.close()


def connection() -> BaseDBAsyncClient:
    """The connection of the present transaction, else of the process."""
    handler = _handler or get_connections()
    (name,) = handler.db_config
    return handler.get(name)


def transaction() -> TransactionContext:
    """One transaction: all of its block or nothing."""
    return in_transaction()


def fields_of(model: type[Model]) -> dict[str, Field[Any]]:
    """The fields by the names of their columns, for statements that the ORM does not write."""
    return dict(model._meta.fields_map)  # noqa: SLF001 - Tortoise tells of its columns nowhere else


async def insert(row: Model) -> None:
    """Save a row that is new and will not be used again: the ORM's own way costs half as much again."""
    statement, columns = _insertion(type(row))
    await rows(statement, [field.to_db_value(getattr(row, name), row) for name, field in columns])


async def insert_all(new: Sequence[Model]) -> None:
    """Save rows of one model that are new and will not be used again, all by one statement."""
    if new:
        statement, columns = _insertion(type(new[0]))
        await for_each(
            statement, [[field.to_db_value(getattr(row, name), row) for name, field in columns] for row in new]
        )


async def for_each(sql: str, values: Sequence[Sequence[object]]) -> None:
    """Run one constant statement with each of these values, in a transaction and on one way to the database."""
    if values:
        db = connection()
        if db.capabilities.dialect == SQLITE:
            sql = sql.replace("$", "?")
        await db.execute_many(sql, [list(one) for one in values])


async def insert_unless_there(row: Model, *unique: str) -> bool:
    """Save a new row unless one with the same values of `unique` is there; waits for a twin that is being saved."""
    statement, columns = _insertion(type(row))
    names = ", ".join(f'"{name}"' for name in unique)
    statement += f' ON CONFLICT ({names}) DO NOTHING RETURNING "{unique[0]}"'
    return bool(await rows(statement, [field.to_db_value(getattr(row, name), row) for name, field in columns]))


@cache
def _insertion(model: type[Model]) -> tuple[str, tuple[tuple[str, Field[Any]], ...]]:
    meta = model._meta  # noqa: SLF001 - Tortoise tells of its columns nowhere else
    columns = tuple((name, meta.fields_map[name]) for name in meta.fields_db_projection)
    names = ", ".join(f'"{meta.fields_db_projection[name]}"' for name, _ in columns)
    marks = ", ".join(f"${place}" for place in range(1, len(columns) + 1))
    return f'INSERT INTO "{meta.db_table}" ({names}) VALUES ({marks})', columns  # noqa: S608 - names of columns only


async def rows(sql: str, values: Sequence[object]) -> list[dict[str, Any]]:
    """Run one constant statement with `$1`, `$2` placeholders on either database and answer its rows."""
    db = connection()
    if db.capabilities.dialect == "sqlite":
        sql = sql.replace("$", "?")
    return [dict(row) for row in await db.execute_query_dict(sql, list(values))]
