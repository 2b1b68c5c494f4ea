"""When a promise of an answer begins, when it is kept and what leaves it alone (8.1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from api import clock, streams
from api.clock import ISTANBUL
from api.models import ids
from api.models.database import transaction
from api.models.people import Person
from api.models.tickets import Ticket, TicketPromise
from api.settings import Settings
from tests.cast import AYSE
from tests.doors import GraphqlDoor, signed_in
from tests.site import Site, text_of
from tests.ticketed import CLOSE, Ticketed, ticketed

_MONTHS = {1: "Ocak", 11: "Kasım", 12: "Aralık"}
MONDAY = datetime(2026, 11, 30, 14, 0, tzinfo=ISTANBUL)


@pytest.fixture
def basic_settings(basic_settings: Settings) -> Settings:
    """The days of these tests lie ahead, whenever they run: who goes back in time finds limits used up for months."""
    return replace(basic_settings, clock_start=MONDAY - timedelta(days=3))


async def _due(ticket_id: str) -> tuple[datetime | None, datetime | None]:
    """Since when a ticket waits and until when an answer is promised, in Istanbul's time."""
    row = await Ticket.get(id=ids.key_of(ticket_id, "tic"))
    return row.waiting_since and clock.local(row.waiting_since), row.due_at and clock.local(row.due_at)


async def _promises() -> list[tuple[datetime, datetime, str | None]]:
    rows = await TicketPromise.all().order_by("started_at")
    return [(clock.local(row.started_at), clock.local(row.due_at), row.outcome) for row in rows]


async def _note(ticket_id: str) -> None:
    async with transaction():
        await TicketPromise.share()
        row = await streams.hold(ids.key_of(ticket_id, "tic") or ids.new_id())
        await streams.add_note(
            row, await Person.get(email="deniz@example.net"), clock.now(), await streams.written("Kendi aramızda")
        )
        await row.save()


async def _again(own: Ticketed) -> None:
    own.session = await signed_in(GraphqlDoor(own.site), AYSE["email"])


async def test_the_table_of_what_begins_and_ends_a_promise(site: Site) -> None:
    own = await ticketed(site)
    hours = {number: MONDAY + timedelta(hours=number) for number in range(8)}
    with clock.stopped(hours[0]):
        await _again(own)
        opened = await own.open()
    key = opened["id"]
    assert await _due(key) == (hours[0], hours[3])
    with clock.stopped(hours[1]):
        # One that waits keeps its promise: asking again puts nobody back.
        await own.reply(key)
        assert await _due(key) == (hours[0], hours[3])
        await _note(key)
        assert await _due(key) == (hours[0], hours[3])
    with clock.stopped(hours[2]):
        await own.answer(key)
        assert await _due(key) == (None, None)
        assert await _promises() == [(hours[0], hours[3], "ANSWERED")]
    with clock.stopped(hours[4]):
        again = await own.reply(key)
        assert await _due(key) == (hours[4], hours[7])
        # Of the first promise, and kept.
        assert clock.local(datetime.fromisoformat(again["firstAnswerDueAt"])) == hours[3]
    with clock.stopped(hours[5]):
        own.done(await own.do(CLOSE, id=key))
        assert await _due(key) == (None, None)
    assert await _promises() == [(hours[0], hours[3], "ANSWERED"), (hours[4], hours[7], "WITHDRAWN")]
    with clock.stopped(hours[6]):
        await own.reply(key)
        assert await _due(key) == (hours[6], datetime(2026, 12, 1, 11, 0, tzinfo=ISTANBUL))
        await own.answer(key, asking=True)
        assert await _due(key) == (None, None)


async def test_a_late_answer_ends_its_promise_all_the_same(site: Site) -> None:
    own = await ticketed(site)
    with clock.stopped(MONDAY):
        await _again(own)
        opened = await own.open()
    with clock.stopped(MONDAY + timedelta(days=2)):
        answered = await own.answer(opened["id"])
    assert clock.local(datetime.fromisoformat(answered["firstAnsweredAt"])) == MONDAY + timedelta(days=2)
    (row,) = await TicketPromise.all()
    assert (row.outcome, clock.local(row.due_at)) == ("ANSWERED", MONDAY + timedelta(hours=3))


@pytest.mark.parametrize(
    ("opened", "due", "counted"),
    [
        (
            (2026, 11, 30, 21, 40),
            (2026, 12, 1, 12, 40),
            ["30 Kasım 2026 21:40-22:00 (20 dk)", "1 Aralık 2026 10:00-12:40 (2 sa 40 dk)"],
        ),
        ((2026, 11, 30, 3, 0), (2026, 11, 30, 13, 0), ["30 Kasım 2026 10:00-13:00 (3 sa)"]),
        ((2026, 11, 30, 19, 0), (2026, 11, 30, 22, 0), ["30 Kasım 2026 19:00-22:00 (3 sa)"]),
        (
            (2026, 12, 31, 21, 30),
            (2027, 1, 1, 12, 30),
            ["31 Aralık 2026 21:30-22:00 (30 dk)", "1 Ocak 2027 10:00-12:30 (2 sa 30 dk)"],
        ),
    ],
)
async def test_letter_and_api_promise_the_same(
    site: Site, opened: tuple[int, ...], due: tuple[int, ...], counted: list[str]
) -> None:
    own = await ticketed(site)
    with clock.stopped(datetime(*opened, tzinfo=ISTANBUL)):  # type: ignore[arg-type, misc]
        await _again(own)
        ticket = await own.open()
        letter = (await site.letters_to(AYSE["email"]))[-1]
    expected = datetime(*due, tzinfo=ISTANBUL)  # type: ignore[arg-type, misc]
    assert clock.local(datetime.fromisoformat(ticket["firstAnswerDueAt"])) == expected
    assert ticket["dueAt"] == ticket["firstAnswerDueAt"]
    text = text_of(letter)
    assert f"{expected.day} {_MONTHS[expected.month]} {expected:%Y %H:%M}" in text
    assert all(line in text.splitlines() for line in counted)
