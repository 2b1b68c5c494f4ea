"""The SQL statements that something costs, and how the database runs one."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from api.models import database

# What PostgreSQL prefers for the few rows of a test.
_FOR_FEW = ("seqscan", "sort", "incremental_sort", "bitmapscan", "hashjoin")


@contextmanager
def _recorded(record: Any) -> Iterator[None]:
    class Listener(logging.Handler):
        def emit(self, told: logging.LogRecord) -> None:
            record(told)

    logger = logging.getLogger("tortoise.db_client")
    level, listener = logger.level, Listener()
    logger.addHandler(listener)
    logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        logger.setLevel(level)
        logger.removeHandler(listener)


@contextmanager
def statements() -> Iterator[list[str]]:
    """The SQL statements that run inside the block."""
    seen: list[str] = []
    # The values differ; how many places a statement has does not.
    with _recorded(lambda told: seen.append(str(told.args[0]) if told.args else told.msg)):
        yield seen


@contextmanager
def with_values() -> Iterator[list[tuple[str, list[Any]]]]:
    """The reading statements that run inside the block, each with its values."""
    seen: list[tuple[str, list[Any]]] = []

    def note(told: logging.LogRecord) -> None:
        if isinstance(told.args, tuple) and len(told.args) == 2 and str(told.args[0]).startswith("SELECT"):
            seen.append((str(told.args[0]), list(told.args[1])))  # type: ignore[call-overload]

    with _recorded(note):
        yield seen


async def plan(sql: str, values: list[Any]) -> str:
    """How the database would run a statement if there were many rows."""
    db = database.connection()
    if db.capabilities.dialect == database.SQLITE:
        _, lines = await db.execute_query("EXPLAIN QUERY PLAN " + sql, values)
        return "\n".join(str(line["detail"]) for line in lines)
    async with database.transaction() as own:
        for name in _FOR_FEW:
            await own.execute_script(f"SET LOCAL enable_{name} = off")
        _, lines = await own.execute_query("EXPLAIN " + sql, values)
    return "\n".join(str(line["QUERY PLAN"]) for line in lines)
