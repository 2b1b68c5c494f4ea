"""What is counted off a request's path: bounded, merged, written in batches, kept while the database is away."""

from __future__ import annotations

import asyncio
import operator
from typing import Any

import pytest

from api import tally
from api.settings import Settings
from api.tally import Tally
from tests.site import ON_ONE_DATABASE
from web.app import application


class Paper:
    """What a tally was told to write; `away` makes it a database that is away."""

    def __init__(self) -> None:
        self.batches: list[list[tuple[Any, int]]] = []
        self.away = False

    async def write(self, rows: list[tuple[Any, int]]) -> None:
        await asyncio.sleep(0)
        if self.away:
            raise ConnectionError("no")
        self.batches.append(list(rows))

    @property
    def total(self) -> dict[Any, int]:
        found: dict[Any, int] = {}
        for key, value in (row for batch in self.batches for row in batch):
            found[key] = found.get(key, 0) + value
        return found


@pytest.fixture
def paper() -> Paper:
    return Paper()


def counting(paper: Paper, most: int = 10) -> Tally[Any, int]:
    return Tally("checks", paper.write, operator.add, most)


async def test_values_of_one_key_are_merged_and_written_once(paper: Paper) -> None:
    checks = counting(paper)
    for key in ("b", "a", "b"):
        checks.note(key, 1)
    assert await checks.flush()
    assert paper.batches == [[("a", 1), ("b", 2)]]
    assert await checks.flush()
    assert len(paper.batches) == 1


async def test_many_rows_are_few_statements(paper: Paper) -> None:
    checks = counting(paper, 2_000)
    for key in range(1_201):
        checks.note(key, 1)
    await checks.flush()
    assert [len(batch) for batch in paper.batches] == [500, 500, 201]


async def test_what_finds_no_room_is_dropped_counted_and_said_once(
    paper: Paper, caplog: pytest.LogCaptureFixture
) -> None:
    checks = counting(paper, 3)
    for key in [*range(10), 0, 1]:
        checks.note(key, 1)
    assert (len(checks), checks.dropped) == (3, 7)
    await checks.flush()
    await checks.flush()
    assert [record.getMessage() for record in caplog.records] == ["checks: 7 dropped for want of room"]
    assert paper.total == {0: 2, 1: 2, 2: 1}
    # There is room again.
    checks.note(9, 1)
    assert (len(checks), checks.dropped) == (1, 7)


async def test_a_database_that_is_away_loses_nothing_and_is_complained_of_once(
    paper: Paper, caplog: pytest.LogCaptureFixture
) -> None:
    checks = counting(paper, 3)
    checks.note("a", 1)
    paper.away = True
    for _ in range(3):
        assert not await checks.flush()
        checks.note("a", 1)
        checks.note("b", 1)
    assert (checks.dropped, paper.batches) == (0, [])
    paper.away = False
    assert await checks.flush()
    assert paper.batches == [[("a", 4), ("b", 3)]]
    assert [record.getMessage() for record in caplog.records] == [
        "checks: could not be written; kept and tried again",
        "checks: written again",
    ]


async def test_what_is_noted_while_a_flush_fails_is_kept_as_the_newer(paper: Paper) -> None:
    newest = Tally("newest", paper.write, lambda older, newer: newer, 2)
    newest.note("a", 1)
    paper.away = True
    failing = asyncio.create_task(newest.flush())
    await asyncio.sleep(0)
    for key, value in (("a", 2), ("b", 3), ("c", 4)):
        newest.note(key, value)
    assert not await failing
    paper.away = False
    await newest.flush()
    assert (paper.batches, newest.dropped) == ([[("a", 2), ("b", 3)]], 1)


@pytest.fixture
def registered(paper: Paper, monkeypatch: pytest.MonkeyPatch) -> Tally[Any, int]:
    """The only tally of a server that flushes every 10 ms."""
    monkeypatch.setattr(tally, "_registered", [])
    monkeypatch.setattr(tally, "FLUSH_EVERY_SECONDS", 0.01)
    return tally.register(counting(paper))


async def until(what: Any) -> None:
    for _ in range(400):
        if what():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come to that")


async def test_the_loop_goes_on_after_a_failure_and_writes_a_last_time(
    paper: Paper, registered: Tally[Any, int]
) -> None:
    paper.away = True
    beside = tally.Beside()
    registered.note("a", 1)
    await until(lambda: registered._failing)
    paper.away = False
    await until(lambda: paper.batches == [[("a", 1)]])
    registered.note("b", 1)
    await beside.stop()
    assert paper.total == {"a": 1, "b": 1}


async def test_a_database_that_does_not_answer_is_not_waited_for_at_the_end(
    registered: Tally[Any, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(rows: object) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(registered, "_write", never)
    monkeypatch.setattr(tally, "STOP_WITHIN_SECONDS", 0.02)
    registered.note("a", 1)
    beside = tally.Beside()
    await asyncio.wait_for(beside.stop(), 30)
    assert len(registered) == 1


@ON_ONE_DATABASE
async def test_a_server_writes_every_second_and_when_it_stops_and_begins_empty(
    settings: Settings, paper: Paper, registered: Tally[Any, int]
) -> None:
    registered.note("of another database", 1)
    app: Any = application(settings)
    async with app.app.app.router.lifespan_context(app.app.app):
        registered.note("a", 1)
        await until(lambda: paper.batches)
        registered.note("b", 1)
    assert paper.total == {"a": 1, "b": 1}
