"""The pool of PostgreSQL's connections: they go from hand to hand, and nobody who waits is forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from api.models.asyncpg_pool import Pool

pytestmark = pytest.mark.postgres
MOST = 2


@pytest.fixture
async def pool(postgres_server: str) -> AsyncIterator[Pool]:
    made: Pool = await Pool(
        dsn=postgres_server, min_size=1, max_size=MOST, connection_class=asyncpg.Connection, loop=None
    )
    yield made
    await asyncio.wait_for(made.close(), 10)


async def test_one_connection_serves_what_comes_one_after_the_other(pool: Pool) -> None:
    seen = {await pool.fetchval("SELECT pg_backend_pid()") for _ in range(20)}
    assert len(seen) == 1


async def test_whoever_waits_gets_a_connection(pool: Pool) -> None:
    async def ask(number: int) -> int:
        return int(await pool.fetchval("SELECT $1::int FROM pg_sleep(0.01)", number))

    for _ in range(3):
        answers = await asyncio.wait_for(asyncio.gather(*map(ask, range(10 * MOST))), 20)
        assert answers == list(range(10 * MOST))
    assert pool.get_size() <= MOST


async def test_a_connection_that_was_closed_at_rest_is_replaced(pool: Pool) -> None:
    gone = await pool.fetchval("SELECT pg_backend_pid()")
    async with pool.acquire() as first, pool.acquire() as other:
        pids = [await one.fetchval("SELECT pg_backend_pid()") for one in (first, other)]
        assert gone in pids
        (kept,) = (pid for pid in pids if pid != gone)
        killer = first if pids[0] == kept else other
        await killer.execute("SELECT pg_terminate_backend($1)", gone)
        await asyncio.sleep(0.1)
    for _ in range(5 * MOST):
        assert await pool.fetchval("SELECT 1") == 1


async def test_a_transaction_and_a_statement_that_were_given_up_are_nobody_elses(pool: Pool) -> None:
    connection = await pool.acquire()
    await connection.execute("BEGIN")
    with pytest.raises(asyncpg.PostgresError):
        await connection.execute("SELECT 1 / 0")
    await pool.release(connection)
    slow = asyncio.create_task(pool.fetchval("SELECT pg_sleep(20)"))
    await asyncio.sleep(0.1)
    slow.cancel()
    with pytest.raises(asyncio.CancelledError):
        await slow
    answers = await asyncio.wait_for(asyncio.gather(*(pool.fetchval("SELECT 1") for _ in range(10))), 10)
    assert answers == [1] * 10


async def test_a_transaction_that_could_not_begin_leaves_nothing_to_the_next(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with pool.acquire() as connection:
        own = connection._con
        with monkeypatch.context() as patch:
            patch.setattr(type(own), "execute", _refused)
            with pytest.raises(MemoryError):
                await connection.transaction().start()
    async with pool.acquire() as again, again.transaction():
        assert again._con is own
        assert await again.fetchval("SELECT 1") == 1


async def _refused(*_: object) -> None:
    raise MemoryError


async def test_a_connection_that_is_given_back_twice_is_one_persons(pool: Pool) -> None:
    connection = await pool.acquire()
    await pool.release(connection)
    await pool.release(connection)
    async with pool.acquire() as first, pool.acquire() as other:
        assert first._con is not other._con


async def test_a_pool_that_closes_waits_for_those_in_use_and_gives_out_no_more(pool: Pool) -> None:
    connection = await pool.acquire()
    closing = asyncio.create_task(pool.close())
    await asyncio.sleep(0.05)
    assert not closing.done()
    with pytest.raises(asyncpg.InterfaceError):
        await pool.acquire()
    assert await connection.fetchval("SELECT 1") == 1
    await pool.release(connection)
    await asyncio.wait_for(closing, 5)
