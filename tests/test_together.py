"""Reads that are wanted at once go as one, and each asker gets the right answer or the reason."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from api.models import together
from api.models.together import MOST_AT_ONCE, Together


class Shelf:
    """Finds a key's length under it, unless it begins with `-`; each statement waits for `open`."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.open = asyncio.Event()
        self.trouble: BaseException | None = None

    async def read(self, keys: Sequence[str]) -> dict[str, int]:
        self.asked.append(list(keys))
        await self.open.wait()
        if self.trouble:
            raise self.trouble
        return {key: len(key) for key in keys if not key.startswith("-")}


async def settled() -> None:
    """Let all that is ready go on, until it waits."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_what_is_wanted_during_a_read_goes_together_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "MOST_STATEMENTS", 1)
    shelf = Shelf()
    reads = Together(shelf.read)
    first = asyncio.create_task(reads.one("a"))
    await settled()
    others = [asyncio.create_task(reads.one(key)) for key in ("bb", "-", "bb", "ccc", "a")]
    await settled()
    shelf.open.set()
    assert await first == 1
    assert await asyncio.gather(*others) == [2, None, 2, 3, 1]
    # The second `a` was wanted after the first was sent: it is read anew.
    assert shelf.asked == [["a"], ["bb", "-", "bb", "ccc", "a"]]


async def test_a_few_statements_are_on_their_way_at_once() -> None:
    shelf = Shelf()
    reads = Together(shelf.read)
    asking = []
    for key in ("a", "bb", "ccc", "dddd", "eeeee"):
        asking.append(asyncio.create_task(reads.one(key)))
        await settled()
    assert shelf.asked == [["a"], ["bb"], ["ccc"]]
    shelf.open.set()
    assert await asyncio.gather(*asking) == [1, 2, 3, 4, 5]
    assert shelf.asked == [["a"], ["bb"], ["ccc"], ["dddd", "eeeee"]]


async def test_askers_that_come_at_any_moment_are_answered() -> None:
    shelf = Shelf()
    shelf.open.set()
    reads = Together(shelf.read)

    async def asker(number: int) -> None:
        for turn in range(100):
            assert await reads.one("x" * (number + turn)) == number + turn
            for _ in range((number + turn) % 4):
                await asyncio.sleep(0)

    async with asyncio.timeout(60):
        await asyncio.gather(*(asker(number) for number in range(12)))


async def test_a_storm_is_cut_into_statements() -> None:
    shelf = Shelf()
    shelf.open.set()
    reads = Together(shelf.read)
    amount = 2 * MOST_AT_ONCE + 1
    assert await asyncio.gather(*(reads.one("x" * number) for number in range(1, amount + 1))) == [
        *range(1, amount + 1)
    ]
    sizes = [len(keys) for keys in shelf.asked]
    assert (sizes[0], sum(sizes), max(sizes)) == (MOST_AT_ONCE, amount, MOST_AT_ONCE)
    assert len(sizes) < 10


@pytest.mark.parametrize(("amount", "sizes"), [(8, [8]), (9, [8, 1]), (16, [8, 8]), (40, [20, 10, 8, 2])])
async def test_many_are_divided_so_that_some_are_answered_while_others_are_read(amount: int, sizes: list[int]) -> None:
    shelf = Shelf()
    reads = Together(shelf.read)
    asking = [asyncio.create_task(reads.one("x" * number)) for number in range(1, amount + 1)]
    await settled()
    # More than a few statements do not go at once; the last waits here for one of them.
    assert [len(keys) for keys in shelf.asked] == sizes[:3]
    shelf.open.set()
    assert await asyncio.gather(*asking) == [*range(1, amount + 1)]
    assert [len(keys) for keys in shelf.asked] == sizes


async def test_trouble_reaches_everybody_who_asked_and_nobody_after() -> None:
    shelf = Shelf()
    shelf.open.set()
    shelf.trouble = ConnectionError("away")
    reads = Together(shelf.read)
    answers = await asyncio.gather(reads.one("a"), reads.one("bb"), return_exceptions=True)
    assert [type(answer) for answer in answers] == [ConnectionError, ConnectionError]
    shelf.trouble = None
    assert await reads.one("ccc") == 3


async def test_a_read_that_is_canceled_leaves_nobody_waiting() -> None:
    shelf = Shelf()
    reads = Together(shelf.read)
    shelf.trouble = asyncio.CancelledError()
    asked = [asyncio.create_task(reads.one(key)) for key in ("a", "bb", "ccc")]
    await settled()
    shelf.open.set()
    answers = await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), 60)
    assert [type(answer) for answer in answers] == [TimeoutError] * 3
    shelf.trouble = None
    assert await reads.one("dddd") == 4


async def test_who_gives_up_takes_nothing_from_the_others() -> None:
    shelf = Shelf()
    reads = Together(shelf.read)
    gone, stays = asyncio.create_task(reads.one("a")), asyncio.create_task(reads.one("bb"))
    await settled()
    gone.cancel()
    shelf.open.set()
    assert await stays == 2
    assert (await asyncio.gather(gone, return_exceptions=True))[0].__class__ is asyncio.CancelledError


async def test_a_read_that_hangs_holds_up_nobody_for_ever() -> None:
    shelf = Shelf()
    reads = Together(shelf.read, patience=0.05)
    with pytest.raises(TimeoutError):
        await reads.one("a")
    shelf.open.set()
    assert await reads.one("bb") == 2


async def test_what_waits_behind_reads_that_hang_goes_by_another_one() -> None:
    shelf = Shelf()
    reads = Together(shelf.read, patience=0.2)
    asked = []
    for key in ("a", "bb", "ccc", "dddd"):
        asked.append(asyncio.create_task(reads.one(key)))
        await settled()
    shut, shelf.open = shelf.open, asyncio.Event()
    shelf.open.set()
    answers = await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), 60)
    assert [type(answer) for answer in answers[:3]] == [TimeoutError] * 3
    assert answers[3] == 4
    assert not shut.is_set()


async def test_readers_that_are_stopped_from_outside_leave_nobody_waiting() -> None:
    shelf = Shelf()
    reads = Together(shelf.read)
    asked = []
    for key in ("a", "bb", "ccc", "dddd", "eeeee"):
        asked.append(asyncio.create_task(reads.one(key)))
        await settled()
    for task in list(reads._tasks):
        task.cancel()
    answers = await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), 60)
    assert [type(answer) for answer in answers] == [TimeoutError] * 5
    shelf.open.set()
    assert await reads.one("ffffff") == 6


def test_another_loop_begins_anew() -> None:
    async def hanging() -> None:
        asyncio.get_running_loop().call_later(0.01, lambda: task.cancel())
        task = asyncio.create_task(reads.one("a"))
        await asyncio.wait([task])

    async def answered() -> int | None:
        shelf.open = asyncio.Event()
        shelf.open.set()
        return await reads.one("bb")

    shelf = Shelf()
    reads = Together(shelf.read)
    asyncio.run(hanging())
    assert asyncio.run(answered()) == 2
