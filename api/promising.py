"""Promises of an answer in the database: begun, kept or missed, and moved by an announced extension (8.1, 8.2)."""

from __future__ import annotations

from datetime import datetime

from api import clock, settings
from api.models.announcements import Announcement
from api.models.database import insert
from api.models.tickets import Ticket, TicketPromise
from api.rules.promises import Extension, Promise, promised

# Tickets that are read by one statement.
_BATCH = 500


async def extensions(now: datetime) -> list[Extension]:
    """The announced extensions that hold now or will."""
    found = await Announcement.filter(kind=Announcement.SUPPORT_EXTENSION, ends_at__gt=now)
    return [
        Extension(row.id, row.starts_at, row.ends_at, row.maximum_minutes)
        for row in found
        if row.starts_at and row.ends_at and row.maximum_minutes
    ]


async def promise_at(start: datetime) -> Promise:
    """What a message that comes at `start` is promised."""
    terms = settings.current().tickets
    return promised(start, terms.answer_minutes, await extensions(start), terms.hours)


async def begin(ticket: Ticket, at: datetime) -> Promise:
    """Promise an answer to a ticket that is held; one that is promised already stays as it is.

    This transaction called `TicketPromise.share` before it held the ticket. The ticket's own columns are set, the
    caller saves it.
    """
    if ticket.waiting_since is not None and ticket.due_at is not None:
        open_one = await TicketPromise.filter(ticket_id=ticket.id, outcome=None).order_by("due_at").first()
        if open_one is not None:
            return Promise(open_one.due_at, open_one.minutes, open_one.extension_id)
    promise = await promise_at(at)
    ticket.waiting_since, ticket.due_at = at, promise.due_at
    await insert(
        TicketPromise(
            ticket_id=ticket.id,
            started_at=at,
            minutes=promise.minutes,
            due_at=promise.due_at,
            extension_id=promise.extension,
        )
    )
    return promise


async def end(ticket: Ticket, at: datetime, outcome: str) -> None:
    """Say how the open promises of a ticket held by this transaction ended; its caller saves the ticket."""
    await TicketPromise.filter(ticket_id=ticket.id, outcome=None).update(ended_at=at, outcome=outcome)
    ticket.waiting_since = ticket.due_at = None


async def move_open() -> list[Ticket]:
    """Give the open promises what the extensions say, one published by this transaction too; answers whose moved.

    Nobody else changes tickets until the end of this transaction. The caller saves those that moved by `Ticket.follow`.
    """
    await TicketPromise.hold()
    now = clock.now()
    moved = _moved(await _open(now), await extensions(now))
    await TicketPromise.move(moved)
    keys = sorted({row.ticket_id for row in moved})
    tickets = []
    for start in range(0, len(keys), _BATCH):
        batch = keys[start : start + _BATCH]
        ends = await TicketPromise.filter(outcome=None, ticket_id__in=batch).order_by("-due_at")
        earliest = {row.ticket_id: row.due_at for row in ends}
        for ticket in await Ticket.filter(id__in=batch).order_by("id").select_for_update(no_key=True):
            ticket.due_at = earliest[ticket.id]
            tickets.append(ticket)
    return tickets


async def would_move(extension: Extension) -> list[datetime]:
    """Until when the open promises would be promised that one more extension moved."""
    now = clock.now()
    return [row.due_at for row in _moved(await _open(now), [*await extensions(now), extension])]


async def _open(now: datetime) -> list[TicketPromise]:
    """The promises that are open and not yet missed."""
    return await TicketPromise.filter(outcome=None, due_at__gte=now)


def _moved(open_ones: list[TicketPromise], known: list[Extension]) -> list[TicketPromise]:
    """Those of the promises that an extension moves, with what they are then."""
    hours = settings.current().tickets.hours
    moved = []
    for row in open_ones:
        promise = promised(row.started_at, row.minutes, known, hours)
        if promise.extension and promise.due_at > row.due_at:
            row.due_at, row.minutes, row.extension_id = promise.due_at, promise.minutes, promise.extension
            moved.append(row)
    return moved
