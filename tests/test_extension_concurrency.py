"""Tickets that are opened and answered while an extension is published: each promise that stays open has its time."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from api import clock, throttle
from api.models.announcements import Announcement
from api.models.letters import Letter
from api.models.tickets import Ticket, TicketMessage, TicketPromise
from tests.site import Site
from tests.test_announcements import PUBLISH, extension
from tests.ticketed import OPEN, REPLY, SALES, Ticketed, ticketed
from tests.waiting import waiting

AT_ONCE = 50
WITHIN_SECONDS = 120
MINUTES = 2000


async def _publish(own: Ticketed, **given: Any) -> dict[str, Any]:
    now = clock.now()
    form = extension(maximumFirstAnswerMinutes=MINUTES, endsAt=now + timedelta(days=1)) | given
    answer: dict[str, Any] = (await own.site.data(PUBLISH, {"input": form}, own.staff))["publishAnnouncement"]
    assert answer["errors"] == []
    return answer


async def test_fifty_tickets_opened_while_an_extension_is_published_all_have_its_time(site: Site) -> None:
    throttle.use_scale(10)
    own = await ticketed(site)
    acts = [own.do(OPEN, input=SALES | {"subject": f"Talep {number}"}) for number in range(AT_ONCE)]
    acts.insert(AT_ONCE // 2, _publish(own))
    async with asyncio.timeout(WITHIN_SECONDS):
        answers = await asyncio.gather(*acts)
    assert [answer["errors"] for answer in answers] == [[]] * (AT_ONCE + 1)
    promises = await TicketPromise.all().select_related("ticket")
    assert len(promises) == AT_ONCE
    assert {promise.minutes for promise in promises} == {MINUTES}
    assert all(promise.ticket.due_at == promise.due_at == promise.ticket.first_answer_due_at for promise in promises)
    (row,) = await Announcement.all()
    assert {promise.extension_id for promise in promises} == {row.id}
    # Who was promised less before was told of it, once; the others were not.
    moved = answers[AT_ONCE // 2]["movedPromises"]
    assert await TicketMessage.filter(event="extended").count() == moved
    assert await Letter.filter(kind="ticket_extended").count() == moved


async def test_answers_messages_and_two_extensions_at_once_hold_nobody_up(site: Site) -> None:
    throttle.use_scale(10)
    own = await ticketed(site)
    held = [await waiting(subject=f"Talep {number}") for number in range(20)]
    names = [f"tic_{ticket.id.hex}" for ticket in held]
    acts: list[Any] = []
    for number, name in enumerate(names):
        acts.append(own.do(REPLY, own.staff if number % 2 else None, id=name, body="x"))
        acts.append(own.do(OPEN, input=SALES))
    acts.insert(10, _publish(own))
    acts.insert(30, _publish(own, maximumFirstAnswerMinutes=MINUTES + 60))
    async with asyncio.timeout(WITHIN_SECONDS):
        answers = await asyncio.gather(*acts)
    assert {str(answer["errors"]) for answer in answers} == {"[]"}
    waits = await TicketPromise.filter(outcome=None)
    # Ten of the twenty were answered by staff.
    assert len(waits) == 30
    assert {promise.minutes for promise in waits} == {MINUTES + 60}
    assert await Ticket.filter(due_at=None).count() == 10
    for ticket in await Ticket.all():
        entries = await TicketMessage.filter(ticket_id=ticket.id).order_by("position")
        assert [entry.position for entry in entries] == list(range(1, ticket.last_position + 1))
