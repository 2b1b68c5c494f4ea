"""Tickets under a hundred requests at once: every message is there, in one order, and one key is one ticket."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from contextvars import Context
from uuid import UUID

import pytest

from api import markdown, streams
from api.models import ids, ticket_words
from api.models.database import transaction
from api.models.letters import Letter
from api.models.tickets import Ticket, TicketMessage, TicketPromise
from tests.site import Site
from tests.ticketed import CLOSE, OPEN, REPLY, SALES, ticketed

AT_ONCE = 100


async def test_a_hundred_replies_at_once_are_all_there_in_one_order(site: Site) -> None:
    own = await ticketed(site)
    opened = await own.open()
    texts = [f"{number}. mesaj" for number in range(AT_ONCE)]
    answers = await asyncio.gather(*(own.do(REPLY, id=opened["id"], body=text) for text in texts))
    assert [answer["errors"] for answer in answers] == [[]] * AT_ONCE
    rows = await TicketMessage.filter(ticket_id=ids.key_of(opened["id"], "tic")).order_by("position")
    assert [row.position for row in rows] == list(range(1, AT_ONCE + 2))
    assert sorted(row.body for row in rows[1:]) == sorted(texts)
    assert [row.sent_at for row in rows] == sorted(row.sent_at for row in rows)
    (ticket,) = await Ticket.all()
    assert (ticket.last_position, ticket.last_message_at) == (AT_ONCE + 1, rows[-1].sent_at)
    assert await TicketPromise.all().count() == 1


async def test_customer_and_staff_at_once_leave_every_entry_and_at_most_one_open_promise(site: Site) -> None:
    own = await ticketed(site)
    opened = await own.open()
    half = AT_ONCE // 2
    writers = [own.session] * half + [own.staff] * half
    await asyncio.gather(*(own.do(REPLY, token, id=opened["id"], body="x") for token in writers))
    rows = await TicketMessage.all().order_by("position")
    assert [row.position for row in rows] == list(range(1, AT_ONCE + 2))
    assert Counter(row.from_staff for row in rows) == {False: half + 1, True: half}
    assert await Letter.filter(kind="ticket_answered").count() == half
    (ticket,) = await Ticket.all()
    waits = not rows[-1].from_staff
    assert (ticket.status, ticket.due_at is not None) == ("OPEN" if waits else "ANSWERED", waits)
    assert await TicketPromise.filter(outcome=None).count() == int(waits)


async def test_one_key_at_once_is_one_ticket(site: Site) -> None:
    own = await ticketed(site)
    given = SALES | {"idempotencyKey": "bir"}
    answers = await asyncio.gather(*(own.do(OPEN, input=given) for _ in range(20)))
    assert len({own.done(answer)["id"] for answer in answers}) == 1
    assert await Ticket.all().count() == await TicketMessage.all().count() == await TicketPromise.all().count() == 1
    assert await Letter.filter(kind="ticket_opened").count() == 1


async def test_closed_at_once_it_closes_once(site: Site) -> None:
    own = await ticketed(site)
    opened = await own.open()
    answers = await asyncio.gather(*(own.do(CLOSE, id=opened["id"]) for _ in range(20)))
    assert {own.done(answer)["status"] for answer in answers} == {"CLOSED"}
    assert await TicketMessage.filter(event="closed").count() == await Letter.filter(kind="ticket_closed").count() == 1


async def test_while_a_message_is_rendered_others_write(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    own = await ticketed(site)
    opened = await own.open()
    begun, written = threading.Event(), threading.Event()
    render, went_on = markdown.render, []

    def slow(text: str) -> str:
        if text == "Uzun":
            begun.set()
            went_on.append(written.wait(5))
        return render(text)

    monkeypatch.setattr(markdown, "render", slow)
    for token, document in (
        (own.session, REPLY),
        (own.staff, REPLY),
        (
            own.staff,
            "mutation ($id: ID!, $body: String!) { addTicketNote(ticketId: $id, body: $body) { errors { code } } }",
        ),
    ):
        begun.clear()
        written.clear()
        slowly = asyncio.create_task(own.do(document, token, id=opened["id"], body="Uzun"))
        await asyncio.to_thread(begun.wait, 60)
        await own.open(subject="Bir başkası")
        written.set()
        assert (await slowly)["errors"] == []
    assert went_on == [True] * 3


@pytest.mark.parametrize("settings", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
async def test_a_held_ticket_lets_others_name_it(site: Site) -> None:
    """Who changes the owner's name gives all tickets new words: had that to wait, two would wait for each other."""
    own = await ticketed(site)
    opened = await own.open()
    account = (await Ticket.get()).account_id
    async with transaction():
        await TicketPromise.share()
        await streams.hold(ids.key_of(opened["id"], "tic") or ids.new_id())
        async with asyncio.timeout(60):
            await asyncio.create_task(_renamed(account), context=Context())
    assert (await ticket_words.count("yenisoyad", ticket_words.Source.ACCOUNT, 2)) == 1


async def _renamed(account: UUID) -> None:
    async with transaction():
        await ticket_words.replace_account(account, ["yenisoyad"])
